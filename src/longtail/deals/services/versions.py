"""A version of a demand: the ask as it is stored, and as the assessment reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from longtail.deals import models, rules
from longtail.deals.rules import Ask
from longtail.parties import queries as parties
from longtail.parties.rules import Kind
from longtail.terms.catalogue import LATEST
from longtail.underwriting.rules import FACTS
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput, Refusal


def ask_of(version: models.DemandVersion) -> Ask:
    """Return a version as the ask that made it."""
    return Ask(
        amount=Money(version.amount_minor, version.currency),
        tenor_months=version.tenor_months,
        mode_code=version.mode_code,
        purpose=version.purpose,
        use_of_funds=version.use_of_funds,
        innovation=version.innovation,
        facts=version.facts,
        guarantor_code=version.guarantor.code if version.guarantor else None,
        cover_bps=version.cover_bps,
    )


def facts_of(enterprise: Any, stated: Mapping[str, object], *, on: date) -> dict[str, Any]:
    """Return every fact that an assessment reads, as far as it is known.

    Args:
        enterprise: The party; its register entry fills what is not stated.
        stated: Facts stated with the demand.
        on: The day to judge the enterprise's age by.

    Returns:
        One value a key of ``underwriting.rules.FACTS``; None where nothing is known.
    """
    known = rules.known_facts(
        stated,
        sector=enterprise.sector,
        employees=enterprise.employees,
        region=enterprise.region,
        founded_date=enterprise.founded_date,
        on=on,
    )
    return {name: known.get(name) for name in FACTS}


def add_version(
    demand: models.Demand, ask: Ask, *, guarantor: Any, by: str, at: datetime
) -> models.DemandVersion:
    """Store an ask as a demand's current version number; the caller saves the demand."""
    known = facts_of(demand.enterprise, ask.facts, on=at.date())
    return models.DemandVersion.objects.create(
        demand=demand,
        number=demand.version_number,
        amount_minor=ask.amount.minor,
        currency=ask.amount.currency,
        tenor_months=ask.tenor_months,
        mode_code=ask.mode_code,
        mode_version=LATEST[ask.mode_code].version,
        purpose=ask.purpose,
        use_of_funds=ask.use_of_funds,
        innovation=ask.innovation,
        facts=dict(ask.facts),
        guarantor=guarantor,
        cover_bps=ask.cover_bps,
        completeness_bps=rules.completeness_bps(ask, known=known),
        created_by=by,
        created_at=at,
    )


def is_newest_mode(version: models.DemandVersion) -> bool:
    """Whether a version asks for the newest version of its mode."""
    return version.mode_version == LATEST[version.mode_code].version


def require_storable(ask: Ask) -> Any:
    """Refuse an ask with a wrong field, naming all; return its guarantor, if it has one.

    Raises:
        InvalidInput: If any field is wrong.
    """
    faults = rules.faults(ask)
    guarantor = None
    if ask.guarantor_code and "guarantor_code" not in faults:
        guarantor, fault = _find_guarantor(ask.guarantor_code)
        faults |= {"guarantor_code": fault} if fault else {}
    if faults:
        raise InvalidInput(faults)
    return guarantor


def _find_guarantor(code: str) -> tuple[Any, str]:
    try:
        guarantor = parties.party(code)
    except Refusal:
        return None, "is not the code of a party"
    if guarantor.kind != Kind.GUARANTOR:
        return None, f"{guarantor.legal_name} is not a guarantor"
    return guarantor, ""
