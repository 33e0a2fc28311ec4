"""What every event has, and the choices that events declare. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Source(StrEnum):
    """Where a payment came from, or what its payer said it is for."""

    BORROWER = "borrower"
    COLLATERAL = "collateral"
    # The payer asked that it shorten the term instead of paying the coming instalment.
    PREPAYMENT = "prepayment"


class Treatment(StrEnum):
    """What becomes of amounts that an act lets the borrower not pay now.

    ``CAPITALISED``: they join the principal and bear interest from then on.
    ``DEFERRED``: they fall due later, whole, and bear nothing until then.
    """

    CAPITALISED = "capitalised"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an agreement on a value date.

    Attributes:
        key: Unique; says where the event came from.
        value_date: The day from which it counts.
    """

    key: str
    value_date: date
