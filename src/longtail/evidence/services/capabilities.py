"""What providers offer to attest."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import transaction

from longtail.evidence import models
from longtail.parties import queries as parties
from longtail.parties.rules import Kind
from longtail.terms.primitives import Evidence
from longtail.values.money import MAX_MINOR
from longtail.values.refusal import InvalidInput

ATTESTERS = (Kind.PROVIDER, Kind.GUARANTOR)
MAX_SLA_DAYS = 90
CURRENCY = re.compile(r"[A-Z]{3}\Z")


@transaction.atomic
def offer_capability(
    *,
    provider_code: str,
    kinds: Collection[Evidence],
    fee_minor: int,
    sla_days: int,
    currency: str = "USD",
    liability_cap_minor: int = 0,
) -> list[models.Capability]:
    """Offer kinds of evidence, or change the terms of what is offered.

    Orders already placed keep the terms they were placed under.

    Args:
        provider_code: A provider or guarantor; orders reach it once it is admitted.
        kinds: What it can attest.
        fee_minor: Fee an order, minor units.
        sla_days: Days from order to delivery.
        currency: ISO 4217 code of the fee and the cap.
        liability_cap_minor: The most it is liable for an attestation, minor units.

    Returns:
        What it offers of these kinds.

    Raises:
        InvalidInput: If any field is wrong; it lists every one.
        UnknownParty: If there is no such party.
    """
    provider = parties.party(provider_code)
    problems = {
        "provider_code": ""
        if provider.kind in ATTESTERS
        else f"{provider.legal_name} is a {provider.kind}, which cannot attest",
        "kinds": ""
        if kinds and set(kinds) <= set(Evidence)
        else "must be kinds of evidence",
        "fee_minor": _sum_problem(fee_minor),
        "liability_cap_minor": _sum_problem(liability_cap_minor),
        "sla_days": ""
        if isinstance(sla_days, int) and 1 <= sla_days <= MAX_SLA_DAYS
        else f"must be from 1 to {MAX_SLA_DAYS}",
        "currency": "" if CURRENCY.match(currency) else "must be an ISO 4217 code",
    }
    if found := {name: problem for name, problem in problems.items() if problem}:
        raise InvalidInput(found)
    terms = {
        "fee_minor": fee_minor,
        "currency": currency,
        "sla_days": sla_days,
        "liability_cap_minor": liability_cap_minor,
        "is_offered": True,
    }
    return models.Capability.objects.bulk_create(
        [
            models.Capability(provider=provider, kind=Evidence(kind), **terms)
            for kind in sorted(set(kinds))
        ],
        update_conflicts=True,
        unique_fields=["provider", "kind"],
        update_fields=list(terms),
    )


@transaction.atomic
def withdraw_capability(*, provider_code: str, kinds: Collection[Evidence]) -> int:
    """Stop offering kinds of evidence; open orders stay with the provider.

    Returns:
        How many kinds are no longer offered.
    """
    return models.Capability.objects.filter(
        provider=parties.party(provider_code), kind__in=kinds, is_offered=True
    ).update(is_offered=False)


def _sum_problem(minor: int) -> str:
    if isinstance(minor, int) and 0 <= minor <= MAX_MINOR:
        return ""
    return f"must be from 0 to {MAX_MINOR:,} minor units"
