"""Pure rules of evidence: what is required, how an order lives, what a finding is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from longtail.parties.rules import text_problem
from longtail.terms.mode import Mode, needs_guarantor
from longtail.terms.primitives import Evidence
from longtail.values.money import decimals
from longtail.values.refusal import InvalidInput, Refusal


class OrderState(StrEnum):
    """Where an order for an attestation stands."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class OrderEvent(StrEnum):
    """What happens to an order."""

    ACCEPT = "accept"
    DELIVER = "deliver"
    DECLINE = "decline"
    TIME_OUT = "time_out"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


class AttestationState(StrEnum):
    """Whether an attestation may be relied on."""

    PENDING = "pending"
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


# The only changes there are. An order lapses when what it delivered fell, by expiry or
# revocation, so that the kind can be ordered anew.
ORDER_STATES = {
    (OrderState.REQUESTED, OrderEvent.ACCEPT): OrderState.ACCEPTED,
    (OrderState.REQUESTED, OrderEvent.DELIVER): OrderState.DELIVERED,
    (OrderState.REQUESTED, OrderEvent.DECLINE): OrderState.DECLINED,
    (OrderState.REQUESTED, OrderEvent.TIME_OUT): OrderState.TIMED_OUT,
    (OrderState.REQUESTED, OrderEvent.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.ACCEPTED, OrderEvent.DELIVER): OrderState.DELIVERED,
    (OrderState.ACCEPTED, OrderEvent.DECLINE): OrderState.DECLINED,
    (OrderState.ACCEPTED, OrderEvent.TIME_OUT): OrderState.TIMED_OUT,
    (OrderState.ACCEPTED, OrderEvent.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.DELIVERED, OrderEvent.LAPSE): OrderState.LAPSED,
}
OPEN = (OrderState.REQUESTED, OrderState.ACCEPTED)
# At most one order of a kind is in one of these for a matter.
LIVE = (*OPEN, OrderState.DELIVERED)
ATTESTATION_STATES = tuple(AttestationState)


class IllegalOrderStep(Refusal):
    """The order's state does not allow the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From an amount on, a kind of evidence is required.

    Attributes:
        kind: What is required.
        from_major: Smallest amount that needs it, in major units of the reference
            currency.
        is_for_innovation: Whether only demands that state an innovation need it.
    """

    kind: Evidence
    from_major: int
    is_for_innovation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which evidence a demand needs beyond what its mode asks, from a day on.

    Attributes:
        version: Name that assessments quote.
        effective_from: First day it applies to demands published then.
        bands: Required kinds by amount.
        rates: Units of a currency that one unit of the reference currency is taken as,
            so that bands stand still between versions; a currency that is not listed
            needs every kind.
    """

    version: str
    effective_from: date
    bands: tuple[Band, ...]
    rates: tuple[tuple[str, Decimal], ...]


# Reference currency: the US dollar. Newest last.
POLICIES = (
    Policy(
        version="evidence-1",
        effective_from=date(1970, 1, 1),
        bands=(
            Band(kind=Evidence.REGISTRATION, from_major=0),
            Band(kind=Evidence.CREDIT_REPORT, from_major=0),
            Band(kind=Evidence.BANK_STATEMENTS, from_major=50_000),
            Band(kind=Evidence.TAX_FILINGS, from_major=150_000),
            Band(kind=Evidence.BUSINESS_PLAN, from_major=350_000),
            Band(kind=Evidence.IP_VALUATION, from_major=100_000, is_for_innovation=True),
        ),
        rates=(
            ("USD", Decimal(1)),
            ("EUR", Decimal(1)),
            ("GBP", Decimal(1)),
            ("CNY", Decimal(7)),
            ("JPY", Decimal(150)),
            ("INR", Decimal(80)),
        ),
    ),
)

# What a kind's value is measured on, as forms suggest it: a range "0-100", a currency
# (then the value is an amount in major units), or "yes-no" with 1 and 0.
SCALES = {
    Evidence.REGISTRATION: "yes-no",
    Evidence.CREDIT_REPORT: "0-100",
    Evidence.BANK_STATEMENTS: "0-100",
    Evidence.TAX_FILINGS: "0-100",
    Evidence.BUSINESS_PLAN: "0-100",
    Evidence.GUARANTEE_UNDERTAKING: "USD",
    Evidence.IP_VALUATION: "USD",
    Evidence.ASSET_VALUATION: "USD",
    Evidence.INSURANCE: "USD",
}
# Only the party that the deal names can give these; nobody is assigned to them.
NAMED_ONLY = frozenset({Evidence.GUARANTEE_UNDERTAKING})
NAMED_SLA_DAYS = 5
RANGE = re.compile(r"(\d{1,9})-(\d{1,9})\Z")
MAX_VALID_DAYS = 1_830
MAX_VALUE_DIGITS = 30
SHA256_HEX = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a provider says about a subject, before it is signed.

    Attributes:
        value: Decimal digits.
        scale: What the value is measured on.
        confidence_bps: How sure the provider is, basis points.
        statement: The finding in words.
        valid_days: Days from signing for which it may be relied on.
        evidence_sha256: Hash of the document behind it, 64 hex digits; or empty, then
            the statement itself is what is hashed.
    """

    value: str
    scale: str
    confidence_bps: int
    statement: str
    valid_days: int
    evidence_sha256: str = ""


