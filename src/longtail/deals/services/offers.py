"""An offer: made on approval, accepted by the enterprise, or taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from longtail.deals import models, rules
from longtail.deals.lifecycle import Event, State
from longtail.deals.services.moves import locked, logs_refusals, move, require_state
from longtail.deals.services.pricing import priced_terms
from longtail.parties import queries as parties
from longtail.values.refusal import Refusal


class OfferExpired(Refusal):
    """The offer's time is over."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an offer can be made at.

    Attributes:
        assessment: Gives rate and grade.
        apr_bps: All-in annual percentage rate, basis points.
        holds_until: When the first attestation behind it ends; no offer outlives it.
    """

    assessment: Any
    apr_bps: int
    holds_until: datetime


def price_of(
    demand: models.Demand, assessment: Any, attestations: Iterable[Any], *, at: datetime
) -> Price:
    """Return what an assessment of a demand can be offered at, on its evidence."""
    return Price(
        assessment=assessment,
        apr_bps=priced_terms(demand, assessment.rate_bps, at=at).apr_bps,
        holds_until=min(attestation.valid_until for attestation in attestations),
    )


@logs_refusals
@transaction.atomic
def accept_offer(*, demand_code: str, by: str, at: datetime) -> models.Demand:
    """Accept the open offer, once.

    Args:
        demand_code: A demand in state offered.
        by: Username of the enterprise's person, or ``system``.
        at: When.

    Returns:
        The demand, in state accepted.

    Raises:
        NotEntitled: If the person has no role at the enterprise.
        IllegalTransition: If there is no offer to accept; logged.
        NotAdmitted: If the enterprise may not act now.
        OfferExpired: If the offer's time is over.
    """
    demand = locked(demand_code)
    parties.require_acts_for(by, demand.enterprise)
    require_state(demand, State.OFFERED, act=Event.ACCEPT)
    parties.require_admitted(demand.enterprise.code)
    offer = demand.current_offer
    if offer.expires_at <= at:
        raise OfferExpired(
            f"The offer on {demand_code} was open until {offer.expires_at:%d %B %Y}. "
            "Publish a new demand, or edit this one, to be assessed again."
        )
    offer.accepted_at, offer.accepted_by = at, by
    offer.save(update_fields=["accepted_at", "accepted_by"])
    move(demand, Event.ACCEPT, by=by, at=at)
    return demand


def take_back_offer(demand: models.Demand, *, at: datetime) -> None:
    """Close the open offer of a locked demand, if there is one; the caller saves it."""
    if demand.current_offer_id is None:
        return
    models.Offer.objects.filter(pk=demand.current_offer_id).update(withdrawn_at=at)
    demand.current_offer = None


def make_offer(
    demand: models.Demand, price: Price, *, by: str, at: datetime, reason: str
) -> None:
    """Approve a locked demand: make its open offer, for the amount asked.

    Args:
        demand: In a state that can be approved.
        price: What is offered, and until when its grounds hold.
        by: Username, or ``system``.
        at: When.
        reason: Why, for the log.
    """
    version, assessment = demand.current, price.assessment
    expires_at = min(at + timedelta(days=rules.OFFER_DAYS), price.holds_until)
    demand.current_offer = models.Offer.objects.create(
        demand=demand,
        version_number=version.number,
        assessment_code=assessment.code,
        amount_minor=version.amount_minor,
        currency=version.currency,
        rate_bps=assessment.rate_bps,
        apr_bps=price.apr_bps,
        n_periods=version.tenor_months,
        grade=assessment.grade,
        made_at=at,
        expires_at=expires_at,
    )
    move(demand, Event.APPROVE, by=by, at=at, reason=reason, expires_at=expires_at)
