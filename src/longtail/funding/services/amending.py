"""The enterprise changes or takes back a demand that may be listed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals import services as deals
from longtail.deals.rules import Ask
from longtail.funding import models
from longtail.funding.rules import BookState
from longtail.funding.services.books import lock_latest
from longtail.funding.services.closing import release
from longtail.funding.services.telling import tell_funders


@deals.logs_refusals
@transaction.atomic
def edit_demand(*, demand_code: str, ask: Ask, by: str, at: datetime) -> Any:
    """Change what a demand asks; a live book is voided and every hold released with it.

    Args:
        demand_code: A demand that no agreement was signed on.
        ask: What is asked now, whole.
        by: Username.
        at: When, timezone-aware.

    Returns:
        The demand. The same ask again changes nothing and keeps the book.

    Raises:
        IllegalTransition: If it is past editing.
        InvalidInput: If any field is wrong.
        NotAdmitted: If the enterprise may not act now.
        NoProvider: If nobody can deliver the evidence that it needs.
    """
    book = lock_latest(demand_code)
    demand = deals.edit(demand_code=demand_code, ask=ask, by=by, at=at)
    if book is not None and book.is_live and book.version_number != demand.version_number:
        _void(book, "It changed what it asks, so the book starts again.", at)
    return demand


@deals.logs_refusals
@transaction.atomic
def withdraw_demand(*, demand_code: str, by: str, at: datetime, reason: str = "") -> Any:
    """Take a demand back; a live book is voided and every hold released with it.

    Args:
        demand_code: A demand whose book has not been closed.
        by: Username.
        at: When, timezone-aware.
        reason: Why, if the enterprise says so.

    Returns:
        The demand, withdrawn.

    Raises:
        IllegalTransition: If it is too late.
    """
    book = lock_latest(demand_code)
    demand = deals.withdraw(demand_code=demand_code, by=by, at=at, reason=reason)
    if book is not None and book.is_live:
        _void(book, "It took its demand back.", at)
    return demand


def _void(book: models.Book, why: str, at: datetime) -> None:
    released = release(book, to=BookState.VOIDED, at=at)
    tell_funders(
        book,
        released,
        subject=f"{book.enterprise} closed its book",
        body=f"{why} Your whole commitment is free in your wallet again.",
        at=at,
    )
