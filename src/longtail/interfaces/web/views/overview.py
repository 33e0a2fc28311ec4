"""The market at a glance, for everybody."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.funding import queries as funding
from longtail.interfaces.web import demand_page, formats, wording
from longtail.interfaces.web.access import acting
from longtail.interfaces.web.charts import Chart, Series, months_between
from longtail.interfaces.web.forms.funding import GRADES
from longtail.interfaces.web.visibility import may_open
from longtail.servicing import queries as servicing

# With more months than this the bars are years.
MONTHS_SHOWN = 48
BOOKS_SHOWN = 6


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the market: totals, charts, open books and the seven steps. For everybody."""
    books = funding.open_books().select_related("demand__current", "demand__current_offer")
    summaries = servicing.book_summary()
    who = acting(request)
    counts = deals.counts_by_state()
    context = {
        "summaries": summaries,
        "states": {state: counts[state] for state in State if counts.get(state)},
        "published": sum(n for state, n in counts.items() if state != State.DRAFT),
        "open_count": books.count(),
        "books": list(books[:BOOKS_SHOWN]),
        "charts": _charts(summaries),
        "steps": demand_page.STEPS,
        "is_known": who is not None,
        "may_open": may_open(who),
    }
    return render(request, "web/overview.html", context)


def _charts(summaries: list[Any]) -> list[Chart]:
    """Return the charts of the currency in which most was lent."""
    if not summaries:
        return []
    main = max(summaries, key=lambda s: s.funded_minor)
    return [_funded(main.currency), _grades(), _arrears(main)]


def _funded(currency: str) -> Chart:
    signed = deals.agreements().filter(currency=currency).order_by()
    # What is signed but not paid out yet is not lent.
    signed = signed.exclude(demand__state=State.FUNDED)
    rows = signed.annotate(month=TruncMonth("drawdown_date")).values_list("month")
    sums = dict(rows.annotate(sum=Sum("principal_minor")).order_by("month"))
    months = months_between(min(sums), max(sums)) if sums else []
    is_long = len(months) > MONTHS_SHOWN
    bars: Counter[str] = Counter()
    for month in months:
        label = str(month.year) if is_long else formats.month(month)
        bars[label] += sums.get(month, 0)
    return Chart(
        title=_("Lent by year") if is_long else _("Lent by month"),
        kind="bars",
        labels=list(bars),
        series=[Series(name=_("Lent"), values=list(bars.values()))],
        unit="money",
        currency=currency,
    )


def _grades() -> Chart:
    rows = deals.agreements().order_by().values_list("grade").annotate(n=Count("id"))
    counts = Counter(dict(rows))
    labels = [g for g in GRADES if counts[g]]
    return Chart(
        title=_("Loans by grade"),
        kind="bars",
        labels=labels,
        series=[Series(name=_("Loans"), values=[counts[g] for g in labels])],
    )


def _arrears(summary: Any) -> Chart:
    buckets = {str(b): minor for b, minor in summary.outstanding_by_bucket.items()}
    labels = [b for b in wording.ARREARS if buckets.get(b)]
    return Chart(
        title=_("What is still out, by arrears"),
        kind="ranks",
        labels=[wording.word("arrears", b).text for b in labels],
        series=[Series(name=_("Still out"), values=[buckets[b] for b in labels])],
        unit="money",
        currency=summary.currency,
    )
