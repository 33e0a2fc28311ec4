"""Pure funding rules: no database, no clock.

Amounts are minor units of the book's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from longtail.terms.primitives import Closing, Funding, SingleFunder, Subscription
from longtail.values.money import Money
from longtail.values.refusal import Refusal

# A bank answers a demand within a month or it goes elsewhere.
SINGLE_FUNDER_WINDOW_DAYS = 30


class Outcome(StrEnum):
    """How a book ended for those who committed."""

    FUNDED = "funded"
    FAILED = "failed"


class BookState(StrEnum):
    """Where a book stands; only an open one takes commitments."""

    OPEN = "open"
    FROZEN = "frozen"
    FUNDED = "funded"
    FAILED = "failed"
    VOIDED = "voided"


class CommitmentState(StrEnum):
    """Where a commitment's money is: held, taken by the deal, or back in the wallet."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


LIVE_BOOKS = (BookState.OPEN, BookState.FROZEN)


class CommitmentRefused(Refusal):
    """The commitment does not fit the book; nothing was held."""


class BookFull(CommitmentRefused):
    """Nothing is left to fund."""


class ExceedsRemainder(CommitmentRefused):
    """The amount is more than what is left, and the funder takes no part of it.

    Attributes:
        remainder_minor: What is left.
    """

    def __init__(self, message: str, *, remainder_minor: int) -> None:
        self.remainder_minor = remainder_minor
        super().__init__(message)


class WrongTicket(CommitmentRefused):
    """The amount is not one that this book takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a book asks for and how far it has come.

    Attributes:
        rule: The mode's funding rule.
        target_minor: Amount asked, positive.
        raised_minor: Sum of live commitments, 0 to ``target_minor``.
        currency: ISO 4217 code.
    """

    rule: Funding
    target_minor: int
    raised_minor: int
    currency: str

    @property
    def remainder_minor(self) -> int:
        """What is left to raise."""
        return self.target_minor - self.raised_minor

    @property
    def is_full(self) -> bool:
        """Whether nothing is left to raise."""
        return self.raised_minor >= self.target_minor


def outcome(rule: Funding, *, raised_minor: int, target_minor: int) -> Outcome:
    """Decide a closed book.

    Args:
        rule: The mode's funding rule.
        raised_minor: Sum of live commitments.
        target_minor: Amount asked.

    Returns:
        Funded when the rule is met, else failed.
    """
    needs_all = isinstance(rule, SingleFunder) or rule.closing is Closing.ALL_OR_NOTHING
    enough = raised_minor >= target_minor if needs_all else raised_minor > 0
    return Outcome.FUNDED if enough else Outcome.FAILED


def closes_at(rule: Funding, *, opens_at: datetime) -> datetime:
    """Return when a book's window ends.

    Args:
        rule: The mode's funding rule.
        opens_at: When the book opens.
    """
    days = SINGLE_FUNDER_WINDOW_DAYS if isinstance(rule, SingleFunder) else rule.window_days
    return opens_at + timedelta(days=days)


def is_due(room: Room, *, window_ends_at: datetime, at: datetime) -> bool:
    """Return whether a book is to be closed: it is full or its window is over."""
    return room.is_full or at >= window_ends_at


def accepted_minor(room: Room, *, amount_minor: int, accepts_part: bool) -> int:
    """Return how much of a commitment the book takes.

    Never more than the remainder. The last commitment may fill a remainder that is not
    a whole number of tickets.

    Args:
        room: The book as it stands.
        amount_minor: What the funder commits.
        accepts_part: Whether the funder will be filled to the remainder when that is less.

    Returns:
        ``amount_minor``, or the remainder when it is less and a part is accepted.

    Raises:
        BookFull: If nothing is left.
        ExceedsRemainder: If the amount is more than what is left and no part is accepted.
        WrongTicket: If the amount is not positive, not the whole where one funder takes
            all, or not a whole number of tickets.
    """
    if amount_minor <= 0:
        raise WrongTicket("The amount must be more than zero. State what you commit.")
    if room.is_full:
        raise BookFull(
            f"The book is full: {_money(room, room.target_minor)} is committed. "
            "Look at other demands that fit your mandate."
        )
    if amount_minor <= room.remainder_minor:
        _check_ticket(room, amount_minor)
        return amount_minor
    if not accepts_part:
        raise ExceedsRemainder(
            f"{_money(room, amount_minor)} is more than the "
            f"{_money(room, room.remainder_minor)} that is left. "
            "Commit the remainder, or accept to be filled in part.",
            remainder_minor=room.remainder_minor,
        )
    return room.remainder_minor


def _check_ticket(room: Room, amount_minor: int) -> None:
    match room.rule:
        case SingleFunder():
            if amount_minor != room.target_minor:
                raise WrongTicket(
                    f"One funder takes the whole of this demand. Commit exactly "
                    f"{_money(room, room.target_minor)}."
                )
        case Subscription(ticket_minor=ticket):
            if amount_minor % ticket and amount_minor != room.remainder_minor:
                raise WrongTicket(
                    f"Commitments are whole tickets of {_money(room, ticket)}. "
                    f"Commit a multiple of it, or the whole remainder of "
                    f"{_money(room, room.remainder_minor)}."
                )


def _money(room: Room, minor: int) -> str:
    return str(Money(minor, room.currency))
