"""What a loan owes, and when: due dates, fractions of a year, amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from longtail.kernels.cashflows.daycount import DENOMINATOR, DayCount, fraction_numerator
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.terms.primitives import Accrual, Frequency, TermLoan
from longtail.values.dates import Calendar, add_months, is_month_end
from longtail.values.rounding import Rounding

WEEKS: Final = {Frequency.WEEKLY: 1, Frequency.BIWEEKLY: 2}
MONTHS: Final = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3}
THIRTY_DAY_MONTHS: Final = {DayCount.THIRTY_360, DayCount.THIRTY_360_US}


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due on one day.

    Attributes:
        number: 1 for the first.
        due_date: Business day on which it is to be paid.
        principal_minor: Principal due, minor units.
        interest_minor: Interest due, minor units.
    """

    number: int
    due_date: date
    principal_minor: int
    interest_minor: int

    @property
    def total_minor(self) -> int:
        """Principal and interest, minor units."""
        return self.principal_minor + self.interest_minor


def instalments_of(
    *,
    instrument: TermLoan,
    principal_minor: int,
    rate_bps: int,
    n_periods: int,
    drawdown_date: date,
    calendar: Calendar,
    rounding: Rounding,
) -> tuple[Instalment, ...]:
    """Return what a borrower owes, and when; see :func:`~longtail.terms.resolve.resolve`.

    A bullet loan has one instalment, at maturity.

    Args:
        instrument: The kind of loan.
        principal_minor: Amount lent, minor units.
        rate_bps: Contract rate a year, basis points.
        n_periods: Instalment periods to maturity.
        drawdown_date: Day the money goes out.
        calendar: The days on which banks are open.
        rounding: How interest and payments are rounded.
    """
    planned = planned_dates(instrument, drawdown_date, n_periods)
    dues = [calendar.adjust(day, instrument.roll) for day in planned[1:]]
    is_adjusted = instrument.accrual is Accrual.ADJUSTED
    numerators, denominator = (
        _day_fractions([drawdown_date, *dues], instrument.day_count)
        if is_adjusted
        else _fractions(planned, instrument)
    )
    flows = schedule(
        principal_minor=principal_minor,
        rate_bps=rate_bps,
        numerators=numerators,
        denominator=denominator,
        amortization=instrument.amortization,
        rounding=rounding,
    )
    dated = list(zip(dues, flows, strict=True))
    if instrument.amortization is Amortization.BULLET:
        dated = dated[-1:]
    return tuple(
        Instalment(number, day, principal, interest)
        for number, (day, (principal, interest)) in enumerate(dated, 1)
    )


def planned_dates(instrument: TermLoan, start: date, n_periods: int) -> list[date]:
    """Return the drawdown and the due dates as if banks never closed."""
    if weeks := WEEKS.get(instrument.frequency):
        return [start + timedelta(weeks=weeks * k) for k in range(n_periods + 1)]
    months = MONTHS[instrument.frequency]
    is_at_the_end = instrument.is_end_of_month and is_month_end(start)
    anchor = 31 if is_at_the_end else start.day
    return [add_months(start, months * k, anchor_day=anchor) for k in range(n_periods + 1)]


def _fractions(planned: list[date], instrument: TermLoan) -> tuple[list[int], int]:
    """Return each period's fraction of a year; months of 30 days are twelfths of it."""
    months = MONTHS.get(instrument.frequency)
    if months and instrument.day_count in THIRTY_DAY_MONTHS:
        return [months] * (len(planned) - 1), 12
    return _day_fractions(planned, instrument.day_count)


def _day_fractions(days: list[date], convention: DayCount) -> tuple[list[int], int]:
    numerators = [fraction_numerator(a, b, convention) for a, b in pairwise(days)]
    return numerators, DENOMINATOR[convention]
