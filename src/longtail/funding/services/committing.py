"""A funder commits, or takes its commitment back while the book has room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from longtail.deals.lifecycle import State
from longtail.funding import models, queries, rules
from longtail.funding.rules import BookState, CommitmentState
from longtail.funding.services.books import is_stopped, lock_latest, room
from longtail.funding.services.evidence import require_evidence
from longtail.ledger import chart, posting
from longtail.market import queries as market
from longtail.market import services as market_services
from longtail.parties import queries as parties
from longtail.values.codes import mint
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class BookNotOpen(Refusal):
    """The demand takes no commitments now."""


class CommitmentKeyReused(Refusal):
    """The key belongs to another commitment of this funder."""


class OutsideMandate(Refusal):
    """The demand, or the amount, does not fit the funder's mandate."""


class CapReached(Refusal):
    """The funder would lend more to one enterprise than its mandate allows."""


class SelfFunding(Refusal):
    """A firm would fund its own demand."""


class WalletTooLow(Refusal):
    """The funder's wallet does not hold the amount."""


class NotWithdrawable(Refusal):
    """The commitment can no longer be taken back."""


@transaction.atomic
def commit(
    *,
    demand_code: str,
    funder_code: str,
    amount: Money,
    key: str,
    by: str,
    at: datetime,
    accepts_part: bool = False,
) -> models.Commitment:
    """Commit money to a demand: it is held in the funder's wallet until the book closes.

    Idempotent by ``key``: a replay returns the first commitment.

    Args:
        demand_code: The demand.
        funder_code: Who commits.
        amount: How much, in the demand's currency.
        key: The funder's name for this request, up to 128 characters.
        by: Username of the person who commits.
        at: When, timezone-aware.
        accepts_part: Whether to be filled to the exact remainder when less is left.

    Returns:
        The commitment; its amount may be less than asked when a part is accepted.

    Raises:
        NotAdmitted: If the funder may not act.
        NotEntitled: If the person does not act for the funder.
        CommitmentKeyReused: If the key was used for another demand or amount.
        BookNotOpen: If the demand is not listed, is stopped or its window is over.
        EvidenceLapsed: If an attestation behind the demand no longer holds.
        OutsideMandate: If the mandate does not fit; the message says which criterion.
        CapReached: If the funder's cap for one enterprise would be passed.
        SelfFunding: If the funder is the enterprise or shares a person with it.
        CommitmentRefused: If the amount does not fit the book.
        WalletTooLow: If the wallet does not hold the amount.
    """
    funder = parties.require_admitted(funder_code)
    parties.require_acts_for(by, funder)
    book = lock_latest(demand_code)
    if earlier := _earlier(funder, key):
        return _replayed(earlier, book, amount, accepts_part)
    book = _require_open(book, demand_code, at)
    _require_independent(funder, book.enterprise)
    require_evidence(book.demand, at=at)
    if amount.currency != book.currency:
        raise BookNotOpen(
            f"Demand {demand_code} is in {book.currency}, not {amount.currency}. "
            f"Commit an amount in {book.currency}."
        )
    accepted = rules.accepted_minor(
        room(book), amount_minor=amount.minor, accepts_part=accepts_part
    )
    _require_mandate(funder, book, accepted, at)
    hold_id, code = _hold(funder, book, accepted, at)
    book.raised_minor += accepted
    book.save(update_fields=["raised_minor"])
    return _record(
        book=book,
        funder=funder,
        code=code,
        key=key,
        requested_minor=amount.minor,
        accepts_part=accepts_part,
        amount_minor=accepted,
        hold_id=hold_id,
        by=by,
        at=at,
    )


@transaction.atomic
def withdraw_commitment(
    *, commitment_code: str, by: str, at: datetime
) -> models.Commitment:
    """Take a commitment back and release its hold. Safe to retry.

    Args:
        commitment_code: The commitment.
        by: Username of the person who takes it back.
        at: When, timezone-aware.

    Returns:
        The commitment, withdrawn.

    Raises:
        UnknownCommitment: If there is no such commitment.
        NotEntitled: If the person does not act for the funder.
        NotWithdrawable: If the book is full or its window is over, unless it is stopped;
            or if the commitment has ended otherwise.
    """
    found = queries.commitment(commitment_code)
    parties.require_acts_for(by, found.funder)
    books = models.Book.objects.select_for_update(no_key=True, of=("self",))
    book = books.select_related("enterprise").get(pk=found.book_id)
    commitment = models.Commitment.objects.get(pk=found.pk)
    if commitment.state == CommitmentState.WITHDRAWN:
        return commitment
    _require_withdrawable(book, commitment, at)
    posting.post(
        posting.Entry(
            key=f"withdraw:{commitment.code}",
            kind="commitment-withdrawn",
            effective_at=at,
            moves=(posting.Resolve(commitment.hold_id, post=False),),
        )
    )
    commitment.state, commitment.ended_at = CommitmentState.WITHDRAWN, at
    commitment.ended_by = by
    commitment.save(update_fields=["state", "ended_at", "ended_by"])
    book.raised_minor -= commitment.amount_minor
    book.save(update_fields=["raised_minor"])
    return commitment


def _earlier(funder: Any, key: str) -> models.Commitment | None:
    return models.Commitment.objects.filter(funder=funder, key=key).first()


