"""In which order a payment pays the components of a due, by mode and by kind. Pure.

A mode's order is in its frozen terms. Some kinds of payment have an order of their own,
which law or practice gives whatever the mode; the table names where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from longtail.servicing.events import Source
from longtail.servicing.rules import Status
from longtail.terms.primitives import Component
from longtail.terms.resolve import ResolvedTerms


class PaymentKind(StrEnum):
    """What a payment is, as far as the order of its use goes."""

    REGULAR = "regular"
    PREPAYMENT = "prepayment"
    COLLATERAL = "collateral"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of components; ``None`` is the mode's. ``source`` says why."""

    components: tuple[Component, ...] | None
    source: str


ORDERS = {
    PaymentKind.REGULAR: Order(None, "the agreement"),
    PaymentKind.PREPAYMENT: Order(
        None, "the agreement; Directive 2008/48/EC, Art. 16(1) (right to prepay)"
    ),
    PaymentKind.COLLATERAL: Order(
        (Component.FEE, Component.INTEREST, Component.PENALTY, Component.PRINCIPAL),
        "Civil Code of the People's Republic of China, Art. 561",
    ),
    PaymentKind.RECOVERY: Order(
        (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY, Component.FEE),
        "cost recovery method: FFIEC 031 instructions, glossary, nonaccrual status",
    ),
}


def kind_of(status: Status, source: Source) -> PaymentKind:
    """Return what a payment is: where it came from, and what it came after.

    Args:
        status: Where the agreement stands when it arrives.
        source: Where it came from.
    """
    if source is Source.COLLATERAL:
        return PaymentKind.COLLATERAL
    if status is Status.WRITTEN_OFF:
        return PaymentKind.RECOVERY
    return PaymentKind.PREPAYMENT if source is Source.PREPAYMENT else PaymentKind.REGULAR


def order_for(
    terms: ResolvedTerms, status: Status, source: Source
) -> tuple[Component, ...]:
    """Return the order in which a payment pays the components of each due.

    Every component is in it: those that a mode does not name come last, so that no due
    can stay unpaid while money is left.
    """
    wanted = ORDERS[kind_of(status, source)].components or terms.allocation
    if len(wanted) == len(Component):
        return wanted
    return (*wanted, *(c for c in Component if c not in wanted))
