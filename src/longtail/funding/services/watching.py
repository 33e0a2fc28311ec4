"""Evidence behind a demand: when it falls, the book freezes; mended, the book resumes.

A book that resumes gets back the time that it lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.deals.lifecycle import Event, State
from longtail.funding import models
from longtail.funding.rules import BookState
from longtail.funding.services.books import SYSTEM, lock_latest
from longtail.funding.services.evidence import lapsed_kinds
from longtail.funding.services.telling import held, tell_enterprise, tell_funders

# Past the assessment and before the money: what rests on evidence alone.
WATCHED = (State.REFERRED, State.OFFERED, State.ACCEPTED, State.LISTED)


@deal_services.logs_refusals
@transaction.atomic
def freeze_if_lapsed(*, demand_code: str, at: datetime) -> bool:
    """Stop a demand whose evidence holds no longer.

    A listed demand is frozen with its book; one that is not listed yet goes back to
    wait for evidence.

    Args:
        demand_code: A demand past its assessment.
        at: When, timezone-aware.

    Returns:
        Whether it was stopped now.
    """
    book = lock_latest(demand_code)
    demand = deals.demand(demand_code)
    if demand.state not in WATCHED or not (kinds := lapsed_kinds(demand, at=at)):
        return False
    missing = ", ".join(kinds)
    deal_services.record(
        demand_code=demand_code,
        event=Event.FREEZE,
        by=SYSTEM,
        at=at,
        reason=f"No valid evidence of: {missing}.",
    )
    if book is not None and book.state == BookState.OPEN:
        book.state, book.frozen_at = BookState.FROZEN, at
        book.save(update_fields=["state", "frozen_at"])
        _tell_frozen(book, missing, at)
    return True


@deal_services.logs_refusals
@transaction.atomic
def resume_if_mended(*, demand_code: str, at: datetime) -> bool:
    """Take a frozen demand's book up again once all its evidence holds.

    Args:
        demand_code: The demand.
        at: When, timezone-aware.

    Returns:
        Whether it was resumed now.
    """
    book = lock_latest(demand_code)
    if book is None or book.state != BookState.FROZEN:
        return False
    if lapsed_kinds(book.demand, at=at):
        return False
    deal_services.record(demand_code=demand_code, event=Event.RESUME, by=SYSTEM, at=at)
    book.closes_at += max(at - book.frozen_at, timedelta(0))
    book.state, book.frozen_at = BookState.OPEN, None
    book.save(update_fields=["state", "frozen_at", "closes_at"])
    tell_enterprise(
        book,
        subject="Your demand is listed again",
        body=f"Its evidence holds again. The book is open until {book.closes_at:%d %B %Y}.",
        at=at,
    )
    return True


def _tell_frozen(book: models.Book, missing: str, at: datetime) -> None:
    tell_enterprise(
        book,
        subject="Your demand is frozen",
        body=f"It waits for new evidence: {missing}. Providers are asked again.",
        at=at,
    )
    tell_funders(
        book,
        held(book),
        subject=f"{book.enterprise}: the book is frozen",
        body=(
            f"Evidence no longer holds: {missing}. Nothing is funded until it does. "
            "You may take your commitment back meanwhile."
        ),
        at=at,
    )
