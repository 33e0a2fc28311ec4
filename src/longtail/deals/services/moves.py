"""How a demand changes state, and how a refused attempt is remembered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ParamSpec, TypeVar

from django.db import connection

from longtail.deals import models, rules
from longtail.deals.lifecycle import IllegalTransition, State, next_state
from longtail.deals.rules import UnknownDemand

P = ParamSpec("P")
T = TypeVar("T")

REASON_LIMIT = 4_000


def logs_refusals(service: Callable[P, T]) -> Callable[P, T]:
    """Make an illegal transition leave its log row even though the service rolls back.

    Put it outside ``transaction.atomic``. A service of a room above that moves demands
    inside its own transaction wears it too, or its rollback takes the row with it.

    Args:
        service: A function with keyword arguments ``by`` (optional) and ``at``.

    Returns:
        The service; it raises as before.
    """

    @functools.wraps(service)
    def logged(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return service(*args, **kwargs)
        except IllegalTransition as refusal:
            _log(refusal, by=kwargs.get("by", "system"), at=kwargs["at"])
            raise

    return logged


def _log(refusal: IllegalTransition, *, by: str, at: datetime) -> None:
    if getattr(refusal, "is_logged", False):
        return
    demand = models.Demand.objects.get(code=refusal.code)
    models.Transition.objects.create(
        demand=demand,
        event=refusal.event,
        from_state=refusal.state,
        is_taken=False,
        reason=str(refusal),
        by=by,
        at=at,
    )
    # Inside an outer transaction the row may yet be rolled back with it; then the
    # outermost service that wears ``logs_refusals`` writes it again.
    refusal.is_logged = not connection.in_atomic_block


def locked(code: str) -> models.Demand:
    """Return a demand, locked until the transaction ends.

    Raises:
        UnknownDemand: If no demand has this code.
    """
    rules.require_code(code)
    demand = (
        models.Demand.objects.select_for_update(no_key=True, of=("self",))
        .select_related("enterprise", "current__guarantor", "current_offer")
        .filter(code=code)
        .first()
    )
    if demand is None:
        raise UnknownDemand(code)
    return demand


def move(
    demand: models.Demand,
    event: str,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    expires_at: datetime | None = None,
) -> None:
    """Take a locked demand through an event, save it and log the transition.

    Args:
        demand: The demand; everything changed on it is saved.
        event: What happens.
        by: Username, or ``system``.
        at: When.
        reason: Why, for the log.
        expires_at: When the new state ends by itself, if not by the state's own span.

    Raises:
        IllegalTransition: If its state does not allow the event.
    """
    row = step(demand, event, by=by, at=at, reason=reason)
    demand.expires_at = expires_at or demand.expires_at
    demand.save()
    row.save(force_insert=True)


def step(
    demand: models.Demand, event: str, *, by: str, at: datetime, reason: str
) -> models.Transition:
    """Change a demand in memory and return the log row; the caller saves both."""
    to = next_state(demand.state, event, code=demand.code)
    row = models.Transition(
        demand=demand,
        event=event,
        from_state=demand.state,
        to_state=to,
        is_taken=True,
        reason=reason[:REASON_LIMIT],
        by=by,
        at=at,
    )
    life = rules.life(to)
    demand.state, demand.updated_at = to, at
    demand.expires_at = at + life if life else None
    return row


def require_state(demand: models.Demand, state: State, *, act: str) -> None:
    """Refuse an act that is no event of its own unless the demand is in a state.

    Raises:
        IllegalTransition: If it is in another; it is logged like any other.
    """
    if demand.state != state:
        raise IllegalTransition(demand.state, act, code=demand.code)


def save_steps(demands: Sequence[models.Demand], rows: Sequence[models.Transition]) -> None:
    """Save demands that were stepped in memory, with their log rows."""
    models.Demand.objects.bulk_update(
        demands, ["state", "expires_at", "updated_at", "current_offer"]
    )
    models.Transition.objects.bulk_create(rows)
