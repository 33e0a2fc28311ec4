"""What can happen to an agreement, and in which order it counts. Pure.

An event's ``key`` is unique and says where it came from; amounts are in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Source(StrEnum):
    """Who or what a payment came from."""

    BORROWER = "borrower"
    COLLATERAL = "collateral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an agreement on a value date."""

    key: str
    value_date: date


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
class DefaultDeclared(Event):
    """The agreement is in default: everything falls due, and interest stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteePayment(Event):
    """A guarantor paid the holders for a part of the claim and takes that part over."""

    amount_minor: int
    guarantor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff(Event):
    """The holders book what is still owed as lost; the claim itself lives on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Event):
    """Money that was not owed went back to its payer."""

    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Event):
    """The event ``of`` did not count after all; its ``amount_minor`` is to be returned.

    Its value date is not before that event's.
    """

    of: str
    amount_minor: int = 0


# The order of events of one day. A payment on the day of default still counts before it.
RANKS: dict[type[Event], int] = {
    Drawdown: 0,
    Payment: 1,
    DefaultDeclared: 2,
    GuaranteePayment: 3,
    WriteOff: 4,
    Refund: 5,
    Reversal: 6,
}
KINDS: dict[str, type[Event]] = {
    "drawdown": Drawdown,
    "payment": Payment,
    "default": DefaultDeclared,
    "guarantee": GuaranteePayment,
    "write-off": WriteOff,
    "refund": Refund,
    "reversal": Reversal,
}
KIND_OF = {kind: name for name, kind in KINDS.items()}


def order(event: Event) -> tuple[date, int, str]:
    """Return an event's place in history: value date, rank in the day, key.

    It depends on the event alone and not on when it arrived, so history has one order.
    """
    return event.value_date, RANKS[type(event)], event.key
