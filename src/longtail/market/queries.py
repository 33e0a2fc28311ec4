"""Reads over the market: what a funder looks for, what it is shown, and why. No writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F, QuerySet, Sum

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.deals.queries import Criteria, Page
from longtail.deals.queries.paging import Order, page
from longtail.market import models
from longtail.market.matching import mandate_of, matched, profile_of
from longtail.market.models import PushState
from longtail.market.rules import Mandate, Reason
from longtail.parties import queries as parties
from longtail.parties.rules import Standing
from longtail.values.refusal import Refusal


class NoMandate(Refusal):
    """The funder has not said what it looks for."""


class Sort(StrEnum):
    """The orders a funder's feed comes in; ties by age."""

    FIT = "fit"
    NEWEST = "newest"
    YIELD = "yield"
    LARGEST = "largest"
    SMALLEST = "smallest"
    SHORTEST = "shortest"


ORDERS = {
    Sort.FIT: Order("fit_bps", int, True),
    Sort.NEWEST: Order("pushed_at", datetime, True),
    Sort.YIELD: Order("demand__current_offer__rate_bps", int, True),
    Sort.LARGEST: Order("demand__current__amount_minor", int, True),
    Sort.SMALLEST: Order("demand__current__amount_minor", int, False),
    Sort.SHORTEST: Order("demand__current__tenor_months", int, False),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a demand was, or was not, put before a funder.

    Attributes:
        fits: Whether the funder may fund it under its mandate of today.
        reasons: Every criterion, met or not.
        pushed: The push, if it was put before the funder; its reasons are those of then.
    """

    fits: bool
    reasons: tuple[Reason, ...]
    pushed: models.Push | None

    @property
    def misfits(self) -> tuple[str, ...]:
        """The texts of what is not met."""
        return tuple(r.text for r in self.reasons if not r.is_met)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mandate would find among what is listed now.

    Attributes:
        n_fitting: Demands that fit.
        n_listed: Demands that are listed.
        total_minor: What those that fit ask, minor units of the mandate's currency.
    """

    n_fitting: int
    n_listed: int
    total_minor: int


def mandate(funder_code: str) -> Mandate | None:
    """Return what a funder looks for, or None if it has not said."""
    row = _current(funder_code)
    return mandate_of(row) if row else None


def require_mandate(funder_code: str) -> Mandate:
    """Return what a funder looks for.

    Raises:
        NoMandate: If it has not said.
    """
    found = mandate(funder_code)
    if found is None:
        raise NoMandate(f"{funder_code} has no mandate yet. Set one to be shown demands.")
    return found


def mandates(funder_code: str) -> QuerySet[models.Mandate]:
    """Return every mandate a funder has set, newest first."""
    return models.Mandate.objects.filter(funder__code=funder_code).order_by("-number")


def pushes_for(demand_code: str) -> QuerySet[models.Push]:
    """Return the pushes of a demand's current version, best fit first."""
    return (
        models.Push.objects.filter(
            demand__code=demand_code, version_number=F("demand__version_number")
        )
        .select_related("funder")
        .order_by("rank", "id")
    )


def opportunities(
    funder_code: str,
    filters: Criteria | None = None,
    *,
    sort: Sort = Sort.FIT,
    after: str | None = None,
    limit: int = 50,
    is_muted: bool = False,
) -> Page[models.Push]:
    """Return one page of the listed demands that were put before a funder.

    Only what still fits the funder's mandate of today is shown.

    Args:
        funder_code: The funder.
        filters: Further criteria of the reader; None for none.
        sort: In which order.
        after: ``next_after`` of the page before; None for the first.
        limit: Rows on the page, 1 to 200.
        is_muted: Whether to show what the funder took out of its feed, instead.

    Returns:
        Pushes with their demand, enterprise, current version and offer.

    Raises:
        InvalidInput: If a criterion, the cursor or the limit is not valid.
    """
    rows = _feed(funder_code, filters or Criteria(), is_muted=is_muted).select_related(
        "demand__enterprise", "demand__current__guarantor", "demand__current_offer"
    )
    return page(rows, ORDERS[Sort(sort)], after=after, limit=limit)


def count_opportunities(
    funder_code: str, filters: Criteria | None = None, *, is_muted: bool = False
) -> int:
    """Return how many rows :func:`opportunities` has over all its pages."""
    return _feed(funder_code, filters or Criteria(), is_muted=is_muted).count()


def explain(funder_code: str, demand_code: str, *, exposure_minor: int = 0) -> Explanation:
    """Say why a demand fits a funder's mandate of today, or why it does not.

    Args:
        funder_code: The funder.
        demand_code: The demand, listed or not.
        exposure_minor: What the enterprise owes the funder already, minor units.

    Raises:
        UnknownParty: If no party has the funder's code.
        UnknownDemand: If no demand has this code.
    """
    funder = parties.party(funder_code)
    demand = deals.demand(demand_code)
    pushed = models.Push.objects.filter(
        funder__code=funder_code, demand=demand, version_number=demand.version_number
    ).first()
    row = _current(funder_code)
    if row is None:
        missing = Reason("mandate", False, f"{funder} has set no mandate")
        return Explanation(False, (missing,), pushed)
    match = matched(row, profile_of(demand), exposure_minor=exposure_minor)
    is_admitted = funder.standing == Standing.ADMITTED
    standing = Reason("standing", is_admitted, f"{funder} is {funder.standing}")
    return Explanation(match.fits and is_admitted, (*match.reasons, standing), pushed)


def preview(mandate: Mandate) -> Preview:
    """Say what a mandate would find among what is listed now, before it is set."""
    fitting = deals.matching(criteria_of(mandate))
    return Preview(
        n_fitting=fitting.count(),
        n_listed=deals.count(criteria=Criteria(states=(State.LISTED,))),
        total_minor=fitting.aggregate(sum=Sum("current__amount_minor"))["sum"] or 0,
    )


def criteria_of(mandate: Mandate) -> Criteria:
    """Return a mandate as a search over listed demands; caps are left to the push."""
    return Criteria(
        states=(State.LISTED,),
        sectors=mandate.sectors,
        regions=mandate.regions,
        grades=mandate.grades,
        modes=mandate.modes,
        sizes=mandate.sizes,
        currency=mandate.currency,
        min_amount_minor=mandate.min_amount_minor,
        max_amount_minor=mandate.max_amount_minor,
        min_tenor_months=mandate.min_tenor_months,
        max_tenor_months=mandate.max_tenor_months,
        min_rate_bps=mandate.min_rate_bps,
    )


def _current(funder_code: str) -> models.Mandate | None:
    return (
        models.Mandate.objects.select_related("funder")
        .filter(funder__code=funder_code, superseded_at__isnull=True)
        .first()
    )


def _feed(funder_code: str, filters: Criteria, *, is_muted: bool) -> QuerySet[models.Push]:
    row = _current(funder_code)
    if row is None:
        return models.Push.objects.none()
    rows = models.Push.objects.filter(
        funder__code=funder_code,
        version_number=F("demand__version_number"),
        demand__in=deals.matching(criteria_of(mandate_of(row))),
    ).filter(demand__in=deals.matching(filters))
    if is_muted:
        return rows.filter(state=PushState.MUTED)
    return rows.exclude(state=PushState.MUTED)
