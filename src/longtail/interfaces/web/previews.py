"""Schedules as people read them: rows, totals and a subtotal a year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from longtail.deals.rules import regime_code
from longtail.terms.calendars import UnknownCountry, calendar
from longtail.terms.catalogue import latest
from longtail.terms.mode import needs_guarantor
from longtail.terms.resolve import OfferTerms, ResolvedTerms, resolve
from longtail.values.dates import Calendar
from longtail.values.money import Money

# Money goes out about so long after a demand is published.
DRAWDOWN_IN_DAYS = 14


@dataclass(frozen=True)
class Line:
    """An instalment, or a year's subtotal.

    Attributes:
        number: The instalment's number; 0 for what is none of the schedule's own.
        due_date: When it is due; of a subtotal, the last day of its year.
        principal_minor, interest_minor, late_minor: What is due.
        balance_minor: Principal left after it.
        kind: What became of it, as servicing says; empty before there is a loan.
        is_subtotal: Whether it sums a year.
    """

    number: int
    due_date: date
    principal_minor: int
    interest_minor: int
    late_minor: int
    balance_minor: int
    kind: str = ""
    is_subtotal: bool = False

    @property
    def total_minor(self) -> int:
        """Everything due by it."""
        return self.principal_minor + self.interest_minor + self.late_minor


@dataclass(frozen=True)
class Schedule:
    """A whole schedule with its totals."""

    currency: str
    lines: Sequence[Line]
    principal_minor: int
    interest_minor: int
    late_minor: int

    @property
    def total_minor(self) -> int:
        """Everything that is paid."""
        return self.principal_minor + self.interest_minor + self.late_minor


def schedule(currency: str, rows: Iterable[Any]) -> Schedule:
    """Return instalments with a subtotal after each year.

    Args:
        currency: ISO 4217 code.
        rows: In order of due date: instalments of resolved terms, or servicing's rows.
    """
    rows = list(rows)
    balance = sum(row.principal_minor for row in rows)
    lines: list[Line] = []
    for at, row in enumerate(rows):
        balance -= row.principal_minor
        lines.append(_line(row, balance))
        year = row.due_date.year
        if at + 1 == len(rows) or rows[at + 1].due_date.year != year:
            lines.append(_subtotal(lines, year, balance))
    own = [line for line in lines if not line.is_subtotal]
    return Schedule(
        currency,
        lines,
        sum(line.principal_minor for line in own),
        sum(line.interest_minor for line in own),
        sum(line.late_minor for line in own),
    )


def _line(row: Any, balance: int) -> Line:
    return Line(
        row.number,
        row.due_date,
        row.principal_minor,
        row.interest_minor,
        getattr(row, "late_minor", 0),
        balance,
        str(getattr(row, "kind", "")),
    )


def _subtotal(lines: Sequence[Line], year: int, balance: int) -> Line:
    of_year = [line for line in lines if line.due_date.year == year]
    return Line(
        0,
        date(year, 12, 31),
        sum(line.principal_minor for line in of_year),
        sum(line.interest_minor for line in of_year),
        sum(line.late_minor for line in of_year),
        balance,
        is_subtotal=True,
    )


def preview(
    *,
    amount: Money,
    tenor_months: int,
    mode_code: str,
    rate_bps: int,
    country: str,
    today: date,
) -> ResolvedTerms:
    """Return what a demand would cost at a rate, drawn down in two weeks.

    Args:
        amount: Principal.
        tenor_months: Months to maturity.
        mode_code: A code of the catalogue.
        rate_bps: Rate a year.
        country: Where the enterprise is seated; its banks' calendar counts.
        today: The business date.

    Raises:
        InvalidInput: If the terms contradict each other.
    """
    start = today + timedelta(days=DRAWDOWN_IN_DAYS)
    mode = latest(mode_code)
    is_guaranteed = needs_guarantor(mode)
    return resolve(
        mode=mode,
        offer=OfferTerms(
            principal=amount,
            rate_bps=rate_bps,
            n_periods=tenor_months,
            drawdown_date=start,
            # Who guarantees does not change what the enterprise pays.
            cover_bps=10_000 if is_guaranteed else 0,
            guarantor_code="preview" if is_guaranteed else None,
            regime_code=regime_code(country),
        ),
        calendar=_calendar(country, start.year),
    )


def _calendar(country: str, year: int) -> Calendar:
    # Whole decades, so that few spans are computed and kept.
    first_year = year - year % 10
    try:
        return calendar(country, first_year, first_year + 40)
    except UnknownCountry:
        return Calendar(frozenset())
