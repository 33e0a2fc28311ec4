"""What a payment pays. Pure.

In this order:

1. what is due: the oldest first, in it the components in the order that ``orders`` has for
   this kind of payment;
2. the whole rest of the debt, if it is enough: principal, the interest earned to the day,
   and what was deferred;
3. the coming instalment, ahead of its date and without a rebate, unless the payer said
   that the payment is a prepayment;
4. principal ahead of time, taken off the last instalments: the term shortens, and from
   that day interest runs on what is left;
5. what was deferred, ahead of its date;
6. what is more than the debt is nobody's due and is refunded (``unapplied_minor``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longtail.servicing.claims import Paid, distribute
from longtail.servicing.dues import (
    coming_instalment,
    earned_minor,
    interest_due_minor,
    split_period,
    without_future,
)
from longtail.servicing.events import Payment, Source
from longtail.servicing.orders import order_for
from longtail.servicing.rules import CLAIMABLE, Status
from longtail.servicing.state import Open, State
from longtail.terms.primitives import Component
from longtail.terms.resolve import Instalment, ResolvedTerms


@dataclass(slots=True)
class Receipt(Paid):
    """A payment on its way down the waterfall; what it paid stays on record in it.

    ``ahead_*`` is the part that paid instalment ``number`` ahead of its date,
    ``prepaid`` the part that was taken off the last ones. Both are in the totals too.
    """

    left: int = 0
    number: int = 0
    ahead_interest: int = 0
    ahead_principal: int = 0
    prepaid: int = 0
    unapplied: int = 0

    def take(self, due_minor: int) -> int:
        """Use the money for a due as far as it goes, and return how much."""
        part = self.left if self.left < due_minor else due_minor
        self.left -= part
        return part


def receive(terms: ResolvedTerms, state: State, event: Payment) -> Receipt:
    """Take a payment into a working copy.

    Args:
        terms: The agreement's frozen terms.
        state: The agreement, brought to the payment's value date; changed in place.
        event: The payment.

    Returns:
        What it paid.
    """
    receipt = Receipt(left=event.amount_minor)
    order = order_for(terms, state.status, event.source)
    if state.open:
        _pay_open(state.open, order, receipt)
        state.open = [o for o in state.open if o.unpaid_minor]
    if receipt.left and (coming := coming_instalment(terms, state)):
        _pay_early(terms, state, coming, event, receipt)
    if receipt.left and state.deferred:
        _pay_open(state.deferred, order, receipt)
        state.deferred = [o for o in state.deferred if o.unpaid_minor]
    state.received_minor += event.amount_minor
    state.unapplied_minor += receipt.left
    receipt.unapplied = receipt.left
    if state.status in CLAIMABLE:
        state.recovered_minor += event.amount_minor - receipt.left
        note_clear(state, event.value_date)
    distribute(state, receipt)
    close_if_paid(state, event.value_date)
    return receipt


def _pay_open(dues: list[Open], order: tuple[Component, ...], receipt: Receipt) -> None:
    for unpaid in dues:
        if not receipt.left:
            break
        for component in order:
            _pay_component(unpaid, component, receipt)


def _pay_component(unpaid: Open, component: Component, receipt: Receipt) -> None:
    match component:
        case Component.INTEREST:
            part = receipt.take(unpaid.interest_minor)
            unpaid.interest_minor -= part
            receipt.interest += part
        case Component.PRINCIPAL:
            part = receipt.take(unpaid.principal_minor)
            unpaid.principal_minor -= part
            receipt.principal += part
        case Component.PENALTY:
            part = receipt.take(unpaid.penalty_minor)
            unpaid.late_paid_minor += part
            receipt.penalty += part
        case Component.FEE:
            if part := receipt.take(unpaid.fee_minor):
                unpaid.fee_minor -= part
                receipt.fees.append((unpaid.cause, unpaid.payee, part))


def _pay_early(
    terms: ResolvedTerms, state: State, coming: Instalment, event: Payment, receipt: Receipt
) -> None:
    on = event.value_date
    earned = max(earned_minor(state, coming, on) - state.ahead_interest_minor, 0)
    rest = state.bearing_minor - state.ahead_principal_minor
    if receipt.left >= earned + rest:
        receipt.interest += receipt.take(earned)
        receipt.principal += receipt.take(rest)
        without_future(state)
        return
    is_last = coming.principal_minor >= state.bearing_minor
    if is_last and not state.skips:
        # There is nothing behind the last instalment to prepay, so it is prepaid itself
        # and interest falls at once.
        _ahead(state, receipt, coming.number, interest=earned)
    elif event.source is not Source.PREPAYMENT and not state.skips:
        _pay_ahead(terms, state, coming, receipt)
    if receipt.left:
        _prepay(terms, state, on, receipt)


def _pay_ahead(
    terms: ResolvedTerms, state: State, coming: Instalment, receipt: Receipt
) -> None:
    for component in terms.allocation:
        if component is Component.INTEREST:
            full = interest_due_minor(terms, state, coming)
            left = max(full - state.ahead_interest_minor, 0)
            _ahead(state, receipt, coming.number, interest=left)
        elif component is Component.PRINCIPAL:
            left = coming.principal_minor - state.ahead_principal_minor
            _ahead(state, receipt, coming.number, principal=left)


def _ahead(
    state: State, receipt: Receipt, number: int, *, interest: int = 0, principal: int = 0
) -> None:
    i, p = receipt.take(interest), receipt.take(principal)
    state.ahead_interest_minor += i
    state.ahead_principal_minor += p
    receipt.number = number
    receipt.ahead_interest += i
    receipt.ahead_principal += p
    receipt.interest += i
    receipt.principal += p


def _prepay(terms: ResolvedTerms, state: State, on: date, receipt: Receipt) -> None:
    split_period(terms, state, on)
    part = receipt.take(state.bearing_minor - state.ahead_principal_minor)
    state.bearing_minor -= part
    receipt.prepaid += part
    receipt.principal += part


def note_clear(state: State, on: date) -> None:
    """Note since when nothing is due in default but what the default itself called."""
    is_clear = all(o.is_called for o in state.open)
    if not is_clear:
        state.clear_date = None
    elif state.clear_date is None:
        state.clear_date = on


def close_if_paid(state: State, on: date) -> None:
    """Close an agreement of which nothing is owed any more."""
    is_running = state.status in (Status.ACTIVE, Status.DEFAULTED)
    if is_running and not (state.open or state.bearing_minor or state.deferred):
        state.status = Status.REPAID
        state.closed_date = on