def policy_at(on: date | None) -> Policy:
    """Return the policy in force on a day, or the newest for None.

    Raises:
        ValueError: If the day is before the first policy.
    """
    in_force = [p for p in POLICIES if on is None or p.effective_from <= on]
    if not in_force:
        raise ValueError(f"no evidence policy was in force on {on}")
    return in_force[-1]


def required_kinds(
    *,
    mode: Mode,
    amount_minor: int,
    currency: str,
    has_innovation: bool,
    on: date | None = None,
) -> tuple[Evidence, ...]:
    """Return the attestations that a demand needs. Nobody picks them by hand.

    Args:
        mode: The mode it is asked in.
        amount_minor: Amount asked, minor units.
        currency: ISO 4217 code.
        has_innovation: Whether it states an innovation.
        on: Day whose policy applies; the newest policy for None.

    Returns:
        Kinds in the order of :class:`~longtail.terms.primitives.Evidence`. The
        guarantor's undertaking is among them exactly when the mode has a guarantee.
    """
    policy = policy_at(on)
    amount = Decimal(amount_minor).scaleb(-decimals(currency))
    rate = dict(policy.rates).get(currency)
    kinds = set(mode.evidence) | {
        band.kind
        for band in policy.bands
        if (rate is None or amount >= band.from_major * rate)
        and (has_innovation or not band.is_for_innovation)
    }
    kinds.discard(Evidence.GUARANTEE_UNDERTAKING)
    if needs_guarantor(mode):
        kinds.add(Evidence.GUARANTEE_UNDERTAKING)
    return tuple(kind for kind in Evidence if kind in kinds)


def next_state(state: str, event: OrderEvent, *, code: str = "The order") -> OrderState:
    """Return the state that an event takes an order to.

    Args:
        state: Where the order stands.
        event: What is to happen.
        code: The order, for the message.

    Raises:
        IllegalOrderStep: If the table has no such change.
    """
    after = ORDER_STATES.get((OrderState(state), event))
    if after is None:
        possible = [str(e) for (before, e) in ORDER_STATES if before == state]
        remedy = f"Possible now: {', '.join(possible)}." if possible else "It is closed."
        raise IllegalOrderStep(
            f"{code} is {state.replace('_', ' ')}, so it cannot {event.replace('_', ' ')}. "
            f"{remedy}"
        )
    return after


def attestation_state(
    *,
    valid_from: datetime,
    valid_until: datetime,
    revoked_at: datetime | None,
    at: datetime,
) -> AttestationState:
    """Return whether an attestation may be relied on at a time."""
    if revoked_at is not None:
        return AttestationState.REVOKED
    if at < valid_from:
        return AttestationState.PENDING
    return AttestationState.VALID if at < valid_until else AttestationState.EXPIRED


def require_sound(finding: Finding) -> None:
    """Refuse a finding that cannot be signed.

    Raises:
        InvalidInput: If any field is wrong; it lists every one.
    """
    problems = {
        "value": _value_problem(finding.value, finding.scale),
        "scale": text_problem(finding.scale, max_length=16)
        or ("" if finding.scale.strip() else "must say what the value is measured on"),
        "confidence_bps": _whole_problem(finding.confidence_bps, 0, 10_000),
        "statement": text_problem(finding.statement, max_length=4_000, is_multiline=True)
        or ("" if finding.statement.strip() else "must say what was found"),
        "valid_days": _whole_problem(finding.valid_days, 1, MAX_VALID_DAYS),
        "evidence_sha256": ""
        if not finding.evidence_sha256 or SHA256_HEX.match(finding.evidence_sha256)
        else "must be a SHA-256 hash of 64 lower-case hex digits",
    }
    if found := {name: problem for name, problem in problems.items() if problem}:
        raise InvalidInput(found)


def _value_problem(value: str, scale: str) -> str:
    if problem := text_problem(value, max_length=MAX_VALUE_DIGITS):
        return problem
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "is not a number"
    if not number.is_finite() or "e" in value.lower():
        return "must be plain decimal digits"
    if scale == "yes-no" and number not in (0, 1):
        return "must be 1 for yes or 0 for no"
    bounds = RANGE.match(scale) if isinstance(scale, str) else None
    if bounds and not int(bounds[1]) <= number <= int(bounds[2]):
        return f"must be from {bounds[1]} to {bounds[2]}"
    return "" if number >= 0 else "must not be negative"


def _whole_problem(number: int, least: int, most: int) -> str:
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    if is_whole and least <= number <= most:
        return ""
    return f"must be a whole number from {least} to {most:,}"
