"""An enterprise's own page: its demands, what is due, and how to pay."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.interfaces.web import formats, wording
from longtail.interfaces.web.money_desk import may_simulate
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.servicing import queries as servicing
from longtail.servicing.rules import NotInService

# The enterprise is next to act in these.
ITS_TURN = (State.DRAFT, State.OFFERED)
REPAYING = (State.ACTIVE, State.DEFAULTED)


def home(request: HttpRequest) -> HttpResponse:
    """Show an enterprise its demands and its dues."""
    code = request.acting.code
    table = _demands(request, code)
    context = {
        "table": table,
        "turn": deals.demands(enterprise_code=code, states=ITS_TURN),
        "dues": _dues(code),
        "may_simulate": may_simulate(),
    }
    return asked_for(request, table) or render(request, "web/home_enterprise.html", context)


def _dues(code: str) -> list[dict[str, Any]]:
    """Return what each running loan needs next, with the reference to quote."""
    dues = []
    for agreement in deals.agreements(enterprise_code=code, states=REPAYING):
        try:
            standing = servicing.state(agreement.code)
        except NotInService:
            continue
        dues.append(
            {
                "agreement": agreement,
                "standing": standing,
                "next_minor": next_payment_minor(standing),
                "suggested": formats.plain_amount(
                    next_payment_minor(standing), agreement.currency
                ),
                "reference": servicing.payment_reference(agreement.code),
            }
        )
    return dues


def next_payment_minor(standing: Any) -> int:
    """Return what would bring a loan up to date: what is overdue, else what is next."""
    if standing.overdue_minor or not standing.next_due:
        return int(standing.overdue_minor)
    return int(standing.next_due.principal_minor + standing.next_due.interest_minor)


def _demands(request: HttpRequest, code: str) -> Table:
    return Table(
        request,
        name="demands",
        rows=deals.demands(enterprise_code=code),
        columns=(
            Column(
                key="purpose",
                title=_("Demand"),
                cell=lambda d: Cell(
                    wording.word("purpose", d.current.purpose).text,
                    href=reverse("web:demand", args=[d.code]),
                    note=wording.word("mode", d.current.mode_code).text,
                ),
                order=("current__purpose",),
            ),
            Column(
                key="amount",
                title=_("Amount"),
                cell=lambda d: money_cell(d.current.amount_minor, d.current.currency),
                order=("current__amount_minor",),
                is_number=True,
            ),
            Column(
                key="months",
                title=_("Months"),
                cell=lambda d: Cell(str(d.current.tenor_months)),
                order=("current__tenor_months",),
                is_number=True,
            ),
            Column(
                key="created",
                title=_("Begun"),
                cell=lambda d: date_cell(d.created_at.date()),
                order=("created_at",),
            ),
            Column(
                key="state",
                title=_("State"),
                cell=lambda d: badge_cell(wording.word("demand", d.state)),
                order=("state",),
            ),
        ),
        caption=_("Your demands"),
        default="-created",
    )
