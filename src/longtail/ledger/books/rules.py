"""What the books may be asked, how a closing is digested, and how they refuse. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from longtail.values.refusal import Refusal

Totals = tuple[int, int, int, int]
NOTHING: Totals = (0, 0, 0, 0)
# The totals' names in the order of ``Totals``.
TOTALS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


class PeriodNotOver(Refusal):
    """The period has not ended yet; business still goes on in it."""


class PeriodAlreadyClosed(Refusal):
    """The period, or a later one, was closed before."""


class OnePersonAlone(Refusal):
    """Two different people close a period."""


class BooksDisagree(Refusal):
    """The books contradict themselves; nothing is closed or published on them."""


class NoSuchClaim(Refusal):
    """There is no published claim of this account on this day."""


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer as an account's owner reads it, with the balance after it.

    Attributes:
        id: Transfer id.
        journal_key: The business event.
        kind: What happened, such as ``book-close``.
        effective_at: When it counts.
        recorded_at: When the ledger came to know.
        phase: ``SINGLE``, ``PENDING`` (held), ``POST`` or ``VOID`` (released).
        counterparty_code: The other account.
        amount_minor: The transfer's own amount, positive.
        change_minor: What it did to the balance, towards the owner positive; 0 for a
            hold or a release.
        held_change_minor: What it did to what is held out of the balance.
        balance_minor: The balance after it.
        held_minor: What is held after it.
        value_date: The bank's value date, where the bank moved the money.
    """

    id: int
    journal_key: str
    kind: str
    effective_at: datetime
    recorded_at: datetime
    phase: str
    counterparty_code: str
    amount_minor: int
    change_minor: int
    held_change_minor: int
    balance_minor: int
    held_minor: int
    value_date: date | None = None


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account in a trial balance, minor units.

    Attributes:
        account_code: The account.
        currency: ISO 4217 code.
        totals: Debits pending, posted, credits pending, posted.
    """

    account_code: str
    currency: str
    totals: Totals

    @property
    def kind(self) -> str:
        """What kind of account it is, such as ``wallet``."""
        return self.account_code.partition(":")[0]

    @property
    def debits_minor(self) -> int:
        """All that was debited."""
        return self.totals[1]

    @property
    def credits_minor(self) -> int:
        """All that was credited."""
        return self.totals[3]

    @property
    def balance_minor(self) -> int:
        """Credits less debits: what the platform owes; negative is what it has."""
        return self.totals[3] - self.totals[1]


def day_end(on: date) -> datetime:
    """Return the first moment after a business day, UTC."""
    return datetime.combine(on + timedelta(days=1), time.min, UTC)


def day_start(on: date) -> datetime:
    """Return the first moment of a business day, UTC."""
    return datetime.combine(on, time.min, UTC)


def closing_digest(previous: str, rows: Iterable[tuple[str, Totals]]) -> str:
    """Return the SHA-256 that binds a closing to the one before it, in hexadecimal.

    Args:
        previous: The previous closing's digest; empty for the first.
        rows: (account code, totals), ascending by code in byte order.
    """
    said = hashlib.sha256(previous.encode())
    for code, totals in rows:
        said.update(
            f"\n{code}\t{totals[0]}\t{totals[1]}\t{totals[2]}\t{totals[3]}".encode()
        )
    return said.hexdigest()
