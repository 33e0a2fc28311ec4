from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import (
    DENOMINATOR,
    DayCount,
    by_the_day,
    fraction_numerators,
    icma_fraction,
    year_fraction,
)

days = st.dates(date(1899, 1, 1), date(2200, 12, 31))
conventions = st.sampled_from(DayCount)


@given(st.lists(st.tuples(days, days), min_size=1, max_size=20), conventions)
def test_many_pairs_at_once_equal_one_by_one(pairs, convention):
    starts, ends = (
        np.array(column, "datetime64[D]") for column in zip(*pairs, strict=True)
    )
    numerators = fraction_numerators(starts, ends, convention)
    assert numerators.dtype == np.int64
    assert [Fraction(int(n), DENOMINATOR[convention]) for n in numerators] == [
        year_fraction(start, end, convention) for start, end in pairs
    ]


@given(days, days, conventions)
def test_turning_the_dates_round_turns_the_sign(start, end, convention):
    there, back = (
        year_fraction(start, end, convention),
        year_fraction(end, start, convention),
    )
    assert there == -back


@given(
    st.lists(days, min_size=3, max_size=3),
    st.sampled_from([c for c in DayCount if c is not DayCount.THIRTY_360_US]),
)
def test_a_span_is_the_sum_of_its_parts(dates, convention):
    first, middle, last = sorted(dates)
    parts = year_fraction(first, middle, convention) + year_fraction(
        middle, last, convention
    )
    assert parts == year_fraction(first, last, convention) >= 0


@given(st.integers(1900, 2200))
def test_a_calendar_year_is_one_year(year):
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    assert year_fraction(start, end, DayCount.ACT_ACT) == 1
    assert year_fraction(start, end, DayCount.THIRTY_360) == 1
    assert year_fraction(start, end, DayCount.ACT_365F) in (1, Fraction(366, 365))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2023, 1, 15), date(2023, 2, 15), 30),
        (date(2023, 1, 31), date(2023, 2, 28), 28),
        (date(2023, 2, 28), date(2023, 3, 31), 32),
        (date(2024, 2, 29), date(2024, 3, 1), 2),
        # The US variant would count 31 days here, because the 30th is not yet reached.
        (date(2023, 1, 29), date(2023, 3, 31), 61),
    ],
)
def test_thirty_360_is_the_eurobond_variant(start, end, expected):
    assert year_fraction(start, end, DayCount.THIRTY_360) * 360 == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2023, 1, 29), date(2023, 3, 31), 62),
        (date(2023, 1, 30), date(2023, 3, 31), 60),
        (date(2023, 1, 31), date(2023, 3, 31), 60),
        (date(2023, 1, 31), date(2023, 3, 30), 60),
        (date(2023, 2, 28), date(2023, 3, 31), 33),
        (date(2023, 3, 31), date(2023, 2, 28), -33),
        (date(2023, 8, 31), date(2024, 2, 29), 179),
    ],
)
def test_thirty_360_of_the_united_states_moves_an_end_only_after_a_late_start(
    start, end, expected
):
    assert year_fraction(start, end, DayCount.THIRTY_360_US) * 360 == expected
    days = [np.array([day], "datetime64[D]") for day in (start, end)]
    assert fraction_numerators(*days, DayCount.THIRTY_360_US).tolist() == [expected]


@given(st.lists(days, min_size=3, max_size=3), conventions)
def test_by_the_day_every_convention_is_the_sum_of_its_parts(dates, convention):
    first, middle, last = sorted(dates)
    daily = by_the_day(convention)
    assert (daily is convention) == (convention is not DayCount.THIRTY_360_US)
    assert DENOMINATOR[daily] == DENOMINATOR[convention]
    parts = [year_fraction(*pair, daily) for pair in ((first, middle), (middle, last))]
    assert sum(parts) == year_fraction(first, last, daily)


def test_a_regular_period_is_its_share_of_a_year_under_icma():
    period = (date(2024, 1, 31), date(2024, 7, 31))
    assert icma_fraction(*period, period, 2) == Fraction(1, 2)
    assert icma_fraction(date(2024, 3, 1), date(2024, 4, 1), period, 2) == Fraction(31, 364)
    assert icma_fraction(period[0], period[0], period, 2) == 0


@pytest.mark.parametrize(
    "days",
    [(30, 31, 31, 60), (31, 61, 31, 60), (40, 39, 31, 60), (31, 31, 31, 31)],
    ids=["before", "after", "backwards", "no period"],
)
def test_a_span_outside_its_period_has_no_icma_fraction(days):
    start, end, first, last = (date(2024, 1, 1) + timedelta(days=d) for d in days)
    with pytest.raises(ValueError, match="not within"):
        icma_fraction(start, end, (first, last), 2)


def test_dates_with_one_drawdown_broadcast():
    ends = np.array(["2024-02-01", "2024-03-01"], "datetime64[D]")
    start = np.array("2024-01-01", "datetime64[D]")
    assert fraction_numerators(start, ends, DayCount.ACT_360).tolist() == [31, 60]
