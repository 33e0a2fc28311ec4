"""Which money moves for an event: what the holders are owed, as far as it has come in.

Money that a correction takes back from a holder is never asked back: it is netted
against what the holder is given next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from longtail.ledger import chart, posting
from longtail.servicing.events import Event, GuaranteePayment
from longtail.servicing.state import State
from longtail.values.money import Money, split

# Not a party: money that a payer's bank took back from the custodian's account. What it
# took is taken out of what comes in later, so no client's account ever falls below zero.
NETTED = "custodian"


def payable(state: State, paid: Mapping[str, int], refund_minor: int) -> dict[str, int]:
    """Return the money to move now, by party: all that is owed, or as far as it goes.

    What a payer's bank took back comes first, under ``NETTED``.

    Args:
        state: Where the agreement stands.
        paid: Money moved to each party so far; negative for a guarantor's.
        refund_minor: What refunds on their way will take.
    """
    in_hand = in_hand_minor(state, paid, refund_minor)
    if in_hand <= 0:
        return {}
    already = paid.get(NETTED, 0)
    netted = min(state.charged_back_minor - already, in_hand)
    moved = {NETTED: netted} if netted > 0 else {}
    entitled = {h.party: h.cash_minor for h in state.holders}
    owed = {p: cash - paid.get(p, 0) for p, cash in entitled.items()}
    creditors = {p: cash for p, cash in owed.items() if cash > 0}
    due = sum(entitled.values()) - sum(paid.values()) + already
    pot = min(due, in_hand - netted, sum(creditors.values()))
    if pot > 0:
        parts = split(pot, list(creditors.values()))
        moved |= {p: part for p, part in zip(creditors, parts, strict=True) if part}
    return moved


def in_hand_minor(state: State, paid: Mapping[str, int], refund_minor: int) -> int:
    """Return what is on the collection account and not on its way back to a payer."""
    gone = state.refunded_minor + state.returned_minor + refund_minor
    return state.received_minor - gone - sum(paid.values())


def entry_for(
    agreement_code: str,
    currency: str,
    event: Event,
    moved: Mapping[str, int],
    *,
    at: datetime,
) -> posting.Entry | None:
    """Return the journal of the money that moves for an event, if any does."""
    collection = chart.collection(agreement_code, currency).code
    moves = [
        posting.Move(
            debit=collection,
            credit=_destination(party, currency),
            amount=Money(cash, currency),
        )
        for party, cash in moved.items()
    ]
    if isinstance(event, GuaranteePayment):
        wallet = chart.wallet(event.guarantor, currency).code
        paid = Money(event.amount_minor, currency)
        moves.insert(0, posting.Move(debit=wallet, credit=collection, amount=paid))
    if not moves:
        return None
    return posting.Entry(
        key=f"distribution:{event.key}",
        kind="distribution",
        effective_at=at,
        moves=tuple(moves),
    )


def _destination(party: str, currency: str) -> str:
    if party == NETTED:
        return chart.custodian_cash(currency).code
    return chart.wallet(party, currency).code
