"""What the rooms above report of a demand: its book, its payments, its default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from longtail.deals import models
from longtail.deals.lifecycle import Event, State, next_state
from longtail.deals.rules import UnknownDemand
from longtail.deals.services.evidence import reorder_fallen, require_evidence
from longtail.deals.services.moves import (
    locked,
    logs_refusals,
    move,
    save_steps,
    step,
)
from longtail.deals.services.offers import take_back_offer
from longtail.values.refusal import Refusal


class NotSigned(Refusal):
    """The demand has no agreement to pay out under."""


# What the rooms above report; every other event has its own service here.
REPORTED = frozenset(
    {
        Event.LIST,
        Event.FREEZE,
        Event.RESUME,
        Event.FILL,
        Event.FAIL,
        Event.DRAW_DOWN,
        Event.DEFAULT,
        Event.CURE,
        Event.REPAY,
        Event.WRITE_OFF,
        Event.RECOVER,
        Event.REOPEN,
        Event.RETURN,
    }
)


@logs_refusals
@transaction.atomic
def record(
    *, demand_code: str, event: str, by: str, at: datetime, reason: str = ""
) -> models.Demand:
    """Record what happened to a demand in a room above: a book, a payment, a default.

    ``freeze`` says that evidence fell: it is ordered again, and before listing the offer
    is taken back so that the demand is assessed anew. It is never refused for want of a
    provider; the log says so instead. ``resume`` needs the evidence complete.

    Args:
        demand_code: The demand.
        event: One of ``REPORTED``.
        by: Username, or ``system``.
        at: When.
        reason: Why, for the log.

    Returns:
        The demand in its new state.

    Raises:
        UnknownDemand: If no demand has this code.
        IllegalTransition: If its state does not allow the event; logged.
        EvidenceOutstanding: If it is to resume and evidence is still missing.
        NotSigned: If it is drawn down without an agreement.
    """
    assert Event(event) in REPORTED, f"{event} has a service of its own"
    demand = locked(demand_code)
    to = next_state(demand.state, event, code=demand.code)
    if event == Event.RESUME:
        require_evidence(demand, at=at)
    if event == Event.DRAW_DOWN:
        _require_signed([demand])
    if event == Event.FREEZE:
        reason = " ".join(filter(None, (reason, reorder_fallen(demand, at=at))))
    if to == State.ATTESTING:
        take_back_offer(demand, at=at)
        demand.assessment_code = demand.grade = ""
    move(demand, event, by=by, at=at, reason=reason)
    return demand


def _require_signed(demands: Sequence[models.Demand]) -> None:
    signed = set(
        models.Agreement.objects.filter(demand__in=demands).values_list("demand", flat=True)
    )
    if unsigned := [demand.code for demand in demands if demand.pk not in signed]:
        raise NotSigned(
            f"Demand {unsigned[0]} has no agreement, so nothing can be paid out on it. "
            "Sign the agreement first."
        )


@logs_refusals
@transaction.atomic
def record_many(
    *, demand_codes: Sequence[str], event: str, by: str, at: datetime, reason: str = ""
) -> int:
    """Record the same event of many demands, all or none, in three statements.

    Args:
        demand_codes: Different demands.
        event: One of ``REPORTED`` but ``freeze`` and ``resume``, which look at evidence.
        by: Username, or ``system``.
        at: When.
        reason: Why, for the log.

    Returns:
        How many demands moved.

    Raises:
        UnknownDemand: If a code is unknown.
        IllegalTransition: If any of them does not allow the event; it alone is logged.
        NotSigned: If any of them is drawn down without an agreement.
    """
    assert Event(event) in REPORTED - {Event.FREEZE, Event.RESUME}, (
        f"{event} goes one by one"
    )
    demands = list(
        models.Demand.objects.select_for_update(no_key=True)
        .filter(code__in=demand_codes)
        .order_by("id")
    )
    if unknown := set(demand_codes) - {demand.code for demand in demands}:
        raise UnknownDemand(min(unknown))
    if event == Event.DRAW_DOWN:
        _require_signed(demands)
    save_steps(demands, [step(d, event, by=by, at=at, reason=reason) for d in demands])
    return len(demands)
