"""The operator's own pages: what waits for it, and loans in arrears."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.interfaces import clock
from longtail.interfaces.web import wording
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.changes import ChangeForm
from longtail.interfaces.web.forms.cosign import CosignForm
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.interfaces.web.views.homes import changes
from longtail.ledger import chart
from longtail.ledger.custodian import queries as custodian
from longtail.parties import queries as parties
from longtail.servicing import queries as servicing
from longtail.servicing import services
from longtail.values.money import Money
from longtail.values.refusal import Refusal


def home(request: HttpRequest) -> HttpResponse:
    """Show the operator what waits for a person."""
    arrears = servicing.arrears()
    table = _demands(request)
    context = {
        "applications": parties.parties(standing="applied"),
        "reviewed": parties.parties(standing="reviewed"),
        "referrals": deals.demands(states=[State.REFERRED]),
        "to_prepare": [d for d in deals.demands(states=[State.FUNDED]) if not _paid(d)],
        "to_release": custodian.instructions("prepared"),
        "late_count": len(arrears.rows),
        "day_end": [s for s in servicing.day_end_progress() if not s.is_done],
        "table": table,
    }
    return asked_for(request, table) or render(request, "web/home_operator.html", context)


def _paid(demand: Any) -> bool:
    """Whether a payment of a funded demand is under way."""
    account = chart.book(demand.code, demand.current.currency).code
    live = [
        i
        for i in custodian.instructions(account_code=account)
        if i.state not in {"rejected", "cancelled", "returned"}
    ]
    return bool(live)


def _demands(request: HttpRequest) -> Table:
    return Table(
        request,
        name="demands",
        rows=deals.demands().exclude(state=State.DRAFT),
        columns=(
            Column(
                key="enterprise",
                title=_("Enterprise"),
                cell=lambda d: Cell(
                    d.enterprise.legal_name,
                    href=reverse("web:demand", args=[d.code]),
                    note=wording.word("mode", d.current.mode_code).text,
                ),
                order=("enterprise__legal_name",),
            ),
            Column(
                key="amount",
                title=_("Amount"),
                cell=lambda d: money_cell(d.current.amount_minor, d.current.currency),
                order=("current__amount_minor",),
                is_number=True,
            ),
            Column(
                key="grade",
                title=_("Grade"),
                cell=lambda d: Cell(d.grade),
                order=("grade",),
            ),
            Column(
                key="changed",
                title=_("Last change"),
                cell=lambda d: date_cell(d.updated_at.date()),
                order=("updated_at",),
            ),
            Column(
                key="state",
                title=_("State"),
                cell=lambda d: badge_cell(wording.word("demand", d.state)),
                order=("state",),
            ),
        ),
        caption=_("All demands"),
        default="-changed",
    )


@require_safe
@acting_for("operator", "regulator")
def arrears(request: HttpRequest) -> HttpResponse:
    """List what is overdue. For the operator and the regulator."""
    found = servicing.arrears()
    table = Table(
        request,
        name="arrears",
        rows=list(found.rows),
        columns=_arrears_columns(is_operator=request.acting.kind == "operator"),
        caption=_("Loans in arrears"),
        default="-days",
    )
    context = {"table": table, "arrears": found}
    return asked_for(request, table) or render(request, "web/arrears.html", context)


def _arrears_columns(*, is_operator: bool) -> tuple[Column, ...]:
    page = "web:agreement" if is_operator else "web:demand"
    return (
        Column(
            key="enterprise",
            title=_("Enterprise"),
            cell=lambda r: Cell(
                r.enterprise_name,
                href=reverse(
                    page, args=[r.agreement_code if is_operator else r.demand_code]
                ),
            ),
            order=("enterprise_name",),
        ),
        Column(
            key="days",
            title=_("Days late"),
            cell=lambda r: Cell(str(r.days_past_due)),
            order=("days_past_due",),
            is_number=True,
        ),
        Column(
            key="overdue",
            title=_("Overdue"),
            cell=lambda r: money_cell(r.overdue_minor, r.currency),
            order=("overdue_minor",),
            is_number=True,
        ),
        Column(
            key="outstanding",
            title=_("Principal left"),
            cell=lambda r: money_cell(r.outstanding_minor, r.currency),
            order=("outstanding_minor",),
            is_number=True,
        ),
        Column(
            key="state",
            title=_("State"),
            cell=lambda r: badge_cell(
                wording.word("agreement", r.status)
                if r.status == "defaulted"
                else wording.word("arrears", r.bucket)
            ),
            order=("status", "days_past_due"),
        ),
    )


@require_safe
@acting_for("operator")
def agreement(request: HttpRequest, code: str) -> HttpResponse:
    """Show a loan that needs a decision, and the decisions there are. For the operator."""
    return _show(request, code)


def _change_form(request: HttpRequest, code: str, given: Any = None) -> ChangeForm:
    currency = deals.agreement(code).currency
    events = [
        (e.key, f"{e.value_date} · {Money(e.amount_minor, currency)}")
        for e in servicing.events(code)
        if e.kind in {"payment", "fee"}
    ]
    return ChangeForm(
        given, request=request, acting=request.acting, events=events, currency=currency
    )


@require_POST
@acting_for("operator")
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change a loan in service as two people. For the operator."""
    _known(code)
    form = _change_form(request, code, request.POST)
    if form.is_valid() and carry_out(
        request,
        lambda: changes.carry(
            code, form.cleaned_data, by=request.acting.username, at=clock.now()
        ),
        done=_("Done, and kept with the reason."),
        form=form,
    ):
        return redirect("web:agreement", code=code)
    return _show(request, code, change=form, status=422)


