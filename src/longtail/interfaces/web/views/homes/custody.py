"""Those who watch the money: the regulator and the custodian."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from longtail.interfaces.web import wording
from longtail.interfaces.web.charts import Chart, Series
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.ledger.custodian import queries as custodian
from longtail.parties import queries as parties
from longtail.servicing import queries as servicing


def regulator(request: HttpRequest) -> HttpResponse:
    """Show the regulator whether the money is there, who acts, and how the book does."""
    table = _reconciliations(request)
    context = {
        "latest": custodian.latest_reconciliations(),
        "table": table,
        "standings": _standings(),
        "summaries": servicing.book_summary(),
        "charts": [_vintage_chart(c) for c in _currencies()],
        "refused": custodian.refused_messages(limit=5),
    }
    return asked_for(request, table) or render(request, "web/home_regulator.html", context)


def custodian_home(request: HttpRequest) -> HttpResponse:
    """Show the custodian what it is instructed to pay and how the books compare."""
    table = _reconciliations(request)
    context = {
        "latest": custodian.latest_reconciliations(),
        "table": table,
        "on_way": [
            i
            for state in ("released", "sent", "accepted")
            for i in custodian.instructions(state)
        ],
        "refused": custodian.refused_messages(limit=5),
    }
    return asked_for(request, table) or render(request, "web/home_custodian.html", context)


def _reconciliations(request: HttpRequest) -> Table:
    rows = [
        row
        for latest in custodian.latest_reconciliations()
        for row in custodian.reconciliations(latest.currency)
    ]
    return Table(
        request,
        name="reconciliations",
        rows=rows,
        columns=(
            Column(
                key="day",
                title=_("Day"),
                cell=lambda r: date_cell(r.on_date),
                order=("on_date", "id"),
            ),
            Column(
                key="currency",
                title=_("Currency"),
                cell=lambda r: Cell(r.currency),
                order=("currency",),
            ),
            _money("ledger", _("Ledger"), "ledger_minor"),
            _money("custodian", _("Custodian bank"), "custodian_minor"),
            _money("claims", _("Clients' claims"), "claims_minor"),
            Column(
                key="breaks",
                title=_("Breaks"),
                cell=lambda r: Cell(str(r.break_count)),
                order=("break_count",),
                is_number=True,
            ),
            Column(
                key="result",
                title=_("Result"),
                cell=lambda r: badge_cell(_result(r)),
            ),
        ),
        caption=_("Reconciliations"),
        default="-day",
    )


def _result(row: Any) -> wording.Word:
    if row.is_balanced:
        return wording.Word(_("Balanced"), "good")
    return wording.Word(_("Does not balance"), "bad")


def _money(key: str, title: str, field: str) -> Column:
    return Column(
        key=key,
        title=title,
        cell=lambda r: money_cell(getattr(r, field), r.currency),
        order=(field,),
        is_number=True,
    )


def _standings() -> list[tuple[str, list[tuple[str, int]]]]:
    """Return how many parties of each kind have each standing."""
    counts = (
        parties.parties().order_by().values_list("kind", "standing").annotate(n=Count("id"))
    )
    by_kind: dict[str, dict[str, int]] = {}
    for kind, standing, n in counts:
        by_kind.setdefault(kind, {})[standing] = n
    return [
        (kind, [(s, by_kind[kind].get(s, 0)) for s in wording.STANDINGS])
        for kind in wording.KINDS
        if kind in by_kind
    ]


def _currencies() -> list[str]:
    return sorted({v.currency for v in servicing.vintages()})


def _vintage_chart(currency: str) -> Chart:
    """Return what was lent, written off and paid by guarantors, by year of drawdown."""
    rows = [v for v in servicing.vintages() if v.currency == currency]
    return Chart(
        title=_("Lent, still out and written off, by year of drawdown"),
        kind="bars",
        labels=[str(v.year) for v in rows],
        series=[
            Series(name=_("Lent"), values=[v.funded_minor for v in rows]),
            Series(name=_("Still out"), values=[v.outstanding_minor for v in rows]),
            Series(name=_("Written off"), values=[v.charged_off_minor for v in rows]),
        ],
        unit="money",
        currency=currency,
    )
