from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import (
    DENOMINATOR,
    DayCount,
    fraction_numerators,
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


@given(st.lists(days, min_size=3, max_size=3), conventions)
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


def test_dates_with_one_drawdown_broadcast():
    ends = np.array(["2024-02-01", "2024-03-01"], "datetime64[D]")
    start = np.array("2024-01-01", "datetime64[D]")
    assert fraction_numerators(start, ends, DayCount.ACT_360).tolist() == [31, 60]
