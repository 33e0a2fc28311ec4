"""Reads an application's facts and evidence: what counts, what is missing and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from longtail.kernels.credit.points import CategoricalAttribute, Scorecard, Value
from longtail.underwriting.policy import Policy
from longtail.underwriting.rules import (
    EVIDENCE_TITLES,
    FACTS,
    Application,
    EvidenceFact,
    Fact,
    FactKind,
)
from longtail.values.money import decimals

RANGE = re.compile(r"(\d{1,9})-(\d{1,9})\Z")
MAX_NUMBER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that could be read.

    Attributes:
        known: Value by fact, typed as the fact is.
        unknown: Why a required fact is not known, by fact.
    """

    known: Mapping[str, Any]
    unknown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attested:
    """The evidence that could be relied on.

    Attributes:
        values: Decimal by kind; on a range, moved to 0 to 100.
        scales: What each value is measured on, by kind.
        absent: Why a required kind cannot be relied on, by kind.
    """

    values: Mapping[str, Decimal]
    scales: Mapping[str, str]
    absent: Mapping[str, str]


def read_facts(application: Application, scorecard: Scorecard) -> Facts:
    """Return the facts, each checked for its type and its levels.

    Args:
        application: Its facts may hold anything that JSON can.
        scorecard: Levels that it has no points for are not known to it.
    """
    known: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for name, fact in FACTS.items():
        value = _plain(application.facts.get(name))
        if value is None:
            if fact.is_required:
                unknown[name] = f"The {fact.title} is not known"
            continue
        attribute = scorecard.by_name.get(name)
        levels = fact.levels
        if isinstance(attribute, CategoricalAttribute) and fact.kind is FactKind.LEVEL:
            levels = attribute.levels
        if _is_readable(value, fact, levels):
            known[name] = value
        elif fact.is_required:
            unknown[name] = f"The {fact.title} {str(value)[:40]!r} is not one we know"
    return Facts(known, unknown)


def reference_amount(application: Application, policy: Policy) -> Decimal | None:
    """Return the amount in major units of the policy's reference currency."""
    rate = policy.rates.get(application.currency)
    if rate is None:
        return None
    major = Decimal(application.amount_minor).scaleb(-decimals(application.currency))
    return major / rate


def minor_of(major: Decimal | int, application: Application, policy: Policy) -> int:
    """Return a reference amount in the application's minor units, rounded down."""
    rate = policy.rates[application.currency]
    return int((Decimal(major) * rate).scaleb(decimals(application.currency)))


def attributes(
    application: Application, facts: Facts, policy: Policy
) -> dict[str, Value] | None:
    """Return what the scorecard reads, by attribute, None where not known.

    Returns:
        None altogether where the policy has no rate for the currency.
    """
    amount = reference_amount(application, policy)
    if amount is None:
        return None
    read: dict[str, Value] = {
        name: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        for name, value in facts.known.items()
    }
    return read | {"amount": float(amount), "cover": application.cover_bps}


def read_evidence(
    application: Application, *, required: tuple[str, ...], at: datetime
) -> Attested:
    """Return the evidence that is in date and can be read.

    Args:
        application: At most one attestation a kind counts: the one that lasts longest.
        required: Kinds that must be there.
        at: The time of the decision.
    """
    lasting: dict[str, EvidenceFact] = {}
    for fact in sorted(application.evidence, key=lambda e: (e.valid_until, e.value)):
        lasting[str(fact.kind)] = fact
    values: dict[str, Decimal] = {}
    absent = {kind: f"There is no {title(kind)}" for kind in map(str, required)}
    for kind, fact in lasting.items():
        number = _number(fact)
        if fact.valid_until <= at:
            reason = f"The {title(kind)} expired on {fact.valid_until:%d %B %Y}"
        elif number is None:
            reason = f"The {title(kind)} says {fact.value[:40]!r}, which cannot be read"
        else:
            values[kind] = number
            absent.pop(kind, None)
            continue
        if kind in absent:
            absent[kind] = reason
    return Attested(values, {k: lasting[k].scale for k in values}, absent)


def title(kind: str) -> str:
    """Return what a sentence calls a kind of evidence."""
    return EVIDENCE_TITLES.get(kind, kind)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip()
        return text if text and text.casefold() != "unknown" else None
    return value


def _is_readable(value: Any, fact: Fact, levels: tuple[str, ...]) -> bool:
    match fact.kind:
        case FactKind.YES_NO:
            return isinstance(value, bool)
        case FactKind.WHOLE_NUMBER:
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            return is_whole and 0 <= value <= MAX_NUMBER
        case FactKind.LEVEL:
            return isinstance(value, str) and (not levels or value in levels)


def _number(fact: EvidenceFact) -> Decimal | None:
    """Return the attested value, on 0 to 100 where it is on a range; None if unreadable."""
    try:
        number = Decimal(fact.value)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    if bounds := RANGE.match(fact.scale):
        low, high = Decimal(bounds[1]), Decimal(bounds[2])
        if not low <= number <= high or low == high:
            return None
        return (number - low) * 100 / (high - low)
    return number
