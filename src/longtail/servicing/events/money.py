"""Events of money: paid out, paid in, taken back, given back. Pure.

Amounts are in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass

from longtail.servicing.events.base import Event, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown(Event):
    """The enterprise has the money; ``holdings`` are (party code, principal)."""

    holdings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Event):
    """Money that arrived for the agreement."""

    amount_minor: int
    source: Source = Source.BORROWER


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteePayment(Event):
    """A guarantor paid the holders for a part of the claim and takes that part over."""

    amount_minor: int
    guarantor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chargeback(Event):
    """The payer's bank took the payment ``of`` back after it had been distributed.

    The payment counts until this event's value date, which is not before its own; from
    then on what it had paid is owed again.
    """

    of: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Event):
    """Money that was not owed went back to its payer.

    ``of`` names the reversed payment that it returns; empty for what was paid beyond the
    debt.
    """

    amount_minor: int
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Event):
    """The event ``of`` did not count after all; its ``amount_minor`` is to be returned.

    Its value date is not before that event's.
    """

    of: str
    amount_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharged(Event):
    """A fee, due at once; the holders' unless it names another ``payee``.

    A fee bears no interest and no late interest, and no guarantee covers it.
    """

    amount_minor: int
    name: str
    payee: str = ""
