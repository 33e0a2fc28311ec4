"""Payments out of custody: prepared by one person, released by another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.interfaces import clock
from longtail.interfaces.web import formats, wording
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.evidence import ReasonForm
from longtail.interfaces.web.money_desk import may_simulate, play_bank
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.ledger.custodian import queries, services
from longtail.values.refusal import Refusal


@require_safe
@acting_for("operator", "custodian")
def payments(request: HttpRequest) -> HttpResponse:
    """List payment instructions. For the operator and the custodian."""
    table = Table(
        request,
        name="payments",
        rows=queries.instructions(),
        columns=(
            Column(
                key="payee",
                title=_("Payee"),
                cell=lambda i: Cell(i.payee_name, note=_tail(i.payee_account)),
                order=("payee_name",),
            ),
            Column(
                key="purpose",
                title=_("For"),
                cell=lambda i: Cell(_purpose(i.purpose), note=i.reference),
            ),
            Column(
                key="amount",
                title=_("Amount"),
                cell=lambda i: money_cell(i.amount_minor, i.currency),
                order=("amount_minor",),
                is_number=True,
            ),
            Column(
                key="prepared",
                title=_("Prepared"),
                cell=lambda i: date_cell(i.prepared_at.date()),
                order=("prepared_at",),
            ),
            Column(
                key="state",
                title=_("State"),
                cell=lambda i: badge_cell(wording.word("instruction", i.state)),
                order=("state",),
            ),
            Column(key="why", title=_("Why, until when"), cell=_outlook),
        ),
        caption=_("Payments"),
        default="-prepared",
    )
    waiting = queries.instructions("prepared") if request.acting.kind == "operator" else []
    return asked_for(request, table) or render(
        request, "web/payments.html", {"table": table, "waiting": waiting}
    )


def _outlook(payment: Any) -> Cell:
    said = queries.outlook_of(payment, on=clock.now().date())
    note = (
        f"{_('Expected')} {formats.day(said.expected_date)}" if said.expected_date else ""
    )
    if said.is_late:
        note = f"{note} · {_('late')}"
    return Cell(said.why, note=note)


def _purpose(purpose: str) -> str:
    return {
        "drawdown": _("Loan paid out"),
        "refund": _("Refund"),
        "returned to payer": _("Back to its payer"),
    }.get(purpose, purpose)


def _tail(account: str) -> str:
    return f"… {account[-4:]}" if account else ""


@require_POST
@acting_for("operator", role="checker")
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Let a payment go to the bank. For the operator's checkers, not who prepared it."""
    _require_known(code)
    carry_out(
        request,
        lambda: services.release_payment(
            code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("Released. It goes to the bank with the next exchange."),
        then=play_bank if may_simulate() else None,
    )
    return redirect("web:payments")


@require_POST
@acting_for("operator", role="checker")
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Give a payment up before it is sent. For the operator's checkers."""
    _require_known(code)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["reason"][0])
        return redirect("web:payments")
    reason = form.cleaned_data["reason"]
    carry_out(
        request,
        lambda: services.cancel_payment(
            code=code, by=request.acting.username, at=clock.now(), reason=reason
        ),
        done=_("Cancelled. The money is free again."),
    )
    return redirect("web:payments")


def _require_known(code: str) -> None:
    try:
        queries.instruction(code)
    except Refusal:
        raise Http404 from None
