from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.accrual import interest_minor
from longtail.kernels.cashflows.daycount import DayCount, by_the_day, year_fraction

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
conventions = st.sampled_from(DayCount)
daily = st.sampled_from([c for c in DayCount if by_the_day(c) is c])


@given(st.integers(0, 10**13), st.integers(0, 10_000), days, days, conventions)
def test_interest_is_the_exact_amount_rounded_half_up(
    balance, rate, start, end, convention
):
    exact = balance * rate * max(year_fraction(start, end, convention), 0) / 10_000
    earned = interest_minor(balance, rate, start, end, convention)
    assert -0.5 < earned - exact <= 0.5


@given(
    st.integers(0, 10**12),
    st.integers(0, 10_000),
    st.lists(days, min_size=3, max_size=3),
    daily,
)
def test_more_time_never_earns_less(balance, rate, dates, convention):
    first, middle, last = sorted(dates)
    whole = interest_minor(balance, rate, first, last, convention)
    assert whole >= interest_minor(balance, rate, first, middle, convention)
    parts = interest_minor(balance, rate, first, middle, convention) + interest_minor(
        balance, rate, middle, last, convention
    )
    assert abs(parts - whole) <= 1


def test_nothing_accrues_backwards():
    assert (
        interest_minor(100, 1_200, date(2024, 2, 1), date(2024, 1, 1), DayCount.ACT_360)
        == 0
    )


def test_a_known_month():
    """10,000.00 at 12 % for 31 days of a common year."""
    span = (date(2023, 1, 1), date(2023, 2, 1))
    earned = {c: interest_minor(1_000_000, 1_200, *span, c) for c in DayCount}
    assert earned == {
        DayCount.THIRTY_360: 10_000,
        DayCount.THIRTY_360_US: 10_000,
        DayCount.ACT_365F: 10_192,
        DayCount.ACT_360: 10_333,
        DayCount.ACT_ACT: 10_192,
    }


@pytest.mark.parametrize(("balance", "rate"), [(-1, 0), (0, -1)])
def test_neither_balance_nor_rate_may_be_negative(balance, rate):
    with pytest.raises(ValueError, match="negative"):
        interest_minor(balance, rate, date(2024, 1, 1), date(2024, 2, 1), DayCount.ACT_360)
