"""Step 2: a demand is checked whole and its evidence is ordered."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from longtail.deals import models, rules
from longtail.deals.lifecycle import OPEN, Event, next_state
from longtail.deals.rules import Ask
from longtail.deals.services.evidence import order_evidence
from longtail.deals.services.law import law_against
from longtail.deals.services.moves import locked, logs_refusals, move
from longtail.deals.services.versions import ask_of, is_newest_mode
from longtail.parties import queries as parties
from longtail.values.refusal import InvalidInput, Refusal

DUPLICATE = (
    "the enterprise already has an open demand for this purpose and amount; "
    "edit or withdraw that one"
)


@logs_refusals
@transaction.atomic
def submit(*, demand_code: str, by: str, at: datetime) -> models.Demand:
    """Publish a draft: check every field and order the evidence it needs.

    Args:
        demand_code: A demand in state draft.
        by: Username of the enterprise's person, or ``system``.
        at: When.

    Returns:
        The demand, in state attesting.

    Raises:
        NotEntitled: If the person has no role at the enterprise.
        IllegalTransition: If it is no draft; logged.
        NotAdmitted: If the enterprise may not act now.
        InvalidInput: If anything keeps it from being published; it lists every field.
        NoProvider: If nobody can deliver a kind of evidence that it needs.
    """
    demand = locked(demand_code)
    parties.require_acts_for(by, demand.enterprise)
    next_state(demand.state, Event.SUBMIT, code=demand.code)
    require_publishable(demand, ask_of(demand.current), at=at)
    if not is_newest_mode(demand.current):
        raise InvalidInput(
            {"mode_code": "has a newer version; edit the demand to take it over"}
        )
    publish(demand, Event.SUBMIT, by=by, at=at)
    return demand


def require_publishable(demand: models.Demand, ask: Ask, *, at: datetime) -> None:
    """Refuse unless the enterprise may act and every field is in order, naming all.

    Raises:
        NotAdmitted: If the enterprise may not act now.
        InvalidInput: If anything is missing, unlawful or asked already.
    """
    parties.require_admitted(demand.enterprise.code)
    problems = rules.problems(ask)
    if ask.guarantor_code and "guarantor_code" not in problems:
        try:
            parties.require_admitted(ask.guarantor_code)
        except Refusal as refusal:
            problems["guarantor_code"] = str(refusal)
    if not problems and (broken := law_against(demand, ask, at=at)):
        problems["mode_code"] = "; ".join(broken)
    if _has_twin(demand, ask):
        problems.setdefault("purpose", DUPLICATE)
    if problems:
        raise InvalidInput(problems)


def publish(demand: models.Demand, event: Event, *, by: str, at: datetime) -> None:
    """Order the evidence for the current version and move the demand to attesting."""
    try:
        with transaction.atomic():
            move(demand, event, by=by, at=at)
    except IntegrityError as error:
        # Another demand of the same content was published at the same moment.
        if "demand_published_once" not in str(error):
            raise
        raise InvalidInput({"purpose": DUPLICATE}) from error
    order_evidence(demand, at=at)


def _has_twin(demand: models.Demand, ask: Ask) -> bool:
    return (
        models.Demand.objects.filter(
            enterprise=demand.enterprise_id,
            state__in=OPEN,
            fingerprint=rules.fingerprint(ask),
        )
        .exclude(pk=demand.pk)
        .exists()
    )
