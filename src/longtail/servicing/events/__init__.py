"""What can happen to an agreement, and in which order it counts. Pure."""

from __future__ import annotations

from datetime import date

from longtail.servicing.events.base import Event, Source, Treatment
from longtail.servicing.events.claim import (
    Cured,
    DefaultDeclared,
    PartialWriteOff,
    WriteOff,
)
from longtail.servicing.events.money import (
    Chargeback,
    Drawdown,
    FeeCharged,
    GuaranteePayment,
    Payment,
    Refund,
    Reversal,
)
from longtail.servicing.events.terms import (
    Moratorium,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Restructured,
)

__all__ = [
    "KINDS",
    "KIND_OF",
    "RANKS",
    "Chargeback",
    "Cured",
    "DefaultDeclared",
    "Drawdown",
    "Event",
    "FeeCharged",
    "GuaranteePayment",
    "Moratorium",
    "PartialWriteOff",
    "Payment",
    "PaymentHoliday",
    "RateChanged",
    "ReAged",
    "ReAmortised",
    "Refund",
    "Restructured",
    "Reversal",
    "Source",
    "Treatment",
    "WriteOff",
    "order",
]

KINDS: dict[str, type[Event]] = {
    "drawdown": Drawdown,
    "moratorium": Moratorium,
    "fee": FeeCharged,
    "payment": Payment,
    "chargeback": Chargeback,
    "rate-change": RateChanged,
    "holiday": PaymentHoliday,
    "re-ageing": ReAged,
    "re-amortisation": ReAmortised,
    "default": DefaultDeclared,
    "guarantee": GuaranteePayment,
    "restructuring": Restructured,
    "cure": Cured,
    "partial-write-off": PartialWriteOff,
    "write-off": WriteOff,
    "refund": Refund,
    "reversal": Reversal,
}
KIND_OF = {kind: name for name, kind in KINDS.items()}
# The order of events of one day is that of the table above. A payment on the day of
# default still counts before it and pays the day's fees, and a change of terms finds the
# day's payments made.
RANKS: dict[type[Event], int] = {kind: n for n, kind in enumerate(KINDS.values())}


def order(event: Event) -> tuple[date, int, str]:
    """Return an event's place in history: value date, rank in the day, key.

    It depends on the event alone and not on when it arrived, so history has one order.
    """
    return event.value_date, RANKS[type(event)], event.key
