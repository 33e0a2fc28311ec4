from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.values.rounding import (
    TO_THE_MINOR_UNIT,
    Rounding,
    RoundingMode,
    RoundTo,
    rounded,
    rounding_of,
)

UP, EVEN, DOWN = RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.DOWN


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (UP, [0, 0, 1, 1, 1, 1, 2, 2, 2]),
        (EVEN, [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        (DOWN, [0, 0, 0, 0, 1, 1, 1, 1, 2]),
    ],
)
def test_quarters_by_mode(mode, expected):
    assert [rounded(n, 4, Rounding(1, mode)) for n in range(9)] == expected
    assert [rounded(n * 5, 4, Rounding(5, mode)) for n in range(9)] == [
        5 * e for e in expected
    ]


@given(
    st.integers(0, 10**15),
    st.integers(1, 10**9),
    st.integers(1, 1_000),
    st.sampled_from(RoundingMode),
)
def test_a_rounded_amount_is_a_step_near_the_exact_one(numerator, denominator, step, mode):
    amount = rounded(numerator, denominator, Rounding(step, mode))
    off = Fraction(numerator, denominator) - amount
    assert amount % step == 0
    assert 0 <= off < step if mode is DOWN else abs(off) <= Fraction(step, 2)


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 1), (1, 0), (1, -1)])
def test_only_amounts_are_rounded(numerator, denominator):
    with pytest.raises(ValueError, match="no amount"):
        rounded(numerator, denominator, TO_THE_MINOR_UNIT)


@pytest.mark.parametrize(
    ("to", "currency", "step"),
    [
        (RoundTo.MINOR, "CHF", 1),
        (RoundTo.FIVE_MINOR, "CHF", 5),
        (RoundTo.MAJOR, "USD", 100),
        (RoundTo.MAJOR, "JPY", 1),
        (RoundTo.MAJOR, "KWD", 1_000),
    ],
)
def test_a_step_in_words_depends_on_the_currency(to, currency, step):
    assert rounding_of(to, EVEN, currency) == Rounding(step, EVEN)


def test_a_step_of_nothing_is_refused():
    with pytest.raises(ValueError, match="not positive"):
        Rounding(0)
