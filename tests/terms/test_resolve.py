import dataclasses
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import DayCount, year_fraction
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.calendars import calendar
from longtail.terms.catalogue import latest
from longtail.terms.mode import STANDARD_ORDER, needs_guarantor
from longtail.terms.primitives import Party, TermLoan
from longtail.terms.resolve import LossLayer, OfferTerms, freeze, resolve, thaw
from longtail.values.dates import Calendar, add_months
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding, RoundingMode, RoundTo

ALWAYS_OPEN = Calendar(weekend=frozenset())
AMERICA = calendar("US", 1980, 2100)
UNSECURED, GUARANTEED = latest("p2p-unsecured"), latest("bank-loan")

amortizations = st.sampled_from(Amortization)
day_counts = st.sampled_from(DayCount)


def paying(mode, amortization, day_count=DayCount.THIRTY_360):
    return dataclasses.replace(mode, instrument=TermLoan(amortization, day_count))


def offer(**changes):
    terms = {
        "principal": Money(12_000_00, "USD"),
        "rate_bps": 1_200,
        "n_periods": 12,
        "drawdown_date": date(2024, 1, 31),
    }
    return OfferTerms(**{**terms, **changes})


@st.composite
def deals(draw):
    mode = draw(st.sampled_from([UNSECURED, GUARANTEED]))
    is_guaranteed = needs_guarantor(mode)
    return {
        "mode": paying(mode, draw(amortizations), draw(day_counts)),
        "offer": OfferTerms(
            principal=Money(draw(st.integers(1, 10**11)), "USD"),
            rate_bps=draw(st.integers(0, 6_000)),
            n_periods=draw(st.integers(1, 60)),
            drawdown_date=draw(st.dates(date(1990, 1, 1), date(2050, 12, 31))),
            cover_bps=draw(st.integers(1, 10_000)) if is_guaranteed else 0,
            guarantor_code="GUA-1" if is_guaranteed else None,
        ),
        "calendar": draw(st.sampled_from([ALWAYS_OPEN, AMERICA])),
    }


@given(deals())
def test_what_was_frozen_thaws_unchanged_through_json(deal):
    resolved = resolve(**deal)
    assert thaw(json.loads(json.dumps(freeze(resolved)))) == resolved


@given(deals())
def test_instalments_repay_the_loan_on_business_days_a_month_apart(deal):
    resolved, terms = resolve(**deal), deal["offer"]
    dues = [instalment.due_date for instalment in resolved.instalments]
    assert sum(i.principal_minor for i in resolved.instalments) == terms.principal.minor
    assert [i.number for i in resolved.instalments] == list(range(1, len(dues) + 1))
    assert all(deal["calendar"].is_business_day(due) for due in dues)
    first = 1 if len(dues) == terms.n_periods else terms.n_periods
    for k, due in enumerate(dues, first):
        assert 0 <= (due - add_months(terms.drawdown_date, k)).days <= 5
    assert resolved.maturity_date == dues[-1]


@settings(max_examples=50)
@given(deals())
def test_a_closed_bank_moves_the_day_and_not_the_amount(deal):
    amounts = [
        [(i.principal_minor, i.interest_minor) for i in resolve(**deal).instalments]
        for deal in ({**deal, "calendar": c} for c in (ALWAYS_OPEN, AMERICA))
    ]
    assert amounts[0] == amounts[1]


@given(st.integers(100_00, 10**11), st.integers(1, 4_800), st.integers(1, 60))
def test_the_rate_of_charge_compounds_the_contract_rate(principal, rate_bps, n):
    resolved = resolve(
        mode=UNSECURED,
        offer=offer(principal=Money(principal, "USD"), rate_bps=rate_bps, n_periods=n),
        calendar=ALWAYS_OPEN,
    )
    effective = (1 + rate_bps / 120_000) ** 12 - 1
    # A minor unit of rounding weighs on the smallest loans.
    assert abs(resolved.apr_bps - effective * 10_000) <= 1 + 200_000 / principal * n


def test_month_ends_are_kept_and_weekends_skipped():
    dues = [
        i.due_date
        for i in resolve(mode=UNSECURED, offer=offer(), calendar=AMERICA).instalments
    ]
    assert dues[:5] == [
        date(2024, 2, 29),
        date(2024, 4, 1),
        date(2024, 4, 30),
        date(2024, 5, 31),
        date(2024, 7, 1),
    ]


@pytest.mark.parametrize(
    "day_count", [DayCount.ACT_365F, DayCount.ACT_360, DayCount.ACT_ACT]
)
def test_actual_days_earn_actual_interest(day_count):
    mode = paying(UNSECURED, Amortization.INTEREST_ONLY, day_count)
    resolved = resolve(mode=mode, offer=offer(), calendar=AMERICA)
    anchors = [add_months(date(2024, 1, 31), k) for k in range(13)]
    for instalment, start, end in zip(
        resolved.instalments, anchors, anchors[1:], strict=False
    ):
        exact = 12_000_00 * 1_200 * year_fraction(start, end, day_count) / 10_000
        assert abs(instalment.interest_minor - exact) <= 0.5


