"""What an assessment is about: the application, its facts and its evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from longtail.terms.primitives import Evidence


class Outcome(StrEnum):
    """What the policy decides, mildest first."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class FactKind(StrEnum):
    """What sort of value a fact has."""

    WHOLE_NUMBER = "whole number"
    YES_NO = "yes or no"
    LEVEL = "one of a list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something about the enterprise that an application may state.

    Attributes:
        title: As a sentence calls it, such as ``"number of employees"``.
        kind: What sort of value it has.
        levels: Allowed values of a level; empty when the scorecard lists them.
        is_required: Whether nothing can be approved without it.
    """

    title: str
    kind: FactKind
    levels: tuple[str, ...] = ()
    is_required: bool = True


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "sector": Fact(title="sector", kind=FactKind.LEVEL),
        "employees": Fact(title="number of employees", kind=FactKind.WHOLE_NUMBER),
        "is_new_business": Fact(title="age of the business", kind=FactKind.YES_NO),
        "state": Fact(title="state", kind=FactKind.LEVEL),
        "is_urban": Fact(
            title="place of business", kind=FactKind.LEVEL, levels=("urban", "rural")
        ),
        "is_revolving": Fact(title="kind of facility", kind=FactKind.YES_NO),
        "is_low_doc": Fact(title="extent of documentation", kind=FactKind.YES_NO),
        "is_franchise": Fact(
            title="franchise status", kind=FactKind.YES_NO, is_required=False
        ),
        "jobs_created": Fact(
            title="number of jobs created", kind=FactKind.WHOLE_NUMBER, is_required=False
        ),
        "jobs_retained": Fact(
            title="number of jobs retained", kind=FactKind.WHOLE_NUMBER, is_required=False
        ),
    }
)
REQUIRED_FACTS = tuple(name for name, fact in FACTS.items() if fact.is_required)

# Source: U.S. Census Bureau, Census Regions and Divisions of the United States.
DIVISIONS: Mapping[str, str] = MappingProxyType(
    {
        state: division
        for division, states in (
            ("New England", "CT MA ME NH RI VT"),
            ("Middle Atlantic", "NJ NY PA"),
            ("East North Central", "IL IN MI OH WI"),
            ("West North Central", "IA KS MN MO ND NE SD"),
            ("South Atlantic", "DC DE FL GA MD NC SC VA WV"),
            ("East South Central", "AL KY MS TN"),
            ("West South Central", "AR LA OK TX"),
            ("Mountain", "AZ CO ID MT NM NV UT WY"),
            ("Pacific", "AK CA HI OR WA"),
        )
        for state in states.split()
    }
)

EVIDENCE_TITLES: Mapping[str, str] = MappingProxyType(
    {
        Evidence.REGISTRATION: "business register certificate",
        Evidence.CREDIT_REPORT: "credit report",
        Evidence.BANK_STATEMENTS: "check of the bank statements",
        Evidence.TAX_FILINGS: "check of the tax filings",
        Evidence.BUSINESS_PLAN: "review of the business plan",
        Evidence.GUARANTEE_UNDERTAKING: "guarantee undertaking",
        Evidence.IP_VALUATION: "valuation of the intellectual property",
        Evidence.ASSET_VALUATION: "asset valuation",
        Evidence.INSURANCE: "insurance confirmation",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFact:
    """What a provider attested.

    Attributes:
        kind: A value of ``terms.primitives.Evidence``.
        value: Decimal digits.
        scale: What they are measured on: a range such as ``"0-100"``, ``"yes-no"`` (1 or
            0), ``"percent"`` or a currency.
        valid_until: From then on it may not be relied on; timezone-aware.
    """

    kind: str
    value: str
    scale: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is to be assessed.

    Attributes:
        matter: What it is filed under, such as ``"DEM-…/v1"``.
        enterprise_code: Who asks.
        facts: Of the enterprise, by the keys of ``FACTS``; absent or None when unknown.
        amount_minor: Amount asked, minor units.
        n_periods: Months to maturity.
        mode_code: Financing mode.
        cover_bps: Share of a loss that a guarantor bears.
        evidence: Attestations at hand, at most one a kind counts (the one that lasts
            longest).
        currency: ISO 4217 code of the amount.
        regime_code: Law that caps the price.
        has_innovation: Whether the demand states an innovation.
    """

    matter: str
    enterprise_code: str
    facts: Mapping[str, Any]
    amount_minor: int
    n_periods: int
    mode_code: str
    cover_bps: int
    evidence: tuple[EvidenceFact, ...] = field(default=())
    currency: str = "USD"
    regime_code: str = "open-sandbox"
    has_innovation: bool = False


def to_json(application: Application) -> dict[str, Any]:
    """Return an application as plain values, losing nothing."""
    plain = {
        name: getattr(application, name)
        for name in Application.__dataclass_fields__
        if name not in {"facts", "evidence"}
    }
    evidence = [
        {
            "kind": str(e.kind),
            "value": e.value,
            "scale": e.scale,
            "valid_until": e.valid_until.isoformat(),
        }
        for e in application.evidence
    ]
    return plain | {"facts": dict(application.facts), "evidence": evidence}


def from_json(plain: Mapping[str, Any]) -> Application:
    """Return the application that :func:`to_json` wrote."""
    evidence = tuple(
        EvidenceFact(**e | {"valid_until": datetime.fromisoformat(e["valid_until"])})
        for e in plain["evidence"]
    )
    return Application(**{**plain, "evidence": evidence})
