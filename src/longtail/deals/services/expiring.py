"""Time ends what nobody moves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals import models
from longtail.deals.lifecycle import EXPIRING, Event, State
from longtail.deals.services.evidence import withdraw_evidence
from longtail.deals.services.moves import save_steps, step


@transaction.atomic
def expire_due(*, at: datetime) -> int:
    """End every demand whose time is over before its book opened.

    Restartable: a demand expires once. Demands that somebody is working on right now are
    left for the next run.

    Args:
        at: When; at or after a demand's ``expires_at``.

    Returns:
        How many expired.
    """
    due = list(
        models.Demand.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(expires_at__lte=at, state__in=sorted(EXPIRING))
        .order_by("id")
    )
    if not due:
        return 0
    models.Offer.objects.filter(
        pk__in=[d.current_offer_id for d in due if d.current_offer_id]
    ).update(withdrawn_at=at)
    published = [d for d in due if d.state != State.DRAFT]
    rows = [
        step(d, Event.EXPIRE, by="system", at=at, reason=f"open until {d.expires_at:%F}")
        for d in due
    ]
    for demand in due:
        demand.current_offer = None
    save_steps(due, rows)
    for demand in published:
        withdraw_evidence(demand, at=at)
    return len(due)
