"""A funder's own pages: its money, what was pushed to it, and what it holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from longtail.funding import queries as funding
from longtail.interfaces.web import formats, wording
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.charts import Chart, Series, months_between
from longtail.interfaces.web.money_desk import may_simulate, wallets
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
    percent_cell,
)
from longtail.market import queries as market
from longtail.servicing import queries as servicing

PUSHES_SHOWN = 6
MONTHS_SHOWN = 36


def home(request: HttpRequest) -> HttpResponse:
    """Show a funder its money, its return and what was pushed to it."""
    code = request.acting.code
    positions = servicing.portfolio(code)
    pushed = market.opportunities(code, limit=PUSHES_SHOWN).rows
    books = funding.books(p.demand.code for p in pushed)
    context = {
        "wallets": wallets(code),
        "may_simulate": may_simulate(),
        "sums": _sums(positions),
        "rate": servicing.xirr_of(code),
        "pushes": [(push, books.get(push.demand.code)) for push in pushed],
        "pushed_count": market.count_opportunities(code),
        "has_mandate": market.mandate(code) is not None,
        "reserved": list(funding.commitments_of(code).filter(state="held")[:20]),
        "chart": _cash_chart(servicing.cash_flows(code)),
    }
    return render(request, "web/home_funder.html", context)


def _sums(positions: Iterable[Any]) -> list[tuple[str, Counter[str]]]:
    """Return a funder's totals by currency."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for p in positions:
        total = sums[p.currency]
        total["funded"] += p.funded_minor
        total["outstanding"] += p.outstanding_minor
        total["paid"] += p.paid_minor
        total["interest"] += p.interest_minor
        total["lost"] += p.lost_minor
        total["count"] += 1
    return sorted(sums.items())


def _cash_chart(flows: Iterable[Any]) -> Chart | None:
    """Return money out and money back by month, in the currency with most of it."""
    flows = list(flows)
    if not flows:
        return None
    currency = Counter(f.currency for f in flows).most_common(1)[0][0]
    out: Counter[Any] = Counter()
    back: Counter[Any] = Counter()
    for flow in flows:
        if flow.currency == currency:
            side = back if flow.amount_minor > 0 else out
            side[flow.date.replace(day=1)] += abs(flow.amount_minor)
    seen = {*out, *back}
    months = months_between(min(seen), max(seen))[-MONTHS_SHOWN:]
    return Chart(
        title=_("Money lent and money that came back, by month"),
        kind="bars",
        labels=[formats.month(m) for m in months],
        series=[
            Series(name=_("Lent"), values=[out[m] for m in months]),
            Series(name=_("Came back"), values=[back[m] for m in months]),
        ],
        unit="money",
        currency=currency,
    )


@require_safe
@acting_for("funder")
def portfolio(request: HttpRequest) -> HttpResponse:
    """Show everything a funder holds. For a funder, its own."""
    code = request.acting.code
    positions = servicing.portfolio(code)
    table = Table(
        request,
        name="positions",
        rows=positions,
        columns=_columns(),
        caption=_("Your holdings"),
        default="-outstanding",
    )
    context = {
        "table": table,
        "sums": _sums(positions),
        "rate": servicing.xirr_of(code),
        "charts": _spread(positions) if positions else (),
    }
    return asked_for(request, table) or render(request, "web/portfolio.html", context)


def _spread(positions: list[Any]) -> tuple[Chart, Chart]:
    """Return how the money still out is spread over grades and over arrears."""
    currency = Counter(p.currency for p in positions).most_common(1)[0][0]
    of_currency = [p for p in positions if p.currency == currency]
    grades, buckets = Counter(), Counter()
    for p in of_currency:
        grades[p.grade] += p.outstanding_minor
        buckets[str(p.bucket)] += p.outstanding_minor
    in_order = [b for b in wording.ARREARS if buckets[b]]
    by_grade = Chart(
        title=_("What is still out, by grade"),
        kind="ring",
        labels=sorted(grades),
        series=[Series(name=_("Still out"), values=[grades[g] for g in sorted(grades)])],
        unit="money",
        currency=currency,
    )
    by_bucket = Chart(
        title=_("What is still out, by arrears"),
        kind="ranks",
        labels=[wording.word("arrears", b).text for b in in_order],
        series=[Series(name=_("Still out"), values=[buckets[b] for b in in_order])],
        unit="money",
        currency=currency,
    )
    return by_grade, by_bucket


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            key="enterprise",
            title=_("Enterprise"),
            cell=lambda p: Cell(
                p.enterprise_name,
                href=reverse("web:demand", args=[p.demand_code]),
                note=wording.word("mode", p.mode_code).text,
            ),
            order=("enterprise_name",),
        ),
        Column(
            key="grade", title=_("Grade"), cell=lambda p: Cell(p.grade), order=("grade",)
        ),
        Column(
            key="rate",
            title=_("Rate"),
            cell=lambda p: percent_cell(p.rate_bps),
            order=("rate_bps",),
            is_number=True,
        ),
        _money("funded", _("Lent"), "funded_minor"),
        _money("outstanding", _("Still out"), "outstanding_minor"),
        _money("paid", _("Came back"), "paid_minor"),
        _money("interest", _("Interest in it"), "interest_minor"),
        _money("lost", _("Lost"), "lost_minor"),
        Column(
            key="next",
            title=_("Next"),
            cell=lambda p: date_cell(p.next_due.due_date if p.next_due else None),
            order=("next_due__due_date",),
        ),
        Column(
            key="state",
            title=_("State"),
            cell=lambda p: badge_cell(
                wording.word("arrears", p.bucket)
                if p.days_past_due and p.status == "active"
                else wording.word("agreement", p.status)
            ),
            order=("status", "days_past_due"),
        ),
    )


def _money(key: str, title: str, field: str) -> Column:
    return Column(
        key=key,
        title=title,
        cell=lambda p: money_cell(getattr(p, field), p.currency),
        order=(field,),
        is_number=True,
    )
