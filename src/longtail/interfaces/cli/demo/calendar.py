"""The business days on which the replay stops. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from longtail.interfaces.cli.demo.plan import Loan
from longtail.values.dates import add_months

# A demand is looked at on these weekdays for so long; then month ends do.
ATTENTION_DAYS = 35
ATTENTIVE = {0, 2, 4}
FRIDAY = 4
COLLATERAL_DAYS = 30


def next_weekday(day: date) -> date:
    """Return the day, or the Monday after it."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def last_day(loans: Iterable[Loan]) -> date:
    """Return the month end by which every loan is repaid or charged off."""
    ends = [
        max(
            add_months(loan.approval_date, loan.tenor_months + 4),
            loan.charge_off_date or date.min,
        )
        for loan in loans
    ]
    return month_end(max(ends))


def collateral_date(loan: Loan) -> date | None:
    """Return when what the collateral fetched comes in, for a charged-off loan."""
    if loan.charge_off_date is None:
        return None
    return loan.charge_off_date - timedelta(days=COLLATERAL_DAYS)


def stops(loans: Iterable[Loan], *, until: date) -> list[date]:
    """Return the days to stop at, in order.

    Three days a week while a demand is young, every month end, the real dates of losses.
    """
    loans = list(loans)
    first = next_weekday(min(loan.approval_date for loan in loans))
    days = set(_month_ends(first, until)) | {until}
    for loan in loans:
        days.update(_attentive_days(next_weekday(loan.approval_date)))
        if loan.charge_off_date:
            days.update({loan.charge_off_date, collateral_date(loan)})  # type: ignore[arg-type]
    return sorted(day for day in days if first <= day <= until)


def ends(day: date, *, until: date) -> bool:
    """Whether the books are closed at this stop: each Friday, month end and last day."""
    return day.weekday() == FRIDAY or day == month_end(day) or day >= until


def fresh_days(until: date) -> list[date]:
    """Return publication days for the loans that are to be alive at the end.

    Ten over the last two years, eighteen in the last three weeks.
    """
    old = (until - timedelta(days=45 + 66 * n) for n in range(10))
    young = (until - timedelta(days=3 + n) for n in range(18))
    return sorted(next_weekday(day) for day in (*old, *young))


def _month_ends(first: date, until: date) -> Iterator[date]:
    day = month_end(first)
    while day <= until:
        yield day
        day = month_end(day + timedelta(days=1))


def _attentive_days(first: date) -> Iterator[date]:
    days = (first + timedelta(days=n) for n in range(ATTENTION_DAYS))
    return (day for day in days if day.weekday() in ATTENTIVE)
