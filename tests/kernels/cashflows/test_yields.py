import math
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from longtail.kernels.cashflows import yields
from longtail.kernels.cashflows.actuarial import actuarial_apr
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.kernels.cashflows.yields import apr, ccd_years, xirr

EPOCH = date(2000, 1, 1)
receipts = st.lists(
    st.tuples(st.integers(1, 7_300), st.integers(1, 10**9)), min_size=1, max_size=30
)


def present_value(rate, dates, amounts):
    return sum(
        a * (1 + rate) ** -((d - min(dates)).days / 365)
        for d, a in zip(dates, amounts, strict=True)
    )


@given(receipts, st.integers(1, 10**11))
def test_at_the_rate_found_the_flows_are_worth_nothing(flows, paid):
    dates = [EPOCH, *(EPOCH + timedelta(days=days) for days, _ in flows)]
    amounts = [-paid, *(amount for _, amount in flows)]
    rate = xirr(dates, amounts)
    # A rate beyond e**35 a year, up or down, is no answer; next to -1 its float has too
    # few digits left to give the value back.
    assume(rate is not None and rate > -0.999_999)
    scale = sum(
        abs(a) * (1 + rate) ** -((d - EPOCH).days / 365)
        for d, a in zip(dates, amounts, strict=True)
    )
    assert abs(present_value(rate, dates, amounts)) <= 1e-9 * scale


@given(receipts, st.integers(100, 10**11), st.randoms(), st.integers(2, 1000))
def test_order_side_and_size_do_not_matter(flows, paid, random, factor):
    pairs = [(EPOCH, -paid), *((EPOCH + timedelta(days=d), a) for d, a in flows)]
    rate = xirr(*zip(*pairs, strict=True))
    assume(rate is not None)
    random.shuffle(pairs)
    shuffled = xirr(*zip(*[(d, -a * factor) for d, a in pairs], strict=True))
    assert shuffled is not None
    assert math.isclose(shuffled, rate, rel_tol=1e-9, abs_tol=1e-9)


@given(st.integers(-9_000, 50_000), st.integers(1, 20))
def test_a_single_repayment_gives_its_growth(rate_bps, years):
    growth = (1 + rate_bps / 10_000) ** years
    repaid = round(10**12 * growth)
    assume(repaid > 10**6)
    dates = [EPOCH, EPOCH + timedelta(days=365 * years)]
    rate = xirr(dates, [-(10**12), repaid])
    assert math.isclose(rate, rate_bps / 10_000, rel_tol=1e-7, abs_tol=1e-7)


@pytest.mark.parametrize(
    ("dates", "amounts"),
    [
        ([], []),
        ([EPOCH], [-100]),
        ([EPOCH, EPOCH + timedelta(days=30)], [100, 100]),
        ([EPOCH, EPOCH + timedelta(days=30)], [-100, 0]),
        ([EPOCH, EPOCH], [-100, 110]),
    ],
    ids=["none", "one", "same sign", "nothing back", "same day"],
)
def test_flows_without_a_rate_have_none(dates, amounts):
    assert xirr(dates, amounts) is None


def test_money_back_without_gain_is_a_rate_of_zero():
    assert xirr([EPOCH, EPOCH + timedelta(days=99)], [-100, 100]) == 0.0


def test_of_several_rates_the_one_near_zero_is_taken():
    """The flows balance at 10 % and at 400 %."""
    dates = [EPOCH, EPOCH + timedelta(days=365), EPOCH + timedelta(days=730)]
    assert math.isclose(xirr(dates, [-100, 610, -550]), 0.1, rel_tol=1e-9)


@pytest.mark.parametrize(("near", "far"), [(0.1, 0.5), (0.2, 0.6), (-0.1, -0.3)])
def test_of_two_rates_close_together_neither_is_jumped_over(near, far):
    """(x - 1 - near) (x - 1 - far) is zero at both rates."""
    dates = [EPOCH, EPOCH + timedelta(days=365), EPOCH + timedelta(days=730)]
    scale = 10**9
    amounts = [-scale, scale * (2 + near + far), -scale * (1 + near) * (1 + far)]
    assert math.isclose(xirr(dates, amounts), near, rel_tol=1e-6)


