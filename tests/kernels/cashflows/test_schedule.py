"""Schedules against exact rational arithmetic, and the bulk form against the single one."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import (
    Amortization,
    level_payment_minor,
    schedule,
    schedules,
)
from longtail.values.money import MAX_MINOR

LEVEL, LINEAR = Amortization.LEVEL, Amortization.LINEAR
INTEREST_ONLY, BULLET = Amortization.INTEREST_ONLY, Amortization.BULLET
amortizations = st.sampled_from(Amortization)


@dataclass(frozen=True)
class Loan:
    principal: int
    rate_bps: int
    numerators: tuple[int, ...]
    denominator: int

    @property
    def charges(self):
        return [
            Fraction(self.rate_bps * n, 10_000 * self.denominator) for n in self.numerators
        ]

    def schedule(self, amortization):
        return schedule(
            principal_minor=self.principal,
            rate_bps=self.rate_bps,
            numerators=self.numerators,
            denominator=self.denominator,
            amortization=amortization,
        )


@st.composite
def loans(draw, largest=10**12, most_bps=6_000, longest=48):
    n = draw(st.integers(1, longest))
    is_monthly = draw(st.booleans())
    numerators = draw(st.lists(st.integers(28, 31), min_size=n, max_size=n))
    return Loan(
        draw(st.integers(0, largest)),
        draw(st.integers(0, most_bps)),
        (1,) * n if is_monthly else tuple(numerators),
        12 if is_monthly else draw(st.sampled_from([360, 365])),
    )


def half_up(exact):
    return (exact + Fraction(1, 2)).__floor__()


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


def rows_of(bulk, i, n):
    columns = (bulk.principal_minor[i], bulk.interest_minor[i])
    assert not any(column[n:].any() for column in columns)
    return tuple(zip(*(column[:n].tolist() for column in columns), strict=True))


batches = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 10**9), st.integers(0, MAX_MINOR)),
        st.integers(0, 6_000),
        st.integers(1, 30),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(batches, amortizations)
def test_every_row_of_a_batch_is_the_loan_alone(batch, amortization):
    bulk = schedules(*np.array(batch).T, amortization)
    for i, (principal, rate_bps, n) in enumerate(batch):
        alone = Loan(principal, rate_bps, (1,) * n, 12).schedule(amortization)
        assert rows_of(bulk, i, n) == alone


@settings(max_examples=40)
@given(batches, amortizations, st.sampled_from([360, 365 * 366]), st.randoms())
def test_every_row_of_a_dated_batch_is_the_loan_alone(batch, amortization, unit, random):
    days = [[random.randint(28, 31) * unit // 360 for _ in range(30)] for _ in batch]
    bulk = schedules(
        *np.array(batch).T, amortization, numerators=np.array(days), denominator=unit
    )
    for i, (principal, rate_bps, n) in enumerate(batch):
        alone = Loan(principal, rate_bps, tuple(days[i][:n]), unit).schedule(amortization)
        assert rows_of(bulk, i, n) == alone


@given(batches, st.randoms())
def test_the_order_of_loans_does_not_matter(batch, random):
    order = list(range(len(batch)))
    random.shuffle(order)
    loan_columns = np.array(batch).T
    straight = schedules(*loan_columns, LEVEL)
    shuffled = schedules(*loan_columns[:, order], LEVEL)
    assert (shuffled.interest_minor == straight.interest_minor[order]).all()


def test_ties_and_near_ties_are_settled_in_integers():
    """Half of an odd loan is a tie; a unit next to it must not be taken for one."""
    odd = np.arange(1, 20_001, 2)
    assert (schedules(odd, 0, 2, LEVEL).payment_minor[:, 0] == (odd + 1) // 2).all()
    large = np.array([2**52 + 1, 2**52 - 1, MAX_MINOR - 1])
    bulk = schedules(large, [1, 7, 2_399], 2, LEVEL)
    for i, (principal, rate_bps) in enumerate(
        zip(large.tolist(), [1, 7, 2_399], strict=True)
    ):
        assert rows_of(bulk, i, 2) == Loan(principal, rate_bps, (1, 1), 12).schedule(LEVEL)


def test_a_batch_larger_than_a_block_is_whole():
    rng = np.random.default_rng(7)
    principal = rng.integers(1, 10**9, 5_000)
    bulk = schedules(principal, 1_200, rng.integers(1, 13, 5_000), LEVEL)
    assert bulk.principal_minor.shape == (5_000, 12)
    assert (bulk.principal_minor.sum(axis=1) == principal).all()
    assert (bulk.balance_minor[:, -1] == 0).all()
    assert (np.diff(bulk.balance_minor, axis=1) <= 0).all()
    assert (bulk.payment_minor == bulk.principal_minor + bulk.interest_minor).all()


def test_one_row_of_fractions_serves_every_loan():
    shared = schedules([100, 200], 500, 3, LINEAR, numerators=[31, 28, 31], denominator=365)
    each = schedules(
        [100, 200], 500, 3, LINEAR, numerators=[[31, 28, 31]] * 2, denominator=365
    )
    assert (shared.interest_minor == each.interest_minor).all()


@pytest.mark.parametrize(
    "columns", [([-1], 0, 1), ([1], -1, 1), ([1], 0, 0)], ids=["principal", "rate", "n"]
)
def test_a_batch_with_a_senseless_loan_is_refused(columns):
    with pytest.raises(ValueError, match="negative"):
        schedules(*columns, LEVEL)


def test_fractions_that_do_not_cover_every_period_are_refused():
    with pytest.raises(ValueError, match="do not cover"):
        schedules([100], 100, 3, LEVEL, numerators=[31, 28], denominator=365)


def test_no_loans_give_no_rows():
    assert schedules([], [], [], LEVEL).principal_minor.shape == (0, 0)
