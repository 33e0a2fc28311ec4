from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.evidence import rules
from longtail.evidence.rules import AttestationState, Finding, OrderEvent, OrderState
from longtail.terms.catalogue import CATALOGUE
from longtail.terms.mode import needs_guarantor
from longtail.terms.primitives import Evidence
from longtail.values.refusal import InvalidInput
from tests.evidence.cases import FINDING, NOW, later

MODES = sorted(CATALOGUE.values(), key=lambda mode: mode.code)
UNSECURED = CATALOGUE["p2p-unsecured", 1]
DOLLARS = st.integers(1, 10**9)


def required(mode, dollars, *, currency="USD", has_innovation=False, on=None):
    return rules.required_kinds(
        mode=mode,
        amount_minor=dollars * 100,
        currency=currency,
        has_innovation=has_innovation,
        on=on,
    )


@given(st.sampled_from(MODES), DOLLARS, st.booleans())
def test_the_policy_holds_at_every_amount(mode, dollars, has_innovation):
    kinds = required(mode, dollars, has_innovation=has_innovation)
    assert set(kinds) >= mode.evidence | {Evidence.REGISTRATION, Evidence.CREDIT_REPORT}
    assert (Evidence.GUARANTEE_UNDERTAKING in kinds) == needs_guarantor(mode)
    assert (Evidence.IP_VALUATION in kinds) == (has_innovation and dollars >= 100_000)
    assert list(kinds) == [kind for kind in Evidence if kind in kinds]


@given(st.sampled_from(MODES), DOLLARS, DOLLARS, st.booleans())
def test_more_money_never_needs_less_evidence(mode, one, other, has_innovation):
    low, high = sorted((one, other))
    less = required(mode, low, has_innovation=has_innovation)
    assert set(less) <= set(required(mode, high, has_innovation=has_innovation))


@pytest.mark.parametrize(
    ("dollars", "more"),
    [
        (149_999, set()),
        (150_000, {Evidence.TAX_FILINGS}),
        (350_000, {Evidence.TAX_FILINGS, Evidence.BUSINESS_PLAN}),
    ],
)
def test_bands_begin_at_their_amount(dollars, more):
    assert set(required(UNSECURED, dollars)) == UNSECURED.evidence | more


def test_a_band_is_the_same_in_another_currency():
    assert required(UNSECURED, 150_000 * 7, currency="CNY") == required(UNSECURED, 150_000)
    assert required(UNSECURED, 149_999 * 7, currency="CNY") == required(UNSECURED, 1)
    in_yen = rules.required_kinds(
        mode=UNSECURED, amount_minor=150_000 * 150, currency="JPY", has_innovation=False
    )
    assert in_yen == required(UNSECURED, 150_000)


def test_a_currency_without_a_rate_needs_every_kind():
    assert required(UNSECURED, 1, currency="XAF") == required(UNSECURED, 10**6)


def test_the_policy_is_dated():
    assert rules.policy_at(date(2026, 1, 1)) is rules.POLICIES[-1]
    assert rules.policy_at(None) is rules.POLICIES[-1]
    days = [policy.effective_from for policy in rules.POLICIES]
    assert days == sorted(set(days))
    assert all(isinstance(rate, Decimal) for p in rules.POLICIES for _, rate in p.rates)
    with pytest.raises(ValueError, match="1969"):
        required(UNSECURED, 1, on=date(1969, 12, 31))


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("event", OrderEvent)
def test_an_order_moves_only_by_the_table(state, event):
    if after := rules.ORDER_STATES.get((state, event)):
        assert rules.next_state(state, event) is after
    else:
        with pytest.raises(rules.IllegalOrderStep, match="ORD-1 is"):
            rules.next_state(state, event, code="ORD-1")


@pytest.mark.parametrize(
    ("at", "revoked_at", "state"),
    [
        (later(seconds=-1), None, AttestationState.PENDING),
        (NOW, None, AttestationState.VALID),
        (later(days=9, seconds=86_399), None, AttestationState.VALID),
        (later(days=10), None, AttestationState.EXPIRED),
        (NOW, NOW, AttestationState.REVOKED),
    ],
)
def test_an_attestation_is_valid_from_until_exclusive(at, revoked_at, state):
    found = rules.attestation_state(
        valid_from=NOW, valid_until=later(days=10), revoked_at=revoked_at, at=at
    )
    assert found is state


def test_a_sound_finding_passes():
    rules.require_sound(Finding(**FINDING))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "100.01"),
        ("value", "-1"),
        ("value", "NaN"),
        ("value", "Infinity"),
        ("value", "1e2"),
        ("value", "seventy"),
        ("value", ""),
        ("value", "7" * 31),
        ("value", "7\x00"),
        ("value", 7),
        ("scale", ""),
        ("scale", "x" * 17),
        ("confidence_bps", 10_001),
        ("confidence_bps", -1),
        ("confidence_bps", True),
        ("confidence_bps", 0.5),
        ("statement", " "),
        ("statement", "a\x00"),
        ("statement", "a" * 4_001),
        ("valid_days", 0),
        ("valid_days", 10**9),
        ("evidence_sha256", "AB" * 32),
    ],
)
def test_a_finding_that_cannot_be_signed_names_its_field(field, value):
    with pytest.raises(InvalidInput) as refusal:
        rules.require_sound(Finding(**(FINDING | {field: value})))
    assert set(refusal.value.problems) == {field}


def test_every_field_of_a_finding_is_listed():
    with pytest.raises(InvalidInput) as refusal:
        rules.require_sound(
            Finding(
                value="2", scale="yes-no", confidence_bps=-1, statement="", valid_days=0
            )
        )
    assert set(refusal.value.problems) == {
        "value",
        "confidence_bps",
        "statement",
        "valid_days",
    }


def test_every_kind_suggests_a_scale():
    assert set(rules.SCALES) == set(Evidence)
