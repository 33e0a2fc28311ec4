"""The actuarial method of Regulation Z; its published examples are worked examples."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.actuarial import actuarial_apr


@given(
    st.integers(10**4, 10**9),
    st.lists(st.integers(0, 10**8), min_size=1, max_size=40),
    st.fractions(0, 1),
    st.integers(0, 4),
)
def test_at_the_rate_found_the_payments_are_worth_the_advance(
    advance, payments, odd, first
):
    if sum(payments) < advance or (not odd and not first):
        return
    rate = actuarial_apr(
        advance, payments, periods_per_year=1, odd_period=odd, first_period=first + 1
    )
    worth = sum(
        amount / ((1 + float(odd) * rate) * (1 + rate) ** (first + 1 + k))
        for k, amount in enumerate(payments)
    )
    assert rate >= 0
    assert math.isclose(worth, advance, rel_tol=1e-9)


def test_interest_in_an_odd_period_is_simple():
    """1,050 after half a month and nothing more: 5 % of half a month, 10 % of one."""
    rate = actuarial_apr(1_000, [1_050], odd_period=Fraction(1, 2), first_period=0)
    assert math.isclose(rate, 12 * 0.1, rel_tol=1e-12)


def test_unit_periods_of_a_year_scale_the_rate():
    monthly = actuarial_apr(100_000, [10_000] * 12)
    weekly = actuarial_apr(100_000, [10_000] * 12, periods_per_year=52)
    assert math.isclose(weekly * 12, monthly * 52, rel_tol=1e-12)
    assert monthly > 0.3


def test_payments_that_only_return_the_advance_cost_nothing():
    assert actuarial_apr(1_200, [100] * 12) == 0.0


def test_payments_below_the_advance_have_no_rate():
    assert actuarial_apr(1_201, [100] * 12) is None


@pytest.mark.parametrize(
    ("advance", "payments"), [(0, [1]), (-1, [1]), (1, []), (1, [-1, 5])]
)
def test_a_senseless_transaction_is_refused(advance, payments):
    with pytest.raises(ValueError, match="advance"):
        actuarial_apr(advance, payments)
