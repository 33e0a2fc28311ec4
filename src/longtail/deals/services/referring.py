"""Two people decide what the policy would not decide alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals import models, rules
from longtail.deals.lifecycle import Event, State
from longtail.deals.services.evidence import require_evidence
from longtail.deals.services.law import law_against
from longtail.deals.services.moves import locked, logs_refusals, move, require_state
from longtail.deals.services.offers import Price, make_offer, price_of
from longtail.deals.services.telling import tell_decision
from longtail.deals.services.versions import ask_of
from longtail.parties import queries as parties
from longtail.underwriting import queries as underwriting
from longtail.values.eyes import require_two_people, same_person
from longtail.values.refusal import Refusal


class ConflictOfInterest(Refusal):
    """A person of a party to the deal tried to decide on it."""


class NotPriced(Refusal):
    """The assessment has no probability of default or no price to offer at."""


class AgainstTheLaw(Refusal):
    """The law of the enterprise's seat does not allow the offer."""


@logs_refusals
@transaction.atomic
def decide_referral(
    *,
    demand_code: str,
    is_approved: bool,
    reason: str,
    by: str,
    seconded_by: str,
    at: datetime,
) -> models.Demand:
    """Decide a referred demand as two people, with a reason.

    They may approve the amount asked above the assessment's limit, at the assessment's
    price; they cannot approve without a probability of default, without the evidence, or
    against the law.

    Args:
        demand_code: A demand in state referred.
        is_approved: What they decide.
        reason: Why; kept for ever.
        by: Username of the operator's person who decides.
        seconded_by: Username of another of its people who agrees.
        at: When.

    Returns:
        The demand: offered or declined.

    Raises:
        IllegalTransition: If it is not in state referred; logged.
        InvalidInput: If the reason is too short.
        FourEyesRequired: If both are one person.
        NotEntitled: If either is not one of the operator's people.
        ConflictOfInterest: If either belongs to the enterprise or its guarantor.
        NotPriced: If they approve and the assessment has no probability of default.
        EvidenceOutstanding: If they approve and evidence is missing or has expired.
        AgainstTheLaw: If they approve what the law does not allow.
    """
    demand = locked(demand_code)
    require_state(demand, State.REFERRED, act="decide")
    _require_two_people(demand, by=by, seconded_by=seconded_by, reason=reason)
    assessment = underwriting.assessment(demand.assessment_code)
    price = _lawful_price(demand, assessment, at=at) if is_approved else None
    models.ReferralDecision.objects.create(
        demand=demand,
        version_number=demand.version_number,
        assessment_code=demand.assessment_code,
        is_approved=is_approved,
        reason=reason.strip(),
        decided_by=by,
        seconded_by=seconded_by,
        at=at,
    )
    words = f"{reason.strip()} (seconded by {seconded_by})"
    if price:
        make_offer(demand, price, by=by, at=at, reason=words)
    else:
        move(demand, Event.DECLINE, by=by, at=at, reason=words)
    tell_decision(demand, at=at)
    return demand


def _require_two_people(
    demand: models.Demand, *, by: str, seconded_by: str, reason: str
) -> None:
    rules.require_reason(reason, least=rules.MIN_REASON)
    require_two_people(by, seconded_by, what="Deciding a referral")
    for who in (by, seconded_by):
        if who == parties.SYSTEM or not parties.is_operator(who):
            raise parties.NotEntitled(
                f"{who} is not one of the operator's people, and only they decide "
                "referrals. Ask one of them."
            )
    _require_no_interest(demand, by, seconded_by)


def _require_no_interest(demand: models.Demand, *deciders: str) -> None:
    sides = [demand.enterprise.code]
    if demand.current.guarantor:
        sides.append(demand.current.guarantor.code)
    for code in sides:
        for person in parties.people_of(code):
            if any(same_person(person.username, who) for who in deciders):
                raise ConflictOfInterest(
                    f"{person} belongs to a party of this demand and cannot decide on it. "
                    "Ask somebody else."
                )


def _lawful_price(demand: models.Demand, assessment: Any, *, at: datetime) -> Price:
    """Return what people may approve; refuse what nobody may."""
    if assessment.pd_ppm is None or assessment.rate_bps is None:
        raise NotPriced(
            f"Assessment {assessment.code} has no probability of default, so there is no "
            "price to offer. Have the missing facts added and the demand assessed again."
        )
    attestations = require_evidence(demand, at=at)
    price = price_of(demand, assessment, attestations, at=at)
    ask = ask_of(demand.current)
    if law := law_against(demand, ask, at=at, apr_bps=price.apr_bps):
        raise AgainstTheLaw("This offer is not lawful: " + "; ".join(law))
    return price
