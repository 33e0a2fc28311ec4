"""Whether the evidence behind a demand holds: no money moves on what has lapsed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.values.refusal import Refusal


class EvidenceLapsed(Refusal):
    """An attestation behind the demand was revoked or has expired."""


def lapsed_kinds(demand: Any, *, at: datetime) -> tuple[str, ...]:
    """Return which required evidence of a demand holds no longer, or never did."""
    missing = evidence.outstanding_kinds(matter=deals.matter(demand), at=at)
    return tuple(str(kind) for kind in missing)


def require_evidence(demand: Any, *, at: datetime) -> None:
    """Refuse money for a demand whose evidence does not hold.

    Raises:
        EvidenceLapsed: With the kinds that are missing.
    """
    if kinds := lapsed_kinds(demand, at=at):
        raise EvidenceLapsed(
            f"Demand {demand.code} rests on evidence that holds no longer: "
            f"{', '.join(kinds)}. It can be funded when new evidence is delivered."
        )
