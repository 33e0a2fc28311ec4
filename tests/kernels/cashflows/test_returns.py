"""Rates of many rows at once: each is what the bracketed search gives for the row alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows import returns
from longtail.kernels.cashflows.returns import BLOCK, irr_many, xirr_many
from longtail.kernels.cashflows.yields import rate_of

loans_flows = st.tuples(
    st.integers(1, 10**11),
    st.lists(
        st.tuples(st.integers(0, 9_000), st.integers(0, 10**9)), min_size=1, max_size=12
    ),
)


def alone(days, amounts):
    days = np.asarray(days)
    rate = rate_of((days - days.min()) / 365.0, amounts)
    return math.nan if rate is None else rate


def is_same(found, expected):
    if math.isnan(expected):
        return math.isnan(found)
    growth = 1 + expected
    return math.isclose(1 + found, growth, rel_tol=1e-10, abs_tol=1e-12)


@given(loans_flows, st.integers(-1, 1).filter(bool), st.integers(-10_000, 10_000))
def test_a_loan_earns_what_the_search_finds(flows, side, first_day):
    paid, receipts = flows
    days = [first_day, *(first_day + day for day, _ in receipts)]
    amounts = [-side * paid, *(side * amount for _, amount in receipts)]
    (found,) = xirr_many(days, [amounts])
    assert is_same(found, alone(days, amounts))


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 4_000), st.integers(-(10**6), 10**6)),
            min_size=5,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_flows_of_any_order_and_sign_earn_what_the_search_finds(rows):
    table = np.array(rows)
    found = xirr_many(table[:, :, 0], table[:, :, 1])
    for row, rate in zip(rows, found, strict=True):
        days, amounts = zip(*row, strict=True)
        assert is_same(rate, alone(days, amounts))


@given(st.integers(2, 40), st.floats(-0.3, 3.0), st.integers(1, 10**9))
def test_a_level_stream_at_any_rate_is_solved(n, rate, payment):
    """The price is the closed form of an annuity, payment × (1 - v^n) ÷ r."""
    price = payment * sum((1 + rate) ** -k for k in range(1, n + 1))
    (found,) = irr_many(np.array([[-price] + [payment] * n]))
    assert math.isclose(found, rate, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("rate", [1e-9, 5.0, 100.0, 1e6, -0.99])
def test_extreme_rates_are_found(rate):
    amounts = [-(10**6), 10**3, 0]
    amounts[2] = -(amounts[0] + amounts[1] / (1 + rate)) * (1 + rate) ** 2
    assert math.isclose(irr_many([amounts])[0], rate, rel_tol=1e-9, abs_tol=1e-11)


def test_rows_without_a_rate_are_not_a_number():
    rows = [
        [-100, 0, 0],
        [100, 100, 100],
        [0, 0, 0],
        [-100, 100, -100],
        [-100, 110, 0],
    ]
    found = irr_many(rows)
    assert np.isnan(found).tolist() == [True, True, True, True, False]
    assert math.isclose(found[4], 0.1, rel_tol=1e-12)


def test_flows_on_one_day_have_no_rate():
    assert np.isnan(xirr_many([7, 7], [[-100, 110]])).all()


def test_one_flow_has_no_rate():
    assert np.isnan(xirr_many([1], [[-100]])).all()
    assert xirr_many(np.empty((0, 3)), np.empty((0, 3))).shape == (0,)


def test_of_several_rates_the_one_near_zero_is_taken():
    """The flows balance at 10 % and at 400 %."""
    assert math.isclose(xirr_many([0, 365, 730], [[-100, 610, -550]])[0], 0.1, rel_tol=1e-9)


def test_dates_of_all_rows_or_of_each_and_more_rows_than_a_block():
    rng = np.random.default_rng(3)
    n = 2 * BLOCK + 3
    days = np.arange(0, 5 * 90, 90)
    amounts = np.concatenate(
        [-rng.integers(300, 390, (n, 1)), np.full((n, 4), 100)], axis=1
    )
    shared = xirr_many(days, amounts)
    each = xirr_many(np.broadcast_to(days, amounts.shape), amounts)
    assert np.allclose(shared, each, rtol=1e-13, atol=1e-13)
    for i in (0, BLOCK - 1, BLOCK, n - 1):
        assert is_same(shared[i], alone(days, amounts[i]))


def test_a_plain_row_is_not_disturbed_by_an_odd_one_beside_it():
    amounts = [[-100, 60, 60], [-100, 610, -550], [60, -100, 60], [100, -60, -60]]
    for days in ([0, 365, 730], [[0, 365, 730]] * 4):
        found = xirr_many(days, amounts)
        assert is_same(found[0], alone([0, 365, 730], amounts[0]))
        assert is_same(found[1], 0.1)
        assert is_same(found[2], alone([0, 365, 730], amounts[2]))
        assert found[3] == found[0]


@pytest.mark.parametrize(
    ("days", "amounts"),
    [([0, 1, 2], [[-1, 2]]), ([[0, 1]], [[-1, 2], [-1, 2]]), ([0, 1], [-1, 2])],
)
def test_shapes_that_do_not_fit_are_refused(days, amounts):
    with pytest.raises(ValueError, match="times of shape"):
        xirr_many(days, amounts)


def usual_loans(n=400, seed=5):
    """Monthly level loans at 1 % to 60 % over 1 to 5 years, as a funder sees them."""
    rng = np.random.default_rng(seed)
    months, rate = rng.integers(12, 61, n), rng.uniform(0.01, 0.6, n) / 12
    payment = 10_000 * rate / (1 - (1 + rate) ** -months)
    columns = np.arange(60)
    receipts = np.where(columns < months[:, None], np.round(payment[:, None] * 100), 0.0)
    days = np.round(np.arange(61) * 365.25 / 12).astype(np.int64)
    return days + rng.integers(0, 2_000, (n, 1)), np.column_stack(
        [np.full(n, -1_000_000.0), receipts]
    )


def test_usual_loans_need_three_looks_at_their_flows_and_no_search(monkeypatch):
    days, amounts = usual_loans()
    expected = [alone(d, a) for d, a in zip(days, amounts, strict=True)]
    looked, moments = [], returns._moments

    def counted(*args):
        looked.append(args[0].shape[1])
        return moments(*args)

    def refused(*_):
        raise AssertionError("the search is for rows that are not plain")

    monkeypatch.setattr(returns, "_moments", counted)
    monkeypatch.setattr(returns, "rate_of", refused)
    found = xirr_many(days, amounts)
    assert np.abs(found - expected).max() < 1e-11
    assert len(looked) <= 4
    assert looked[:2] == [400, 400]
    assert sum(looked[2:]) < 400


@pytest.mark.parametrize("side", [1, -1])
def test_plain_rows_never_reach_the_search(monkeypatch, side):
    """Receipts of nothing, on the first day itself, before all others are plain as well."""

    def refused(*_):
        raise AssertionError("the search is for rows that are not plain")

    monkeypatch.setattr(returns, "rate_of", refused)
    rows = [[-100, 0, 60, 60], [-100, 50, 0, 60], [-100, 0, 0, 1], [-1, 0, 0, 10**9]]
    found = xirr_many([3, 3, 368, 733], np.array(rows) * side)
    assert found[0] == pytest.approx(0.130662386291807, abs=1e-13)
    assert found[1] == pytest.approx(math.sqrt(60 / 50) - 1, abs=1e-13)
    assert found[2] == pytest.approx(-0.9, abs=1e-13)
    assert found[3] == pytest.approx(math.sqrt(10**9) - 1, rel=1e-12)


def test_a_plain_row_beside_odd_ones_does_not_reach_the_search(monkeypatch):
    searched = []

    def counted(years, amounts):
        searched.append(amounts.tolist())
        return rate_of(years, amounts)

    monkeypatch.setattr(returns, "rate_of", counted)
    odd = [[-100, 610, -550], [0, -100, 110], [0, 0, 0]]
    plain = [[-100, 60, 60], [100, 0, -110]]
    for days in ([0, 365, 730], [[0, 365, 730]] * 5):
        searched.clear()
        found = xirr_many(days, [plain[0], *odd, plain[1]])
        assert searched == odd
        assert found[1] == pytest.approx(0.1, abs=1e-12)
        assert found[2] == pytest.approx(0.1, abs=1e-12)
        assert np.isnan(found[3])
        assert found[4] == pytest.approx(math.sqrt(1.1) - 1, abs=1e-12)
    searched.clear()
    (found,) = xirr_many([[365, 0, 730]], [[-100, 60, 60]])
    assert len(searched) == 1
    assert is_same(found, alone([365, 0, 730], [-100, 60, 60]))


def test_a_rate_beyond_reach_is_not_a_number():
    """A billion for one on the next day is more than e ** 35 a year."""
    assert np.isnan(xirr_many([0, 1], [[-1, 10**9]]))[0]
    assert np.isnan(xirr_many([0, 1], [[-(10**9), 1]]))[0]
    centuries = xirr_many([0, 365 * 400], [[-1, 10**9]])
    assert centuries[0] == pytest.approx(10 ** (9 / 400) - 1, rel=1e-10)


@pytest.mark.parametrize(
    ("value", "mean", "variance", "root"),
    [(0.3, 1.5, 0.75, 0.2111456), (-0.3, 1.5, 0.75, -0.1908902), (0.0, 2.0, 1.0, 0.0)],
)
def test_the_first_guess_is_the_root_of_a_parabola(value, mean, variance, root):
    found = returns._parabola_root(*(np.array([x]) for x in (value, mean, variance)))
    assert found[0] == pytest.approx(root, abs=1e-7)
    assert value - mean * found[0] + variance * found[0] ** 2 / 2 == pytest.approx(0.0)


def test_a_parabola_without_a_root_gives_the_way_to_its_lowest_point():
    found = returns._parabola_root(np.array([5.0]), np.array([1.0]), np.array([1.0]))
    assert found[0] == 10.0


def test_moments_are_the_logarithm_the_mean_and_the_variance_of_each_row():
    worths = np.array([[1.0, 2.0], [3.0, 2.0]])
    years = np.array([[0.0, 1.0], [4.0, 3.0]])
    total, mean, variance = returns._moments(worths, years, np.empty_like(worths))
    assert total == pytest.approx(np.log([4.0, 4.0]))
    assert mean == pytest.approx([3.0, 2.0])
    assert variance == pytest.approx([3.0, 1.0])
