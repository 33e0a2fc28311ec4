"""The policy's decision on a demand whose evidence is complete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals import models, rules
from longtail.deals.lifecycle import Event, State
from longtail.deals.services.evidence import matter_of, require_evidence
from longtail.deals.services.law import law_against
from longtail.deals.services.moves import locked, logs_refusals, move, require_state
from longtail.deals.services.offers import Price, make_offer, price_of
from longtail.deals.services.telling import tell_decision
from longtail.deals.services.versions import ask_of, facts_of
from longtail.parties import queries as parties
from longtail.underwriting import queries as underwriting_queries
from longtail.underwriting import services as underwriting
from longtail.underwriting.rules import Application, EvidenceFact, Outcome
from longtail.values.money import Money


@logs_refusals
@transaction.atomic
def assess(*, demand_code: str, at: datetime) -> models.Demand:
    """Assess a demand whose evidence is complete, and offer, refer or decline.

    An offer is always for the amount asked. Where the assessment approves less than that,
    or the law caps the price, two people decide instead (:func:`decide_referral`).

    Args:
        demand_code: A demand in state attesting.
        at: When.

    Returns:
        The demand: offered, referred or declined.

    Raises:
        IllegalTransition: If it is not in state attesting; logged.
        NotAdmitted: If the enterprise may not act now.
        EvidenceOutstanding: If required evidence is missing, expired or revoked.
    """
    demand = locked(demand_code)
    require_state(demand, State.ATTESTING, act="assess")
    parties.require_admitted(demand.enterprise.code)
    attestations = require_evidence(demand, at=at)
    assessment = underwriting.assess(
        application=_application(demand, attestations, at=at), at=at
    )
    demand.assessment_code, demand.grade = assessment.code, assessment.grade or ""
    match Outcome(assessment.outcome):
        case Outcome.APPROVE:
            price = price_of(demand, assessment, attestations, at=at)
            _approve(demand, price, at=at)
        case Outcome.REFER:
            _turn(demand, Event.REFER, _summary(assessment), at=at)
        case Outcome.DECLINE:
            _turn(demand, Event.DECLINE, _summary(assessment), at=at)
    tell_decision(demand, at=at)
    return demand


def _application(
    demand: models.Demand, attestations: Iterable[Any], *, at: datetime
) -> Application:
    version, enterprise = demand.current, demand.enterprise
    return Application(
        matter=matter_of(demand),
        enterprise_code=enterprise.code,
        facts=facts_of(enterprise, version.facts, on=at.date()),
        amount_minor=version.amount_minor,
        currency=version.currency,
        n_periods=version.tenor_months,
        mode_code=version.mode_code,
        cover_bps=version.cover_bps,
        regime_code=rules.regime_code(enterprise.country),
        has_innovation=bool(version.innovation.strip()),
        evidence=tuple(
            EvidenceFact(
                kind=a.kind, value=a.value, scale=a.scale, valid_until=a.valid_until
            )
            for a in attestations
        ),
    )


def _approve(demand: models.Demand, price: Price, *, at: datetime) -> None:
    """Offer what was approved, or refer it where something still stands against it."""
    if doubts := _doubts(demand, price, at=at):
        _turn(demand, Event.REFER, "; ".join(doubts), at=at)
        return
    reason = f"grade {price.assessment.grade}"
    make_offer(demand, price, by="system", at=at, reason=reason)


def _turn(demand: models.Demand, event: Event, reason: str, *, at: datetime) -> None:
    move(demand, event, by="system", at=at, reason=reason)


def _doubts(demand: models.Demand, price: Price, *, at: datetime) -> tuple[str, ...]:
    """Return why an approval cannot go straight through."""
    version, limit_minor = demand.current, price.assessment.limit_minor
    doubts = law_against(demand, ask_of(version), at=at, apr_bps=price.apr_bps)
    if limit_minor < version.amount_minor:
        asked = Money(version.amount_minor, version.currency)
        limit = Money(limit_minor, version.currency)
        doubts += (f"asks {asked}, the limit is {limit}",)
    return doubts


def _summary(assessment: Any) -> str:
    return "; ".join(underwriting_queries.principal_reasons(assessment))
