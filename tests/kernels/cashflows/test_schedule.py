"""Schedules of one loan against exact rational arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import Amortization, level_payment_minor
from longtail.values.rounding import RoundingMode
from tests.kernels.cashflows.samples import Loan, half_up, loans, roundings

LEVEL, LINEAR = Amortization.LEVEL, Amortization.LINEAR
INTEREST_ONLY, BULLET = Amortization.INTEREST_ONLY, Amortization.BULLET
amortizations = st.sampled_from(Amortization)


def exact_level_payment(loan):
    discount, annuity = Fraction(1), Fraction(0)
    for charge in loan.charges:
        discount /= 1 + charge
        annuity += discount
    return loan.principal / annuity


@given(loans(), amortizations)
def test_principal_is_repaid_exactly_and_the_balance_never_grows(loan, amortization):
    rows = loan.schedule(amortization)
    assert len(rows) == len(loan.numerators)
    assert sum(principal for principal, _ in rows) == loan.principal
    assert all(principal >= 0 and interest >= 0 for principal, interest in rows)


@given(loans(), st.sampled_from([LEVEL, LINEAR, INTEREST_ONLY]))
def test_interest_is_charged_on_the_balance_and_rounded_half_up(loan, amortization):
    balance = loan.principal
    for (principal, interest), charge in zip(
        loan.schedule(amortization), loan.charges, strict=True
    ):
        assert interest == half_up(balance * charge)
        balance -= principal


@settings(max_examples=60)
@given(loans(longest=24))
def test_the_level_payment_is_the_exact_one_rounded_half_up(loan):
    units = [loan.rate_bps * n for n in loan.numerators]
    payment = level_payment_minor(loan.principal, units, 10_000 * loan.denominator)
    assert payment == half_up(exact_level_payment(loan))


@given(st.integers(10**6, 10**12), st.integers(0, 3_600), st.integers(1, 120), st.just(12))
def test_level_payments_are_equal_except_the_last(principal, rate_bps, n, denominator):
    loan = Loan(principal, rate_bps, (1,) * n, denominator)
    payments = [sum(row) for row in loan.schedule(LEVEL)]
    assert len(set(payments[:-1])) <= 1
    # Each period's rounding grows at the contract rate until the end.
    growth = Fraction(12 * 10_000 + rate_bps, 12 * 10_000)
    drift = sum(growth**k for k in range(n))
    assert abs(payments[-1] - payments[0]) <= drift


@settings(max_examples=60)
@given(loans(), st.sampled_from([LEVEL, LINEAR, INTEREST_ONLY]))
def test_present_value_at_the_contract_rate_is_the_loan_within_rounding(loan, amortization):
    discount, value, slack = Fraction(1), Fraction(0), Fraction(0)
    for row, charge in zip(loan.schedule(amortization), loan.charges, strict=True):
        discount /= 1 + charge
        value += sum(row) * discount
        slack += discount / 2
    assert abs(value - loan.principal) <= slack


def stepped(exact, rounding):
    """Round by the definition of each mode."""
    steps = exact / rounding.step_minor
    lower = steps.__floor__()
    rest = steps - lower
    half = Fraction(1, 2)
    up = {
        RoundingMode.HALF_UP: rest >= half,
        RoundingMode.HALF_EVEN: rest > half or (rest == half and lower % 2 == 1),
        RoundingMode.DOWN: False,
    }[rounding.mode]
    return (lower + up) * rounding.step_minor


@given(loans(largest=10**7), amortizations, roundings)
def test_every_amount_but_the_last_principal_is_a_rounded_step(
    loan, amortization, rounding
):
    rows = loan.schedule(amortization, rounding)
    balance, step = loan.principal, rounding.step_minor
    for (principal, interest), charge in zip(rows, loan.charges, strict=True):
        if amortization is not BULLET:
            assert interest == stepped(balance * charge, rounding)
        assert interest % step == 0
        balance -= principal
    assert balance == 0
    payments = [sum(row) for row in rows[:-1]]
    assert all(p % step == 0 or p >= loan.principal % step for p in payments)
    if amortization is LINEAR:
        assert {p for p, _ in rows[:-1]} <= {loan.principal // len(rows) // step * step}


@settings(max_examples=60)
@given(loans(largest=10**8, longest=24), roundings)
def test_the_level_payment_is_the_exact_one_rounded_as_agreed(loan, rounding):
    units = [loan.rate_bps * n for n in loan.numerators]
    payment = level_payment_minor(
        loan.principal, units, 10_000 * loan.denominator, rounding
    )
    assert payment == stepped(exact_level_payment(loan), rounding)


@given(loans())
def test_linear_principal_is_equal_except_the_last(loan):
    principals = [principal for principal, _ in loan.schedule(LINEAR)]
    assert set(principals[:-1]) <= {loan.principal // len(principals)}


@given(loans())
def test_a_bullet_pays_once_with_simple_interest(loan):
    *before, last = loan.schedule(BULLET)
    assert set(before) <= {(0, 0)}
    assert last == (loan.principal, half_up(loan.principal * sum(loan.charges)))


@given(loans())
def test_interest_only_repays_at_the_end(loan):
    *before, last = loan.schedule(INTEREST_ONLY)
    assert all(principal == 0 for principal, _ in before)
    assert last[0] == loan.principal


@given(st.integers(0, 10**12), st.integers(1, 60), amortizations)
def test_a_loan_without_interest_costs_nothing(principal, n, amortization):
    rows = Loan(principal, 0, (1,) * n, 12).schedule(amortization)
    assert sum(interest for _, interest in rows) == 0


@given(st.integers(0, 10**12), st.integers(0, 6_000), amortizations)
def test_one_period_is_the_same_in_every_amortization(principal, rate_bps, amortization):
    loan = Loan(principal, rate_bps, (1,), 12)
    assert loan.schedule(amortization) == loan.schedule(BULLET)


def test_an_instalment_never_falls_below_its_interest():
    """At 60 % over 30 years a 31-day month costs more than the level payment."""
    rows = Loan(10**8, 6_000, (31, 28, 31, 30) * 90, 365).schedule(LEVEL)
    assert min(principal for principal, _ in rows) == 0


def test_a_tiny_loan_is_repaid_early_rather_than_overpaid():
    assert Loan(3, 0, (1,) * 5, 12).schedule(LEVEL) == ((1, 0),) * 3 + ((0, 0),) * 2
    assert Loan(2, 0, (1,) * 5, 12).schedule(LEVEL) == ((0, 0),) * 4 + ((2, 0),)


@pytest.mark.parametrize(
    "broken",
    [
        Loan(-1, 0, (1,), 12),
        Loan(1, -1, (1,), 12),
        Loan(1, 0, (), 12),
        Loan(1, 0, (-1,), 12),
        Loan(1, 0, (1,), 0),
    ],
)
def test_terms_that_make_no_sense_are_refused(broken):
    with pytest.raises(ValueError, match=r"negative|at least one period"):
        broken.schedule(LEVEL)
