"""Schedules of many loans: every row is the loan alone, to the minor unit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows import block_float
from longtail.kernels.cashflows.loans import loans
from longtail.kernels.cashflows.schedule import Amortization
from longtail.kernels.cashflows.schedules import BLOCK, room_for, schedules
from longtail.values.money import MAX_MINOR
from tests.kernels.cashflows.samples import Loan, roundings

LEVEL, LINEAR = Amortization.LEVEL, Amortization.LINEAR
amortizations = st.sampled_from(Amortization)


def rows_of(many, i, n):
    columns = (many.principal_minor[i], many.interest_minor[i])
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


@settings(max_examples=80)
@given(batches, amortizations, roundings)
def test_every_row_of_a_batch_is_the_loan_alone(batch, amortization, rounding):
    many = schedules(loans(*np.array(batch).T), amortization, rounding=rounding)
    for i, (principal, rate_bps, n) in enumerate(batch):
        alone = Loan(principal, rate_bps, (1,) * n, 12).schedule(amortization, rounding)
        assert rows_of(many, i, n) == alone


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 3_000)), max_size=30),
    st.integers(1, 60),
    st.sampled_from([(1, 12), (31, 365), (30, 360), (365 * 31, 365 * 366)]),
    st.sampled_from([LEVEL, LINEAR, Amortization.INTEREST_ONLY]),
)
def test_loans_of_one_length_run_in_float_and_are_exact(pairs, n, part, amortization):
    numerator, denominator = part
    columns = np.array(pairs, np.int64).reshape(-1, 2).T
    parts = [numerator] * n
    made = loans(*columns, n, numerators=parts, denominator=denominator)
    assert block_float.is_exact(made, amortization)
    many = schedules(made, amortization)
    for i, (principal, rate_bps) in enumerate(pairs):
        alone = Loan(principal, rate_bps, (numerator,) * n, denominator)
        assert rows_of(many, i, n) == alone.schedule(amortization)


@settings(max_examples=60)
@given(batches, amortizations, st.sampled_from([360, 365 * 366]), st.randoms(), roundings)
def test_every_row_of_a_dated_batch_is_the_loan_alone(
    batch, amortization, unit, random, rounding
):
    days = [[random.randint(28, 31) * unit // 360 for _ in range(30)] for _ in batch]
    dated = loans(*np.array(batch).T, numerators=np.array(days), denominator=unit)
    many = schedules(dated, amortization, rounding=rounding)
    for i, (principal, rate_bps, n) in enumerate(batch):
        alone = Loan(principal, rate_bps, tuple(days[i][:n]), unit)
        assert rows_of(many, i, n) == alone.schedule(amortization, rounding)


@pytest.mark.parametrize("scale", [1, 3, 7, 1_001])
def test_exact_halves_go_up_in_float_as_in_integers(scale):
    """Interest of q + 1/2 minor units, and a unit of the balance to either side of it."""
    rate_bps, unit = 600, 120_000
    half = np.arange(1, 4_001, 2) * scale * unit // (2 * rate_bps)
    balance = np.concatenate([half, half - 1, half + 1])
    made = loans(balance, rate_bps, 1)
    assert block_float.is_exact(made, Amortization.INTEREST_ONLY)
    interest = schedules(made, Amortization.INTEREST_ONLY).interest_minor[:, 0]
    expected = [(int(b) * rate_bps * 2 + unit) // (2 * unit) for b in balance]
    assert interest.tolist() == expected
    assert (balance[: len(half)] * rate_bps * 2 % unit == 0).all()


@given(st.integers(1, 2**49), st.integers(1, 2**20), st.sampled_from([12, 360, 133_590]))
def test_float_is_exact_up_to_the_limit_that_it_is_used_for(balance, charge, denominator):
    """Whatever ``balance × charge`` may be just below the limit."""
    charge = max(1, min(charge, block_float.MOST_CHARGED // balance))
    rows = [max(balance + k, 0) for k in range(-3, 1)]
    made = loans(rows, 1, 1, numerators=[charge], denominator=denominator)
    into = np.empty((1, 4), np.int64), np.empty((1, 4), np.int64)
    block_float.fill(made, Amortization.INTEREST_ONLY, into)
    unit = 10_000 * denominator
    assert into[1][0].tolist() == [(2 * row * charge + unit) // (2 * unit) for row in rows]


@pytest.mark.parametrize(
    ("principal", "is_exact"), [(2**50 - 120_000, True), (2**50 - 119_999, False)]
)
def test_amounts_beyond_53_bits_leave_the_float_path(principal, is_exact):
    made = loans(principal, 1, 1)
    assert block_float.is_exact(made, LINEAR) is is_exact
    assert not block_float.is_exact(made, Amortization.BULLET)


def test_loans_whose_payment_cannot_repay_are_computed_one_period_at_a_time():
    """A 31-day month that costs more than the payment; a loan of a few minor units."""
    parts = np.array([(31, 28, 31, 30) * 90] * 3).reshape(3, -1)
    odd = schedules(
        loans([10**6, 3, 10**5], [6_000, 0, 900], 360, numerators=parts, denominator=365),
        LEVEL,
    )
    for i, (principal, rate_bps) in enumerate([(10**6, 6_000), (3, 0), (10**5, 900)]):
        alone = Loan(principal, rate_bps, tuple(parts[i].tolist()), 365)
        assert rows_of(odd, i, 360) == alone.schedule(LEVEL)


@given(batches, st.randoms())
def test_the_order_of_loans_does_not_matter(batch, random):
    order = list(range(len(batch)))
    random.shuffle(order)
    loan_columns = np.array(batch).T
    straight = schedules(loans(*loan_columns), LEVEL)
    shuffled = schedules(loans(*loan_columns[:, order]), LEVEL)
    assert (shuffled.interest_minor == straight.interest_minor[order]).all()


def test_ties_and_near_ties_are_settled_in_integers():
    """Half of an odd loan is a tie; a unit next to it must not be taken for one."""
    odd = np.arange(1, 20_001, 2)
    assert (schedules(loans(odd, 0, 2), LEVEL).payment_minor[:, 0] == (odd + 1) // 2).all()
    large = np.array([2**52 + 1, 2**52 - 1, MAX_MINOR - 1])
    many = schedules(loans(large, [1, 7, 2_399], 2), LEVEL)
    for i, (principal, rate_bps) in enumerate(
        zip(large.tolist(), [1, 7, 2_399], strict=True)
    ):
        assert rows_of(many, i, 2) == Loan(principal, rate_bps, (1, 1), 12).schedule(LEVEL)


@pytest.mark.parametrize("lengths", [np.full(2 * BLOCK + 5, 12), None])
def test_a_batch_larger_than_a_block_is_whole(lengths):
    rng = np.random.default_rng(7)
    principal = rng.integers(1, 10**9, 2 * BLOCK + 5)
    n = rng.integers(1, 13, len(principal)) if lengths is None else lengths
    many = schedules(loans(principal, 1_200, n), LEVEL)
    assert many.principal_minor.shape == (len(principal), 12)
    assert (many.principal_minor.sum(axis=1) == principal).all()
    assert (many.balance_minor[:, -1] == 0).all()
    assert (np.diff(many.balance_minor, axis=1) <= 0).all()
    assert (many.payment_minor == many.principal_minor + many.interest_minor).all()
    for i in (0, BLOCK - 1, BLOCK, 2 * BLOCK + 4):
        alone = Loan(int(principal[i]), 1_200, (1,) * int(n[i]), 12)
        assert rows_of(many, i, int(n[i])) == alone.schedule(LEVEL)


@pytest.mark.parametrize("amortization", Amortization)
def test_room_that_was_used_before_is_overwritten_whole(amortization):
    room = room_for(3, 5)
    for array in (room.principal_minor, room.interest_minor):
        array[...] = -77
    made = loans([1_000_00, 500, 3], 1_200, [5, 2, 1])
    assert schedules(made, amortization, out=room) is room
    for i, (principal, n) in enumerate([(1_000_00, 5), (500, 2), (3, 1)]):
        alone = Loan(principal, 1_200, (1,) * n, 12).schedule(amortization)
        assert rows_of(room, i, n) == alone


@pytest.mark.parametrize("room", [room_for(2, 5), room_for(3, 4)])
def test_room_of_another_shape_is_refused(room):
    with pytest.raises(ValueError, match="do not fit"):
        schedules(loans([1, 2, 3], 0, 5), LEVEL, out=room)


def test_one_row_of_fractions_serves_every_loan():
    days = [31, 28, 31]
    shared, each = (
        schedules(loans([100, 200], 5_000, 3, numerators=n, denominator=365), LINEAR)
        for n in (days, [days] * 2)
    )
    assert (shared.interest_minor == each.interest_minor).all()
    assert rows_of(shared, 1, 3) == Loan(200, 5_000, tuple(days), 365).schedule(LINEAR)


@pytest.mark.parametrize(
    "columns",
    [([-1], 0, 1), ([1], -1, 1), ([1], 0, 0), ([1, 1], 0, [1, -1])],
    ids=["principal", "rate", "n", "one of two"],
)
def test_a_batch_with_a_senseless_loan_is_refused(columns):
    with pytest.raises(ValueError, match="negative"):
        loans(*columns)


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_year_of_no_parts_is_refused(denominator):
    with pytest.raises(ValueError, match="denominator"):
        loans([1], 0, 1, denominator=denominator)


@pytest.mark.parametrize("numerators", [[31, 28], [31, 28, -31], [[31, 28]]])
def test_fractions_that_do_not_cover_every_period_are_refused(numerators):
    with pytest.raises(ValueError, match="do not cover"):
        loans([100], 100, 3, numerators=numerators, denominator=365)


def test_no_loans_give_no_rows():
    assert schedules(loans([], [], []), LEVEL).principal_minor.shape == (0, 0)
