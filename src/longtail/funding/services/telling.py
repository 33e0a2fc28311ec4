"""Word to those whose money or demand is concerned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from longtail.funding import models
from longtail.funding.rules import CommitmentState
from longtail.notices import services as notices


def tell_enterprise(book: models.Book, *, subject: str, body: str, at: datetime) -> None:
    """Notify the enterprise whose demand it is."""
    _tell(book, [book.enterprise.code], subject, body, at)


def tell_funders(
    book: models.Book,
    commitments: Iterable[models.Commitment],
    *,
    subject: str,
    body: str,
    at: datetime,
) -> None:
    """Notify each funder behind the commitments, once."""
    _tell(book, sorted({c.funder.code for c in commitments}), subject, body, at)


def held(book: models.Book) -> list[models.Commitment]:
    """Return a book's held commitments with their funders, oldest first."""
    return list(
        book.commitments.filter(state=CommitmentState.HELD)
        .select_related("funder")
        .order_by("id")
    )


def _tell(
    book: models.Book, codes: Iterable[str], subject: str, body: str, at: datetime
) -> None:
    link = f"/demands/{book.demand.code}/"
    notices.notify_many(
        [
            notices.Message(party_code=code, subject=subject, body=body, link=link)
            for code in codes
        ],
        at=at,
    )
