"""What a payment pays. Pure.

In this order:

1. what is due: the oldest instalment first, in it the components in the order of the
   terms (late interest, interest, principal in the standard order);
2. the whole rest of the debt, if it is enough: principal and the interest earned to the
   day;
3. the coming instalment, ahead of its date and without a rebate;
4. principal ahead of time, taken off the last instalments: the term shortens, and from
   that day interest runs on what is left;
5. what is more than the debt is nobody's due and is refunded (``unapplied_minor``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from longtail.kernels.cashflows.allocation import allocate
from longtail.servicing.claims import distribute
from longtail.servicing.dues import (
    coming_instalment,
    earned_micro,
    earned_minor,
    without_future,
)
from longtail.servicing.events import Payment
from longtail.servicing.rules import CLAIMABLE, Entitlement, Open, State, Status
from longtail.terms.primitives import Component
from longtail.terms.resolve import Instalment, ResolvedTerms


@dataclass(slots=True)
class _Paying:
    """A payment on its way down the waterfall."""

    left: int
    paid: dict[Component, int]

    def take(self, component: Component, due_minor: int) -> int:
        """Pay one due as far as the money goes, and return how much."""
        part = min(self.left, due_minor)
        self.left -= part
        self.paid[component] += part
        return part


def receive(
    terms: ResolvedTerms, state: State, event: Payment
) -> tuple[State, tuple[Entitlement, ...]]:
    """Return the state after a payment, and what each holder is given of it.

    Args:
        terms: The agreement's frozen terms.
        state: The agreement, brought to the payment's value date.
        event: The payment.
    """
    paying = _Paying(event.amount_minor, dict.fromkeys(Component, 0))
    after = state
    if state.open:
        after = _pay_due(terms, after, paying)
    if paying.left and (coming := coming_instalment(terms, after)):
        after = _pay_early(terms, after, coming, event.value_date, paying)
    applied = event.amount_minor - paying.left
    after = replace(
        after,
        received_minor=after.received_minor + event.amount_minor,
        unapplied_minor=after.unapplied_minor + paying.left,
        recovered_minor=after.recovered_minor
        + (applied if state.status in CLAIMABLE else 0),
    )
    return distribute(_closed(after, event.value_date), paying.paid)


def _pay_due(terms: ResolvedTerms, state: State, paying: _Paying) -> State:
    still_open = []
    for unpaid in state.open:
        if paying.left:
            unpaid = _pay_one(terms, unpaid, paying)
        if unpaid.unpaid_minor:
            still_open.append(unpaid)
    return replace(state, open=tuple(still_open))


def _pay_one(terms: ResolvedTerms, unpaid: Open, paying: _Paying) -> Open:
    owed = {
        Component.PENALTY: unpaid.penalty_minor,
        Component.INTEREST: unpaid.interest_minor,
        Component.PRINCIPAL: unpaid.principal_minor,
    }
    row = [owed.get(component, 0) for component in terms.allocation]
    paid = dict(
        zip(terms.allocation, allocate(paying.left, [row]).paid_minor[0], strict=True)
    )
    for component, part in paid.items():
        paying.take(component, part)
    return replace(
        unpaid,
        interest_minor=unpaid.interest_minor - paid[Component.INTEREST],
        principal_minor=unpaid.principal_minor - paid[Component.PRINCIPAL],
        late_paid_minor=unpaid.late_paid_minor + paid[Component.PENALTY],
    )


def _pay_early(
    terms: ResolvedTerms, state: State, coming: Instalment, on: date, paying: _Paying
) -> State:
    earned = max(earned_minor(state, coming, on) - state.ahead_interest_minor, 0)
    rest = state.bearing_minor - state.ahead_principal_minor
    if paying.left >= earned + rest:
        paying.take(Component.INTEREST, earned)
        paying.take(Component.PRINCIPAL, rest)
        return without_future(state)
    if coming.principal_minor >= state.bearing_minor:
        # The last instalment: there is nothing behind it to prepay, so it is prepaid
        # itself and interest falls at once.
        ahead = state.ahead_interest_minor + paying.take(Component.INTEREST, earned)
        state = replace(state, ahead_interest_minor=ahead)
        return _prepay(state, coming, on, paying)
    state = _pay_ahead(terms, state, coming, paying)
    return _prepay(state, coming, on, paying) if paying.left else state


def _pay_ahead(
    terms: ResolvedTerms, state: State, coming: Instalment, paying: _Paying
) -> State:
    interest = state.ahead_interest_minor
    principal = state.ahead_principal_minor
    for component in terms.allocation:
        if component is Component.INTEREST:
            full = earned_minor(state, coming, coming.due_date)
            interest += paying.take(component, max(full - interest, 0))
        elif component is Component.PRINCIPAL:
            principal += paying.take(component, coming.principal_minor - principal)
    return replace(state, ahead_interest_minor=interest, ahead_principal_minor=principal)


def _prepay(state: State, coming: Instalment, on: date, paying: _Paying) -> State:
    if not paying.left:
        return state
    assert state.interest_to is not None
    after = replace(
        state,
        interest_micro=earned_micro(state, coming, on),
        interest_to=max(on, state.interest_to),
    )
    part = paying.take(Component.PRINCIPAL, paying.left)
    return replace(after, bearing_minor=after.bearing_minor - part)


def _closed(state: State, on: date) -> State:
    is_running = state.status in (Status.ACTIVE, Status.DEFAULTED)
    if is_running and not state.open and not state.bearing_minor:
        return replace(state, status=Status.REPAID, closed_date=on)
    return state