def _show(
    request: HttpRequest,
    code: str,
    *,
    form: Any = None,
    change: Any = None,
    status: int = 200,
) -> HttpResponse:
    found = _known(code)
    standing = servicing.state(code)
    context = {
        "agreement": found,
        "loan": standing,
        "call": servicing.call_of(code),
        "events": servicing.events(code),
        "may_default": standing.status == "active",
        "may_call": standing.status == "defaulted"
        and found.guarantor is not None
        and servicing.call_of(code) is None,
        "may_decide": standing.status == "defaulted",
        "may_cure": standing.is_in_default,
        "form": form or CosignForm(request=request, acting=request.acting),
        "change": change or _change_form(request, code),
    }
    return render(request, "web/agreement.html", context, status=status)


@require_POST
@acting_for("operator")
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Declare a default alone; cure or write off as two people. For the operator."""
    _known(code)
    act = request.POST.get("act", "")
    form = CosignForm(request.POST, request=request, acting=request.acting)
    if act not in {"default", "cure", "write_off", "withdraw_default"}:
        raise Http404
    if form.is_valid() and carry_out(
        request,
        lambda: _act(act, code, form.cleaned_data, by=request.acting.username),
        done=_("Done, and kept with the reason."),
        form=form,
    ):
        return redirect("web:agreement", code=code)
    return _show(request, code, form=form, status=422)


def _act(act: str, code: str, said: dict[str, Any], *, by: str) -> None:
    if act == "default":
        services.declare_default(
            agreement_code=code, reason=said["reason"], by=by, at=clock.now()
        )
        return
    decisions = {
        "cure": services.cure,
        "withdraw_default": services.withdraw_default,
        "write_off": services.write_off,
    }
    decisions[act](
        agreement_code=code,
        by=by,
        seconded_by=said["seconded_by"],
        reason=said["reason"],
        at=clock.now(),
    )


@require_POST
@acting_for("operator")
def call_guarantee(request: HttpRequest, code: str) -> HttpResponse:
    """Give a guarantor notice. For the operator."""
    _known(code)
    carry_out(
        request,
        lambda: services.call_guarantee(
            agreement_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("The guarantor has notice; another person verifies the call."),
    )
    return redirect("web:agreement", code=code)


def _known(code: str) -> Any:
    try:
        return deals.agreement(code)
    except Refusal:
        raise Http404 from None
