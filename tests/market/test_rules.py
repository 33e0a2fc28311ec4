"""What a mandate may say, and the words of every answer."""

from dataclasses import replace

import numpy as np
import pytest

from longtail.kernels.matching.eligibility import CRITERIA, Criterion, Profile, eligibility
from longtail.market import rules
from longtail.market.rules import Mandate
from longtail.values.money import MAX_MINOR

MANDATE = Mandate(
    currency="USD",
    min_amount_minor=10_000_00,
    max_amount_minor=100_000_00,
    sizes=frozenset({"micro", "small"}),
    grades=frozenset({"A", "BBB"}),
    sectors=frozenset({"31"}),
    regions=frozenset({"VT", "NH"}),
    modes=frozenset({"p2p-guaranteed"}),
    min_tenor_months=12,
    max_tenor_months=60,
    min_rate_bps=600,
    cap_minor=50_000_00,
)
PROFILE = Profile(
    currency="USD",
    amount_minor=40_000_00,
    tenor_months=36,
    rate_bps=925,
    size="small",
    grade="BBB",
    sector="31",
    region="VT",
    mode="p2p-guaranteed",
    least_minor=100_00,
)


def judged(mandate, profile, exposure=0):
    matrix = eligibility(rules.encode([mandate]), profile, np.array([exposure]))
    return [
        rules.reason(
            c, bool(met), mandate=mandate, profile=profile, exposure_minor=exposure
        )
        for c, met in zip(CRITERIA, matrix[0], strict=True)
    ]


def test_a_fitting_demand_says_why_for_every_criterion():
    reasons = judged(MANDATE, PROFILE)
    assert all(r.is_met for r in reasons)
    assert [r.text for r in reasons] == [
        "currency USD is among USD",
        "USD 40,000.00 is within USD 10,000.00 to USD 100,000.00",
        "size small is among micro, small",
        "grade BBB is among A, BBB",
        "sector Manufacturing is among Manufacturing",
        "region VT is among NH, VT",
        "36 months is within 12 to 60 months",
        "the rate of 9.25 % is at least the 6.00 % wanted",
        "mode Peer-to-peer loan with third-party guarantee is among "
        "Peer-to-peer loan with third-party guarantee",
        "USD 50,000.00 is left under the cap on one enterprise; "
        "this takes at least USD 100.00",
    ]


@pytest.mark.parametrize(
    ("criterion", "changes", "text"),
    [
        (Criterion.CURRENCY, {"currency": "EUR"}, "currency EUR is not among USD"),
        (
            Criterion.AMOUNT,
            {"amount_minor": 100_000_01},
            "USD 100,000.01 is outside USD 10,000.00 to USD 100,000.00",
        ),
        (Criterion.SIZE, {"size": ""}, "size unknown is not among micro, small"),
        (Criterion.GRADE, {"grade": "B"}, "grade B is not among A, BBB"),
        (
            Criterion.SECTOR,
            {"sector": "72"},
            "sector Accommodation and food services is not among Manufacturing",
        ),
        (Criterion.REGION, {"region": "CA"}, "region CA is not among NH, VT"),
        (Criterion.TENOR, {"tenor_months": 61}, "61 months is outside 12 to 60 months"),
        (
            Criterion.YIELD,
            {"rate_bps": 599},
            "the rate of 5.99 % is below the 6.00 % wanted",
        ),
        (
            Criterion.MODE,
            {"mode": "p2p-unsecured"},
            "mode Peer-to-peer loan, unsecured is not among "
            "Peer-to-peer loan with third-party guarantee",
        ),
    ],
)
def test_the_one_thing_that_does_not_fit_is_named(criterion, changes, text):
    misfits = [r for r in judged(MANDATE, replace(PROFILE, **changes)) if not r.is_met]
    assert [(r.criterion, r.text) for r in misfits] == [(criterion, text)]


def test_the_cap_counts_what_is_owed_already():
    (misfit,) = [r for r in judged(MANDATE, PROFILE, exposure=49_950_00) if not r.is_met]
    assert misfit.criterion is Criterion.CONCENTRATION
    assert misfit.text.startswith("USD 50.00 is left")
    assert all(r.is_met for r in judged(replace(MANDATE, cap_minor=None), PROFILE, 10**15))


def test_what_a_mandate_leaves_open_admits_the_unknown():
    wide = Mandate(currency="USD", min_amount_minor=1, max_amount_minor=MAX_MINOR)
    unknown = replace(PROFILE, size="", grade="", sector="", region="", rate_bps=0)
    reasons = judged(wide, unknown)
    assert all(r.is_met for r in reasons)
    assert "every grade is welcome" in [r.text for r in reasons]


def test_one_code_of_a_range_stands_for_the_range():
    assert rules.grouped({"33", "45", "72"}) == {"31", "44", "72"}


def test_a_sound_mandate_has_no_problems():
    assert rules.problems(MANDATE) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXX"),
        ("min_amount_minor", 0),
        ("min_amount_minor", True),
        ("max_amount_minor", 9_999_99),
        ("max_amount_minor", MAX_MINOR + 1),
        ("sizes", frozenset({"gigantic"})),
        ("sectors", frozenset({"00"})),
        ("modes", frozenset({"barter"})),
        ("grades", frozenset({"A" * 65})),
        ("regions", frozenset({"VT\x00"})),
        ("regions", frozenset({""})),
        ("regions", frozenset(map(str, range(101)))),
        ("min_tenor_months", 0),
        ("max_tenor_months", 11),
        ("max_tenor_months", 361),
        ("min_rate_bps", -1),
        ("min_rate_bps", 10_001),
        ("cap_minor", 0),
        ("cap_minor", 10**30),
    ],
)
def test_what_is_wrong_is_named(field, value):
    assert list(rules.problems(replace(MANDATE, **{field: value}))) == [field]
