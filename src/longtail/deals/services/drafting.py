"""Step 1: an enterprise says what it needs, says it differently, or takes it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals import models, rules
from longtail.deals.lifecycle import Event, State, next_state
from longtail.deals.rules import Ask
from longtail.deals.services.evidence import withdraw_evidence
from longtail.deals.services.moves import locked, logs_refusals, move
from longtail.deals.services.offers import take_back_offer
from longtail.deals.services.publishing import publish, require_publishable
from longtail.deals.services.versions import (
    add_version,
    ask_of,
    is_newest_mode,
    require_storable,
)
from longtail.parties import queries as parties
from longtail.parties.rules import Kind
from longtail.values import codes
from longtail.values.refusal import InvalidInput


@transaction.atomic
def draft(*, enterprise_code: str, ask: Ask, by: str, at: datetime) -> models.Demand:
    """Start a demand. A draft may be incomplete, but no field may be wrong.

    Args:
        enterprise_code: Who asks; need not be admitted yet.
        ask: What it asks for.
        by: Username of the enterprise's person, or ``system``.
        at: When.

    Returns:
        The demand, in state draft.

    Raises:
        UnknownParty: If no party has this code.
        NotEntitled: If the person has no role at the enterprise.
        InvalidInput: If any field is wrong; it lists every one.
    """
    enterprise = parties.party(enterprise_code)
    if enterprise.kind != Kind.ENTERPRISE:
        raise InvalidInput({"enterprise_code": "is not an enterprise"})
    parties.require_acts_for(by, enterprise)
    guarantor = require_storable(ask)
    demand = models.Demand.objects.create(
        code=codes.mint("DEM"),
        enterprise=enterprise,
        state=State.DRAFT,
        fingerprint=rules.fingerprint(ask),
        expires_at=at + rules.life(State.DRAFT),
        created_at=at,
        updated_at=at,
    )
    demand.current = add_version(demand, ask, guarantor=guarantor, by=by, at=at)
    demand.save(update_fields=["current"])
    return demand


@logs_refusals
@transaction.atomic
def edit(*, demand_code: str, ask: Ask, by: str, at: datetime) -> models.Demand:
    """Change what is asked: a new version, and past draft new evidence for it.

    An open offer is taken back. A listed demand's book must be voided first; the room
    that keeps the book does both. The same ask again changes nothing.

    Args:
        demand_code: A demand that no agreement was signed on.
        ask: What is asked now, whole.
        by: Username of the enterprise's person, or ``system``.
        at: When.

    Returns:
        The demand: still a draft, or attesting.

    Raises:
        NotEntitled: If the person has no role at the enterprise.
        IllegalTransition: If it is past editing; logged.
        NotAdmitted: If it is published and the enterprise may not act now.
        InvalidInput: If any field is wrong or, once published, missing.
        NoProvider: If nobody can deliver a kind of evidence that it needs.
    """
    demand = locked(demand_code)
    parties.require_acts_for(by, demand.enterprise)
    next_state(demand.state, Event.EDIT, code=demand.code)
    if ask == ask_of(demand.current) and is_newest_mode(demand.current):
        return demand
    guarantor = require_storable(ask)
    is_published = demand.state != State.DRAFT
    if is_published:
        require_publishable(demand, ask, at=at)
        withdraw_evidence(demand, at=at)
        take_back_offer(demand, at=at)
    demand.version_number += 1
    demand.fingerprint = rules.fingerprint(ask)
    demand.current = add_version(demand, ask, guarantor=guarantor, by=by, at=at)
    demand.assessment_code = demand.grade = ""
    if is_published:
        publish(demand, Event.EDIT, by=by, at=at)
    else:
        move(demand, Event.EDIT, by=by, at=at)
    return demand


@logs_refusals
@transaction.atomic
def withdraw(*, demand_code: str, by: str, at: datetime, reason: str = "") -> models.Demand:
    """Take a demand back. A listed demand's book must be voided first.

    Args:
        demand_code: A demand whose book has not been filled.
        by: Username of the enterprise's person, or ``system``.
        at: When.
        reason: Why, if the enterprise says so.

    Returns:
        The demand, in state withdrawn.

    Raises:
        NotEntitled: If the person has no role at the enterprise.
        IllegalTransition: If it is too late, or it has ended; logged.
        InvalidInput: If the reason cannot be kept.
    """
    rules.require_reason(reason)
    demand = locked(demand_code)
    parties.require_acts_for(by, demand.enterprise)
    was_draft = demand.state == State.DRAFT
    next_state(demand.state, Event.WITHDRAW, code=demand.code)
    take_back_offer(demand, at=at)
    move(demand, Event.WITHDRAW, by=by, at=at, reason=reason)
    if not was_draft:
        withdraw_evidence(demand, at=at)
    return demand
