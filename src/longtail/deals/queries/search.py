"""Search over all demands: filters, sort and paging run in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from longtail.deals import models
from longtail.deals.queries.demands import WITH_CONTENT
from longtail.deals.queries.paging import Order, Page, page
from longtail.deals.rules import MAX_TENOR_MONTHS
from longtail.parties.rules import SECTORS, sector_group, text_problem
from longtail.values.money import MAX_MINOR
from longtail.values.refusal import InvalidInput

MAX_TEXT = 100


class Sort(StrEnum):
    """The orders a list of demands comes in; ties by age."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    SMALLEST = "smallest"
    LONGEST = "longest"
    SHORTEST = "shortest"
    CHANGED = "changed"


ORDERS = {
    Sort.NEWEST: Order("created_at", datetime, True),
    Sort.OLDEST: Order("created_at", datetime, False),
    Sort.LARGEST: Order("current__amount_minor", int, True),
    Sort.SMALLEST: Order("current__amount_minor", int, False),
    Sort.LONGEST: Order("current__tenor_months", int, True),
    Sort.SHORTEST: Order("current__tenor_months", int, False),
    Sort.CHANGED: Order("updated_at", datetime, True),
}


BOUNDS = {
    "min_amount_minor": MAX_MINOR,
    "max_amount_minor": MAX_MINOR,
    "min_tenor_months": MAX_TENOR_MONTHS,
    "max_tenor_months": MAX_TENOR_MONTHS,
    "min_rate_bps": 1_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What to look for; an empty field looks for everything.

    Attributes:
        states: States of the lifecycle.
        sectors: Two-digit NAICS sectors of the enterprise; any code of a range stands
            for the whole range.
        regions: Regions of the enterprise.
        grades: Grades of the latest assessment.
        modes: Mode codes.
        sizes: Size classes of the enterprise.
        currency: ISO 4217 code that the amounts are in.
        min_amount_minor: Least amount asked, minor units.
        max_amount_minor: Most amount asked, minor units.
        min_tenor_months: Shortest tenor asked.
        max_tenor_months: Longest tenor asked.
        min_rate_bps: Least rate offered, basis points a year; leaves out what has no
            offer.
        enterprise_code: One enterprise.
        text: Words in the code, the enterprise's name or the use of funds.
    """

    states: Collection[str] = ()
    sectors: Collection[str] = ()
    regions: Collection[str] = ()
    grades: Collection[str] = ()
    modes: Collection[str] = ()
    sizes: Collection[str] = ()
    currency: str = ""
    min_amount_minor: int | None = None
    max_amount_minor: int | None = None
    min_tenor_months: int | None = None
    max_tenor_months: int | None = None
    min_rate_bps: int | None = None
    enterprise_code: str = ""
    text: str = ""


def search(
    *,
    criteria: Criteria,
    sort: Sort = Sort.NEWEST,
    after: str | None = None,
    limit: int = 50,
) -> Page[models.Demand]:
    """Return one page of the demands that fit.

    Args:
        criteria: What to look for.
        sort: In which order.
        after: ``next_after`` of the page before; None for the first.
        limit: Rows on the page, 1 to 200.

    Raises:
        InvalidInput: If a criterion, the cursor or the limit is not valid.
    """
    rows = matching(criteria).select_related(*WITH_CONTENT)
    return page(rows, ORDERS[Sort(sort)], after=after, limit=limit)


def count(*, criteria: Criteria) -> int:
    """Return how many demands fit."""
    return matching(criteria).count()


def matching(criteria: Criteria) -> QuerySet[models.Demand]:
    """Return the demands that fit, without order.

    Raises:
        InvalidInput: If a criterion is not valid.
    """
    _require_valid(criteria)
    lists = (
        ("state__in", criteria.states),
        ("enterprise__sector__in", whole_ranges(criteria.sectors)),
        ("enterprise__region__in", criteria.regions),
        ("grade__in", criteria.grades),
        ("current__mode_code__in", criteria.modes),
        ("enterprise__size_class__in", criteria.sizes),
    )
    bounds = (
        ("current__currency", criteria.currency or None),
        ("enterprise__code", criteria.enterprise_code or None),
        ("current__amount_minor__gte", criteria.min_amount_minor),
        ("current__amount_minor__lte", criteria.max_amount_minor),
        ("current__tenor_months__gte", criteria.min_tenor_months),
        ("current__tenor_months__lte", criteria.max_tenor_months),
        ("current_offer__rate_bps__gte", criteria.min_rate_bps),
    )
    conditions = [Q((column, list(names))) for column, names in lists if names]
    conditions += [Q(bound) for bound in bounds if bound[1] is not None]
    return models.Demand.objects.filter(_words(criteria.text), *conditions)


def whole_ranges(sectors: Collection[str]) -> list[str]:
    """Return every sector code that shares a range with one of these."""
    groups = {sector_group(code) for code in sectors}
    return [code for code in SECTORS if sector_group(code) in groups]


def _words(text: str) -> Q:
    condition = Q()
    for word in text.split():
        condition &= (
            Q(code__icontains=word)
            | Q(enterprise__legal_name__icontains=word)
            | Q(current__use_of_funds__icontains=word)
        )
    return condition


def _require_valid(criteria: Criteria) -> None:
    problems = {
        name: problem
        for name, value in texts(criteria)
        if (problem := text_problem(value, max_length=MAX_TEXT))
    }
    for name, most in BOUNDS.items():
        value = getattr(criteria, name)
        if value is not None and not 0 <= value <= most:
            problems[name] = f"must be from 0 to {most:,}"
    if problems:
        raise InvalidInput(problems)


def texts(criteria: object) -> list[tuple[str, str]]:
    """Return (field, text) of everything textual in a set of criteria."""
    found = []
    for field in fields(criteria):  # type: ignore[arg-type]
        value = getattr(criteria, field.name)
        if isinstance(value, str):
            found.append((field.name, value))
        elif isinstance(value, Collection):
            found.extend((field.name, text) for text in value)
    return found
