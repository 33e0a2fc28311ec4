"""Closing a book: every hold is posted, or every hold is released, exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from longtail.deals import services as deals
from longtail.deals.services.pricing import calendar_for
from longtail.funding import models, rules
from longtail.funding.rules import BookState, CommitmentState, Outcome
from longtail.funding.services.books import SYSTEM, is_stopped, lock_latest, room
from longtail.funding.services.evidence import require_evidence
from longtail.funding.services.telling import held, tell_enterprise, tell_funders
from longtail.ledger import posting
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class BookStillOpen(Refusal):
    """The book is neither full nor past its window."""


class PrincipalMismatch(Refusal):
    """The agreement's principal is not what was raised."""


@deals.logs_refusals
@transaction.atomic
def close_book(*, demand_code: str, at: datetime) -> Outcome:
    """Close a demand's book by its funding rule.

    Funded: the holds are posted to the book, the agreement is signed and each funder
    gets its holding. Failed: every hold is released. Safe to retry: a closed book gives
    its outcome again and nothing moves.

    Args:
        demand_code: The demand.
        at: When, timezone-aware.

    Returns:
        How it ended.

    Raises:
        BookStillOpen: If it is not full and its window is not over, or if it has no book.
        EvidenceLapsed: If it would be funded on evidence that no longer holds.
        PrincipalMismatch: If the agreement is not over exactly what was raised.
    """
    book = lock_latest(demand_code)
    if book is not None and book.outcome:
        return book.outcome
    if book is None or not is_due(book, at=at):
        raise BookStillOpen(
            f"Demand {demand_code} has no book to close yet. A book closes when it is "
            "full or when its window is over."
        )
    outcome = rules.outcome(
        room(book).rule, raised_minor=book.raised_minor, target_minor=book.target_minor
    )
    if is_stopped(book):
        # It cannot be funded as it is; its window is over, so the money goes back.
        outcome = Outcome.FAILED
    if outcome is Outcome.FUNDED:
        require_evidence(book.demand, at=at)
        _fund(book, at)
    else:
        release(book, to=BookState.FAILED, at=at)
        deals.record(
            demand_code=demand_code,
            event="fail",
            by=SYSTEM,
            at=at,
            reason="The book was not filled before its window ended.",
        )
        _tell_failed(book, at)
    return outcome


def is_due(book: models.Book, *, at: datetime) -> bool:
    """Return whether a book is to be closed now; a stopped one only past its window."""
    if is_stopped(book):
        return book.is_live and at >= book.closes_at
    return book.is_live and rules.is_due(room(book), window_ends_at=book.closes_at, at=at)


def release(book: models.Book, *, to: BookState, at: datetime) -> list[models.Commitment]:
    """Release every hold of a locked book once and end the book.

    Args:
        book: Locked and live.
        to: The state it ends in.
        at: When.

    Returns:
        The commitments that were released.
    """
    commitments = held(book)
    _resolve(book, commitments, post=False, at=at)
    _end(book, to, at)
    return commitments


def _fund(book: models.Book, at: datetime) -> None:
    commitments = held(book)
    raised = sum(c.amount_minor for c in commitments)
    assert raised == book.raised_minor, f"{book.code}: holds do not sum to what is raised"
    _resolve(book, commitments, post=True, at=at)
    _end(book, BookState.FUNDED, at)
    code = book.demand.code
    deals.record(demand_code=code, event="fill", by=SYSTEM, at=at)
    agreement = deals.sign_agreement(
        demand_code=code,
        drawdown_date=drawdown_date(book.enterprise.country, on=at.date()),
        at=at,
    )
    if agreement.principal_minor != raised:
        raise PrincipalMismatch(
            f"Demand {code} raised {Money(raised, book.currency)}, but its agreement would "
            f"be over {Money(agreement.principal_minor, agreement.currency)}. "
            "It was not signed."
        )
    _hand_out(agreement, commitments, book.currency, at)
    _tell_funded(book, commitments, at)


def drawdown_date(country: str, *, on: date) -> date:
    """Return the day the money is paid out: the business day after the book closes.

    Args:
        country: ISO 3166 code of the enterprise's seat.
        on: The day the book closes.
    """
    return calendar_for(country, on).next_business_day(on)


def _resolve(
    book: models.Book, commitments: Sequence[models.Commitment], *, post: bool, at: datetime
) -> None:
    if not commitments:
        return
    posting.post(
        posting.Entry(
            key=f"book-close:{book.code}",
            kind="book-funded" if post else "book-refunded",
            effective_at=at,
            moves=tuple(posting.Resolve(c.hold_id, post=post) for c in commitments),
        )
    )
    state = CommitmentState.TAKEN if post else CommitmentState.RELEASED
    book.commitments.filter(pk__in=[c.pk for c in commitments]).update(
        state=state, ended_at=at
    )


def _end(book: models.Book, state: BookState, at: datetime) -> None:
    book.state, book.closed_at = state, at
    book.save(update_fields=["state", "closed_at"])


def _hand_out(
    agreement: Any,
    commitments: Sequence[models.Commitment],
    currency: str,
    at: datetime,
) -> None:
    parts: dict[int, int] = defaultdict(int)
    for commitment in commitments:
        parts[commitment.funder_id] += commitment.amount_minor
    models.Holding.objects.bulk_create(
        models.Holding(
            agreement=agreement,
            funder_id=funder_id,
            principal_minor=minor,
            currency=currency,
            at=at,
        )
        for funder_id, minor in parts.items()
    )


def _tell_funded(
    book: models.Book, commitments: Sequence[models.Commitment], at: datetime
) -> None:
    target = Money(book.target_minor, book.currency)
    tell_enterprise(
        book,
        subject="Your demand is funded",
        body=f"{target} is committed in full. The custodian pays it out next.",
        at=at,
    )
    tell_funders(
        book,
        commitments,
        subject=f"{book.enterprise} is funded",
        body="Your commitment was taken. You hold your part of the agreement.",
        at=at,
    )


def _tell_failed(book: models.Book, at: datetime) -> None:
    tell_enterprise(
        book,
        subject="Your demand was not filled",
        body="The window ended before enough was committed. Nothing is owed by anyone.",
        at=at,
    )
    released = book.commitments.filter(state=CommitmentState.RELEASED, ended_at=at)
    tell_funders(
        book,
        released.select_related("funder"),
        subject=f"{book.enterprise} was not filled",
        body="Your whole commitment is free in your wallet again.",
        at=at,
    )