def test_a_bracket_is_polished_in_few_steps(monkeypatch):
    """Newton doubles the digits; halving alone would take some fifty steps."""
    days = np.arange(37) * 30
    amounts = np.array([-100_000.0] + [3_300.0] * 36)
    bracket = yields._bracket(days / 365, amounts)
    looked, exp = [], np.exp
    monkeypatch.setattr(yields.np, "exp", lambda x: looked.append(1) or exp(x))
    force = yields._polished(days / 365, amounts, *bracket)
    assert len(looked) <= 7
    assert bracket[0] < force < bracket[1]
    assert abs(float(amounts @ exp(-force * days / 365))) < 1e-8


def test_flows_that_balance_at_no_rate_have_none():
    dates = [EPOCH, EPOCH + timedelta(days=365), EPOCH + timedelta(days=730)]
    assert xirr(dates, [-100, 100, -100]) is None


def test_lists_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 times for 1 amounts"):
        xirr([EPOCH, EPOCH + timedelta(days=1)], [-1])


@given(st.integers(10**6, 10**11), st.integers(0, 4_800), st.integers(1, 120))
def test_the_rate_of_a_level_loan_is_its_contract_rate_compounded(principal, rate_bps, n):
    rows = schedule(
        principal_minor=principal,
        rate_bps=rate_bps,
        numerators=(1,) * n,
        denominator=12,
        amortization=Amortization.LEVEL,
    )
    years = [Fraction(k, 12) for k in range(n + 1)]
    flows = [-principal, *(sum(row) for row in rows)]
    monthly = rate_bps / 120_000
    assert math.isclose(apr(years, flows), (1 + monthly) ** 12 - 1, abs_tol=2e-5)
    nominal = actuarial_apr(principal, flows[1:])
    assert math.isclose(nominal, rate_bps / 10_000, abs_tol=2e-5)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2024, 1, 15), date(2024, 1, 15), Fraction(0)),
        (date(2024, 1, 15), date(2025, 7, 15), Fraction(18, 12)),
        (date(2024, 1, 31), date(2024, 2, 29), Fraction(1, 12)),
        (date(2023, 1, 31), date(2023, 2, 28), Fraction(1, 12)),
        (date(2023, 1, 15), date(2023, 2, 17), Fraction(1, 12) + Fraction(2, 365)),
        (date(2023, 1, 15), date(2023, 2, 14), Fraction(30, 365)),
        (date(2024, 2, 1), date(2024, 3, 31), Fraction(1, 12) + Fraction(28, 366)),
        (date(2024, 3, 1), date(2024, 4, 11), Fraction(1, 12) + Fraction(10, 366)),
        (date(2023, 1, 31), date(2023, 3, 2), Fraction(1, 12) + Fraction(2, 365)),
        (date(2021, 5, 10), date(2027, 9, 10), Fraction(76, 12)),
        (date(2021, 5, 10), date(2027, 9, 12), Fraction(76, 12) + Fraction(2, 365)),
        # Counted back from the 31st, a month before is the 28th itself.
        (date(2023, 2, 28), date(2023, 3, 31), Fraction(1, 12)),
        # The year to 10 January 2025 contains 29 February 2024.
        (date(2025, 1, 5), date(2025, 2, 10), Fraction(1, 12) + Fraction(5, 366)),
        (date(2024, 2, 20), date(2024, 3, 28), Fraction(1, 12) + Fraction(8, 365)),
        (date(2024, 2, 20), date(2024, 3, 29), Fraction(1, 12) + Fraction(9, 366)),
    ],
)
def test_intervals_are_whole_months_and_then_days(start, end, expected):
    assert ccd_years(start, end) == expected


@given(st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.integers(0, 15_000))
def test_an_interval_is_near_its_days(start, days):
    years = ccd_years(start, start + timedelta(days=days))
    assert abs(float(years) - days / 365.25) < 0.012


def test_a_payment_before_the_drawdown_is_refused():
    with pytest.raises(ValueError, match="before the drawdown"):
        ccd_years(date(2024, 1, 2), date(2024, 1, 1))
