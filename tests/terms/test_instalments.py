from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import DayCount, year_fraction
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.calendars import calendar
from longtail.terms.instalments import instalments_of, planned_dates
from longtail.terms.primitives import Accrual, Frequency, TermLoan
from longtail.values.dates import Calendar, Roll, is_month_end
from longtail.values.rounding import TO_THE_MINOR_UNIT

AMERICA = calendar("US", 2000, 2060)
ALWAYS_OPEN = Calendar(weekend=frozenset())
INTEREST_ONLY = Amortization.INTEREST_ONLY


def owed(loan, *, drawdown=date(2024, 1, 31), n=12, on=AMERICA, rate_bps=1_200):
    return instalments_of(
        instrument=loan,
        principal_minor=12_000_00,
        rate_bps=rate_bps,
        n_periods=n,
        drawdown_date=drawdown,
        calendar=on,
        rounding=TO_THE_MINOR_UNIT,
    )


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (Frequency.WEEKLY, [date(2024, 2, 7), date(2024, 2, 14), date(2024, 2, 21)]),
        (Frequency.BIWEEKLY, [date(2024, 2, 14), date(2024, 2, 28), date(2024, 3, 13)]),
        (Frequency.MONTHLY, [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]),
        (Frequency.QUARTERLY, [date(2024, 4, 30), date(2024, 7, 31), date(2024, 10, 31)]),
    ],
)
def test_due_dates_by_frequency(frequency, expected):
    loan = TermLoan(INTEREST_ONLY, frequency=frequency)
    assert planned_dates(loan, date(2024, 1, 31), 3) == [date(2024, 1, 31), *expected]


@pytest.mark.parametrize(
    ("frequency", "interest"),
    [
        (Frequency.MONTHLY, 120_00),
        (Frequency.QUARTERLY, 360_00),
        (Frequency.WEEKLY, 28_00),
        (Frequency.BIWEEKLY, 56_00),
    ],
)
def test_a_period_of_30_360_is_its_share_of_a_year(frequency, interest):
    """12,000.00 at 12 %: a month 120.00; seven of 360 days 28.00."""
    for day_count in (DayCount.THIRTY_360, DayCount.THIRTY_360_US):
        loan = TermLoan(INTEREST_ONLY, day_count, frequency)
        (first, *_) = owed(loan, drawdown=date(2024, 1, 10), n=2, on=ALWAYS_OPEN)
        assert first.interest_minor == interest


def test_the_end_of_month_rule_holds_on_to_the_last_day():
    kept = TermLoan(INTEREST_ONLY, is_end_of_month=True)
    plain = TermLoan(INTEREST_ONLY)
    assert planned_dates(kept, date(2024, 4, 30), 3)[1:] == [
        date(2024, 5, 31),
        date(2024, 6, 30),
        date(2024, 7, 31),
    ]
    assert planned_dates(plain, date(2024, 4, 30), 3)[1] == date(2024, 5, 30)
    assert planned_dates(kept, date(2024, 4, 29), 3) == planned_dates(
        plain, date(2024, 4, 29), 3
    )


@given(st.dates(date(2001, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_under_the_end_of_month_rule_all_dates_are_month_ends_or_none(start, n):
    planned = planned_dates(TermLoan(INTEREST_ONLY, is_end_of_month=True), start, n)
    if is_month_end(start):
        assert all(is_month_end(day) for day in planned)
    assert all(a < b for a, b in pairwise(planned))


@pytest.mark.parametrize(
    ("roll", "expected"),
    [
        (Roll.UNADJUSTED, date(2024, 8, 31)),
        (Roll.FOLLOWING, date(2024, 9, 3)),
        (Roll.MODIFIED_FOLLOWING, date(2024, 8, 30)),
        (Roll.PRECEDING, date(2024, 8, 30)),
    ],
)
def test_a_due_date_on_a_closed_day_rolls_as_agreed(roll, expected):
    """31 August 2024 is a Saturday; the Monday after it is Labor Day."""
    loan = TermLoan(INTEREST_ONLY, roll=roll)
    assert owed(loan, drawdown=date(2024, 7, 31), n=1)[0].due_date == expected


@pytest.mark.parametrize("day_count", DayCount)
def test_adjusted_interest_follows_the_day_that_moved(day_count):
    loan = TermLoan(INTEREST_ONLY, day_count, accrual=Accrual.ADJUSTED)
    before = date(2024, 1, 31)
    for instalment in owed(loan):
        fraction = year_fraction(before, instalment.due_date, day_count)
        exact = 12_000_00 * 1_200 * fraction / 10_000
        assert abs(instalment.interest_minor - exact) <= 0.5
        before = instalment.due_date


def test_unadjusted_interest_stays_with_the_day_as_planned():
    loan = TermLoan(INTEREST_ONLY, DayCount.ACT_360)
    march = owed(loan)[1]
    assert march.due_date == date(2024, 4, 1)
    assert march.interest_minor == 12_000_00 * 12 * 31 // 36_000


@given(st.sampled_from(Frequency), st.sampled_from(Roll), st.sampled_from(Accrual))
def test_every_combination_repays_the_loan(frequency, roll, accrual):
    for amortization in Amortization:
        loan = TermLoan(amortization, DayCount.ACT_ACT, frequency, roll, accrual=accrual)
        rows = owed(loan)
        assert sum(row.principal_minor for row in rows) == 12_000_00
        assert rows[0].due_date > date(2024, 1, 31) + timedelta(days=5)
