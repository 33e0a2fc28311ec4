"""What a demand asks of the evidence room: orders placed, orders taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from longtail.deals import models, rules
from longtail.evidence import queries as evidence
from longtail.evidence import services as evidence_services
from longtail.evidence.rules import required_kinds
from longtail.terms.catalogue import CATALOGUE
from longtail.terms.mode import Mode
from longtail.terms.primitives import Evidence
from longtail.values.refusal import Refusal


class EvidenceOutstanding(Refusal):
    """Evidence that the policy requires is missing, expired or revoked.

    Attributes:
        kinds: What is missing.
    """

    def __init__(self, demand_code: str, kinds: Iterable[str]) -> None:
        self.kinds = tuple(kinds)
        super().__init__(
            f"Demand {demand_code} still waits for {', '.join(self.kinds)}. "
            "It goes on when the providers have delivered."
        )


def matter_of(demand: models.Demand) -> str:
    """Return the name under which the current version's evidence is filed."""
    return rules.matter(demand.code, demand.version_number)


def mode_of(version: models.DemandVersion) -> Mode:
    """Return the mode a version asks for, as it was then."""
    return CATALOGUE[version.mode_code, version.mode_version]


def order_evidence(demand: models.Demand, *, at: datetime) -> None:
    """Order every kind of attestation that the policy requires of the current version."""
    version = demand.current
    kinds = required_kinds(
        mode=mode_of(version),
        amount_minor=version.amount_minor,
        currency=version.currency,
        has_innovation=bool(version.innovation.strip()),
        on=at.date(),
    )
    _place(demand, kinds, at=at)


def reorder_fallen(demand: models.Demand, *, at: datetime) -> str:
    """Order again what was revoked or has expired of the current version's evidence.

    Returns:
        Why nobody could be asked, or an empty text. What fell stops a demand whether or
        not it can be replaced, so this is no refusal here.
    """
    kinds = evidence.outstanding_kinds(matter=matter_of(demand), at=at)
    try:
        _place(demand, kinds, at=at)
    except Refusal as refusal:
        return str(refusal)
    return ""


def withdraw_evidence(demand: models.Demand, *, at: datetime) -> None:
    """Take back the orders of the current version that were not delivered."""
    evidence_services.withdraw_orders(matter=matter_of(demand), at=at)


def require_evidence(demand: models.Demand, *, at: datetime) -> list[Any]:
    """Refuse unless every required attestation is there and valid; return them all.

    Raises:
        EvidenceOutstanding: With the kinds that are missing.
    """
    if kinds := evidence.outstanding_kinds(matter=matter_of(demand), at=at):
        raise EvidenceOutstanding(demand.code, kinds)
    return evidence.valid_attestations(matter=matter_of(demand), at=at)


def _place(demand: models.Demand, kinds: Iterable[Evidence], *, at: datetime) -> None:
    guarantor = demand.current.guarantor
    named = {Evidence.GUARANTEE_UNDERTAKING: guarantor.code} if guarantor else {}
    evidence_services.place_orders(
        matter=matter_of(demand),
        subject_code=demand.enterprise.code,
        kinds=tuple(kinds),
        named=named,
        at=at,
    )