def _replayed(
    earlier: models.Commitment,
    book: models.Book | None,
    amount: Money,
    accepts_part: bool,
) -> models.Commitment:
    is_same = (
        book is not None
        and models.Book.objects.get(pk=earlier.book_id).demand_id == book.demand_id
        and earlier.requested_minor == amount.minor
        and earlier.accepts_part == accepts_part
        and book.currency == amount.currency
    )
    if not is_same:
        raise CommitmentKeyReused(
            f"The key was used for commitment {earlier.code}. Use a new key for another "
            "commitment, or repeat the first one unchanged."
        )
    return earlier


def _require_open(book: models.Book | None, demand_code: str, at: datetime) -> models.Book:
    if book is None:
        raise BookNotOpen(f"Demand {demand_code} is not listed, so it has no book yet.")
    if book.state == BookState.FROZEN or book.demand.state == State.FROZEN:
        raise BookNotOpen(
            f"Demand {demand_code} is frozen because evidence behind it no longer holds. "
            "It resumes when new evidence is delivered."
        )
    if book.state != BookState.OPEN or book.demand.state != State.LISTED:
        raise BookNotOpen(f"The book of demand {demand_code} is closed.")
    if is_stopped(book):
        raise BookNotOpen(
            f"{book.enterprise} may not act at present, so demand {demand_code} takes no "
            "commitments."
        )
    if not book.opens_at <= at < book.closes_at:
        raise BookNotOpen(
            f"The book of demand {demand_code} took commitments until "
            f"{book.closes_at:%Y-%m-%d %H:%M} UTC."
        )
    return book


def _require_independent(funder: Any, enterprise: Any) -> None:
    def identity(party: Any) -> tuple[str, str, str]:
        return party.country, party.registration_scheme, party.registration_number

    if identity(funder) == identity(enterprise):
        raise SelfFunding(
            f"{funder} and {enterprise} are the same firm. A firm cannot fund its own "
            "demand."
        )
    if enterprise.code in parties.linked_codes(funder.code):
        raise SelfFunding(
            f"{funder} and {enterprise} share a person, so the one cannot fund the other. "
            "Fund a demand that none of your people stands behind."
        )


def _require_mandate(funder: Any, book: models.Book, accepted: int, at: datetime) -> None:
    demand_code = book.demand.code
    verdict = market.explain(funder.code, demand_code)
    if not verdict.fits:
        raise OutsideMandate(
            f"Demand {demand_code} lies outside the mandate of {funder}: "
            + "; ".join(verdict.misfits)
            + ". Change the mandate first if you mean to fund it."
        )
    _require_cap(funder, book, accepted)
    if verdict.pushed:
        market_services.mark_acted(funder_code=funder.code, demand_code=demand_code, at=at)


def _require_cap(funder: Any, book: models.Book, accepted: int) -> None:
    cap = market.require_mandate(funder.code).cap_minor
    if cap is None:
        return
    # Two commitments to one enterprise must not both fit under the cap.
    exposures = models.Exposure.objects
    exposures.get_or_create(funder=funder, enterprise=book.enterprise)
    exposures.select_for_update(no_key=True).get(funder=funder, enterprise=book.enterprise)
    lent = queries.exposure_minor(funder.code, book.enterprise.code, book.currency)
    if lent + accepted > cap:
        raise CapReached(
            f"{funder} lends at most {Money(cap, book.currency)} to one enterprise and "
            f"has {Money(lent, book.currency)} with {book.enterprise}. "
            f"Commit at most {Money(max(cap - lent, 0), book.currency)}."
        )


def _hold(funder: Any, book: models.Book, minor: int, at: datetime) -> tuple[int, str]:
    code = mint("COM")
    amount = Money(minor, book.currency)
    wallet = chart.wallet(funder.code, book.currency)
    entry = posting.Entry(
        key=f"commit:{code}",
        kind="commitment",
        effective_at=at,
        moves=(
            posting.Move(
                debit=wallet.code,
                credit=chart.book(book.demand.code, book.currency).code,
                amount=amount,
                pending=True,
            ),
        ),
    )
    try:
        (hold_id,) = posting.post(entry)
    except (posting.InsufficientFunds, posting.UnknownAccount) as refusal:
        raise WalletTooLow(
            f"The wallet of {funder} does not hold {amount}. Pay in first, or commit less."
        ) from refusal
    return hold_id, code


def _record(**fields: Any) -> models.Commitment:
    try:
        return models.Commitment.objects.create(**fields)
    except IntegrityError as error:
        raise CommitmentKeyReused(
            "The key was used for another commitment at the same time. Use a new key."
        ) from error


def _require_withdrawable(
    book: models.Book, commitment: models.Commitment, at: datetime
) -> None:
    if commitment.state != CommitmentState.HELD:
        raise NotWithdrawable(
            f"Commitment {commitment.code} has ended: {commitment.state}."
        )
    if is_stopped(book):
        return
    if room(book).is_full:
        raise NotWithdrawable(
            "The book is full, so the enterprise can count on it. "
            "Commitments can be taken back only while it has room."
        )
    if at >= book.closes_at:
        raise NotWithdrawable("The book's window is over. Its outcome decides.")
