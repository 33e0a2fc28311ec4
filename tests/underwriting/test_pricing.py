"""The price covers its cost, keeps the law's cap, and falls with cover."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.kernels.cashflows.yields import apr
from longtail.underwriting.pricing import nominal_bps, price
from tests.underwriting.cases import POLICY

pds = st.integers(0, 1_000_000)
covers = st.integers(0, 10_000)
caps = st.integers(100, 6_000)
amounts = st.integers(100, 5_000_000).map(Decimal)


@given(pds, covers, caps, amounts)
def test_the_parts_sum_to_the_rate_under_the_cap(pd_ppm, cover, cap, amount):
    asked = price(POLICY, pd_ppm=pd_ppm, cover_bps=cover, amount=amount, apr_cap_bps=cap)
    parts = asked.as_json()
    assert asked.rate_bps <= nominal_bps(cap)
    assert parts["capped"] == (asked.rate_bps < asked.cost_bps + asked.margin_bps)
    if asked.cost_bps <= asked.cap_bps:
        assert asked.rate_bps == sum(
            parts[f"{part}_bps"]
            for part in ("funding", "expected_loss", "operating", "margin")
        )


@given(pds, covers, covers, amounts)
def test_more_cover_never_costs_more(pd_ppm, one, other, amount):
    low, high = sorted((one, other))
    rates = [
        price(POLICY, pd_ppm=pd_ppm, cover_bps=c, amount=amount, apr_cap_bps=3_600).rate_bps
        for c in (low, high)
    ]
    assert rates[0] >= rates[1]


def test_an_accountant_s_example():
    """PD 7.5 %, loss 56 %, a quarter not covered, over 4 years: 26.25 → 26 basis points.

    Operating: 75, and 600 over 100,000 for 4 years: 15. Margin: 150 and half of 26.
    """
    asked = price(
        POLICY, pd_ppm=75_000, cover_bps=7_500, amount=Decimal(100_000), apr_cap_bps=3_600
    )
    assert asked.as_json() == {
        "funding_bps": 350,
        "expected_loss_bps": 26,
        "operating_bps": 90,
        "margin_bps": 163,
        "capped": False,
        "cap_bps": 3_104,
    }
    assert asked.rate_bps == 629


@given(caps, st.integers(6, 60))
def test_a_loan_at_the_nominal_cap_stays_within_the_yearly_one(cap, n_periods):
    due = schedule(
        principal_minor=10_000_000_00,
        rate_bps=nominal_bps(cap),
        numerators=[1] * n_periods,
        denominator=12,
        amortization=Amortization.LEVEL,
    )
    flows = [-10_000_000_00, *map(sum, due)]
    yearly = apr([k / 12 for k in range(n_periods + 1)], flows)
    assert yearly * 10_000 <= cap + 0.01
