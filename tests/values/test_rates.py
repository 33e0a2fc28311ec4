from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.values.rates import fraction, round_half_up, share_minor, to_bps


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9))
def test_rounding_agrees_with_decimal(numerator, denominator):
    expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(numerator, denominator) == expected


def test_a_half_goes_away_from_zero():
    assert [round_half_up(n, 2) for n in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_must_be_positive(denominator):
    with pytest.raises(ValueError, match="denominator"):
        round_half_up(1, denominator)


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_a_share_and_its_rest_differ_from_the_whole_by_no_more_than_a_unit(amount, bps):
    assert 0 <= share_minor(amount, bps) + share_minor(amount, 10_000 - bps) - amount <= 1


def test_shares_of_money():
    assert share_minor(10_001, 5_000) == 5_001
    assert share_minor(-10_001, 5_000) == -5_001
    assert share_minor(333, 10_000) == 333


def test_basis_points_as_a_fraction():
    assert fraction(1250) == Decimal("0.1250")
    assert fraction(0) == 0


@given(st.integers(-100_000, 1_000_000))
def test_a_fraction_gives_its_basis_points_back(bps):
    assert to_bps(fraction(bps)) == bps
    assert to_bps(bps / 10_000) == bps


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_a_rate_must_be_finite(rate):
    with pytest.raises(ValueError, match="finite"):
        to_bps(rate)