def test_under_30_360_every_month_is_a_twelfth_of_a_year():
    mode = paying(UNSECURED, Amortization.INTEREST_ONLY)
    resolved = resolve(mode=mode, offer=offer(), calendar=AMERICA)
    assert {i.interest_minor for i in resolved.instalments} == {120_00}


def test_a_bullet_has_one_instalment_at_maturity():
    resolved = resolve(
        mode=paying(UNSECURED, Amortization.BULLET), offer=offer(), calendar=AMERICA
    )
    (only,) = resolved.instalments
    assert (only.number, only.due_date) == (1, date(2025, 1, 31))
    assert (only.principal_minor, only.interest_minor) == (12_000_00, 1_440_00)
    assert only.total_minor == 13_440_00
    assert resolved.apr_bps == 1_200


def test_a_deal_carries_everything_it_was_made_under():
    resolved = resolve(
        mode=GUARANTEED,
        offer=offer(cover_bps=7_500, guarantor_code="GUA-1", regime_code="cn"),
        calendar=AMERICA,
    )
    assert (resolved.mode_code, resolved.mode_version) == ("bank-loan", 1)
    assert resolved.regime_code == "cn"
    assert resolved.losses == (
        LossLayer(Party.GUARANTOR, 7_500),
        LossLayer(Party.FUNDERS, 10_000),
    )
    assert resolved.allocation == STANDARD_ORDER
    assert resolved.late_rate_bps == resolved.rate_bps == 1_200
    assert (resolved.cover_bps, resolved.guarantor_code) == (7_500, "GUA-1")


def test_a_loan_without_interest_costs_nothing():
    assert resolve(mode=UNSECURED, offer=offer(rate_bps=0), calendar=AMERICA).apr_bps == 0


@pytest.mark.parametrize(
    ("mode", "changes", "fields"),
    [
        (UNSECURED, {"principal": Money(0, "USD")}, {"principal"}),
        (UNSECURED, {"rate_bps": -1, "n_periods": 0}, {"rate_bps", "n_periods"}),
        (UNSECURED, {"rate_bps": 100_001, "n_periods": 601}, {"rate_bps", "n_periods"}),
        (UNSECURED, {"cover_bps": 1}, {"cover_bps"}),
        (UNSECURED, {"guarantor_code": "GUA-1"}, {"guarantor_code"}),
        (GUARANTEED, {}, {"cover_bps", "guarantor_code"}),
        (GUARANTEED, {"cover_bps": 10_001, "guarantor_code": "GUA-1"}, {"cover_bps"}),
    ],
)
def test_an_offer_that_contradicts_its_mode_lists_every_problem(mode, changes, fields):
    with pytest.raises(InvalidInput) as refusal:
        resolve(mode=mode, offer=offer(**changes), calendar=AMERICA)
    assert set(refusal.value.problems) == fields


def test_frozen_terms_with_a_hole_or_a_foreign_value_do_not_thaw():
    frozen = freeze(resolve(mode=UNSECURED, offer=offer(), calendar=AMERICA))
    with pytest.raises(KeyError):
        thaw({key: value for key, value in frozen.items() if key != "apr_bps"})
    with pytest.raises(ValueError, match="365/12"):
        thaw({**frozen, "day_count": "365/12"})
    with pytest.raises(ValueError, match="to taste"):
        thaw({**frozen, "rounding": [1, "to taste"]})


def test_terms_frozen_before_roundings_existed_thaw_as_they_were():
    resolved = resolve(mode=UNSECURED, offer=offer(), calendar=AMERICA)
    frozen = freeze(resolved)
    assert frozen.pop("rounding") == [1, "half-up"]
    assert thaw(frozen) == resolved
    assert thaw(frozen).rounding == TO_THE_MINOR_UNIT


def test_a_rounding_is_frozen_in_minor_units_of_the_currency():
    mode = dataclasses.replace(
        UNSECURED,
        instrument=TermLoan(
            Amortization.LEVEL, round_to=RoundTo.MAJOR, rounding_mode=RoundingMode.DOWN
        ),
    )
    resolved = resolve(
        mode=mode, offer=offer(principal=Money(12_000_000, "KWD")), calendar=AMERICA
    )
    assert resolved.rounding == Rounding(1_000, RoundingMode.DOWN)
    assert thaw(freeze(resolved)) == resolved
    assert all(i.total_minor % 1_000 == 0 for i in resolved.instalments)


def test_the_bond_basis_accrues_by_the_day_as_the_eurobond_basis():
    mode = paying(UNSECURED, Amortization.LEVEL, DayCount.THIRTY_360_US)
    resolved = resolve(mode=mode, offer=offer(), calendar=AMERICA)
    assert resolved.day_count is DayCount.THIRTY_360
