"""Payments that their payer's bank took back, and fees: new dues of their own. Pure."""

from __future__ import annotations

from longtail.servicing.claims import credit
from longtail.servicing.dues import coming_instalment, split_period
from longtail.servicing.events import Chargeback, FeeCharged
from longtail.servicing.plan import recast, rest_of, with_last
from longtail.servicing.rules import CLAIMABLE, MICRO, Status
from longtail.servicing.state import Open, State
from longtail.servicing.waterfall import Receipt, note_clear
from longtail.terms.resolve import ResolvedTerms


def charge_fee(state: State, event: FeeCharged) -> None:
    """Make a fee due, on an agreement of which something is owed."""
    if state.status not in (Status.ACTIVE, *CLAIMABLE):
        return
    day = event.value_date
    state.open.append(
        Open(0, day, 0, 0, 0, 0, day, event.amount_minor, event.key, event.payee)
    )


def charge_back(
    terms: ResolvedTerms, state: State, event: Chargeback, receipt: Receipt | None
) -> None:
    """Make owed again what a payment had paid, from this day on.

    What it had paid of dues is due today; late interest runs from here. What it had paid
    ahead of a date still to come is not paid ahead any more, and principal that it had
    prepaid comes back at the end of the term. Where no instalment is to come, as after a
    settlement or in default, all of it is due today.

    Args:
        terms: The agreement's frozen terms.
        state: The agreement, brought to the day.
        event: The chargeback.
        receipt: What the payment paid; nothing if it was reversed, and then nothing is
            owed again: only the money has gone.
    """
    state.charged_back_minor += event.amount_minor
    if receipt is None:
        return
    state.unapplied_minor -= receipt.unapplied
    credit(state, receipt.shares, -1)
    _reopen(state)
    if state.status in CLAIMABLE:
        applied = event.amount_minor - receipt.unapplied
        state.recovered_minor = max(state.recovered_minor - applied, 0)
    not_due = _put_back(terms, state, event, receipt)
    again = Open(
        0,
        event.value_date,
        receipt.interest - not_due[0],
        receipt.principal - not_due[1],
        receipt.penalty * MICRO,
        0,
        event.value_date,
        cause=event.key,
    )
    if again.unpaid_minor:
        state.open.append(again)
    for cause, payee, amount in receipt.fees:
        day = event.value_date
        fee = Open(0, day, 0, 0, 0, 0, day, amount, f"{event.key}:{cause}", payee)
        state.open.append(fee)
    if state.status is Status.DEFAULTED:
        note_clear(state, event.value_date)


def _reopen(state: State) -> None:
    """Open a closed agreement again; it stands where it stood before it was repaid."""
    if state.status is Status.REPAID:
        state.status = Status.DEFAULTED if state.defaulted_date else Status.ACTIVE
        state.closed_date = None


def _put_back(
    terms: ResolvedTerms, state: State, event: Chargeback, receipt: Receipt
) -> tuple[int, int]:
    """Take back what was paid before its date; return that interest and principal."""
    coming = coming_instalment(terms, state)
    if state.status is not Status.ACTIVE or coming is None:
        return 0, 0
    interest = principal = 0
    if coming.number == receipt.number:
        interest = min(receipt.ahead_interest, state.ahead_interest_minor)
        principal = min(receipt.ahead_principal, state.ahead_principal_minor)
        state.ahead_interest_minor -= interest
        state.ahead_principal_minor -= principal
    if receipt.prepaid:
        split_period(terms, state, event.value_date)
        rows = with_last(rest_of(terms, state), receipt.prepaid)
        state.bearing_minor += receipt.prepaid
        recast(terms, state, rows)
    return interest, principal + receipt.prepaid
