"""What can be asked of the ledger, and how it refuses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import index

from longtail.values.money import MAX_MINOR, Money
from longtail.values.refusal import Refusal

MAX_KEY = 128
MAX_KIND = 32
# What PostgreSQL's text cannot hold, and what parts the texts of a batch.
FORBIDDEN = frozenset("\0\x1f")


class LedgerRefusal(Refusal):
    """The ledger would not post; nothing changed."""


class InsufficientFunds(LedgerRefusal):
    """A transfer would take an account past its limit."""


class AlreadyResolved(LedgerRefusal):
    """The hold was already posted or voided."""


class KeyReused(LedgerRefusal):
    """The journal key was used before for a different journal."""


class UnknownAccount(LedgerRefusal):
    """No account has this code."""


class UnknownHold(LedgerRefusal):
    """No held amount has this number."""


class HoldExceeded(LedgerRefusal):
    """More than was held would be posted."""


class CurrencyDiffers(LedgerRefusal):
    """A transfer and its accounts are not all in one currency."""


class AccountDiffers(LedgerRefusal):
    """The account exists already with another currency or limit."""


class PeriodClosed(LedgerRefusal):
    """The journal would count in a period that is closed."""


class InvalidEntry(LedgerRefusal):
    """The entry is not one that could ever be posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move an amount from ``debit`` to ``credit`` now, or hold it (``pending``).

    Attributes:
        debit: Code of the account that gives.
        credit: Code of the account that receives.
        amount: Positive, in the currency of both accounts.
        pending: Whether to hold the amount for a later :class:`Resolve`.
    """

    debit: str
    credit: str
    amount: Money
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    """Post or void a hold, once.

    Attributes:
        hold_id: The pending transfer.
        post: Whether to post it; otherwise it is voided.
        amount_minor: How much of it to post, minor units; the rest is released. None
            posts the whole.
    """

    hold_id: int
    post: bool
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A journal to post: linked moves, all or none.

    Attributes:
        key: Names the business event for ever; the same key never posts twice.
        kind: What happened, such as ``book-close``.
        effective_at: When it counts, timezone-aware.
        moves: What moves, in order.
    """

    key: str
    kind: str
    effective_at: datetime
    moves: tuple[Move | Resolve, ...]


def refuse_impossible(entry: Entry) -> None:
    """Refuse what could never be posted, whatever the books say.

    Raises:
        InvalidEntry: No key, an amount that is not positive or does not fit, or an amount
            from an account to itself.
    """
    if not 0 < len(entry.key) <= MAX_KEY or FORBIDDEN & set(entry.key):
        raise InvalidEntry(
            f"A journal key has 1 to {MAX_KEY} characters and no separators: {entry.key!r}."
        )
    assert 0 < len(entry.kind) <= MAX_KIND, entry.kind
    assert not FORBIDDEN & set(entry.kind), entry.kind
    assert entry.effective_at.tzinfo is not None, "effective_at needs a time zone"
    for move in entry.moves:
        amount = _amount(move)
        if amount is not None and not 0 < index(amount) <= MAX_MINOR:
            raise InvalidEntry(
                f"An amount must be positive and at most {MAX_MINOR} minor units, "
                f"not {amount}; journal {entry.key}."
            )
        if isinstance(move, Resolve):
            assert move.post or move.amount_minor is None, "a void releases the whole hold"
        elif move.debit == move.credit:
            raise InvalidEntry(f"An amount cannot move from {move.debit} to itself.")


def _amount(move: Move | Resolve) -> int | None:
    return move.amount_minor if isinstance(move, Resolve) else move.amount.minor
