"""The schedule of an agreement as it turned out so far and as it will go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from longtail.deals import queries as deals
from longtail.servicing import history
from longtail.servicing.queries.rows import ScheduleRow
from longtail.servicing.queries.standing import processing_date
from longtail.servicing.queries.tracing import trace
from longtail.terms.resolve import thaw


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of schedule rows, minor units; ``year`` is nothing for the whole."""

    year: int | None
    principal_minor: int
    interest_minor: int
    late_minor: int
    fee_minor: int
    paid_minor: int
    unpaid_minor: int

    @property
    def total_minor(self) -> int:
        """Everything due."""
        owed = self.principal_minor + self.interest_minor
        return owed + self.late_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """An agreement's schedule on a day.

    Attributes:
        agreement_code: The agreement.
        on: The day.
        currency: ISO 4217 code.
        rows: In order of due date.
        years: Subtotals by year of due date.
        total: The whole.
        outstanding_minor: Principal owed on that day.
    """

    agreement_code: str
    on: date
    currency: str
    rows: tuple[ScheduleRow, ...]
    years: tuple[Sums, ...]
    total: Sums
    outstanding_minor: int


def schedule(agreement_code: str, *, on: date | None = None) -> Schedule:
    """Return an agreement's schedule with what was paid, is due and is late.

    Args:
        agreement_code: A signed agreement, drawn down or not.
        on: The day, not before its last event; the business date if not given.

    Raises:
        UnknownAgreement: If no agreement has this code.
    """
    agreement = deals.agreement(agreement_code)
    terms = thaw(agreement.terms)
    events = [event for _, event in history.read([agreement.pk])]
    traced = trace(terms, events, on=on, today=processing_date())
    return Schedule(
        agreement_code,
        traced.day,
        terms.currency,
        traced.rows,
        _years(traced.rows),
        _sums(None, traced.rows),
        traced.outstanding_minor,
    )


def _years(rows: Iterable[ScheduleRow]) -> tuple[Sums, ...]:
    by_year: dict[int, list[ScheduleRow]] = defaultdict(list)
    for row in rows:
        by_year[row.due_date.year].append(row)
    return tuple(_sums(year, group) for year, group in sorted(by_year.items()))


def _sums(year: int | None, rows: Iterable[ScheduleRow]) -> Sums:
    rows = list(rows)
    return Sums(
        year,
        sum(row.principal_minor for row in rows),
        sum(row.interest_minor for row in rows),
        sum(row.late_minor for row in rows),
        sum(row.fee_minor for row in rows),
        sum(row.paid_minor for row in rows),
        sum(row.unpaid_minor for row in rows),
    )
