"""What time does to an agreement: instalments fall due, and late interest accrues. Pure.

Overdue principal bears late interest instead of interest. Sign convention: see ``rules``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from longtail.kernels.cashflows.daycount import DENOMINATOR, fraction_numerator
from longtail.servicing.rules import MICRO, Due, Open, State, Status
from longtail.terms.resolve import Instalment, ResolvedTerms


def advance(terms: ResolvedTerms, state: State, on: date) -> tuple[State, tuple[Due, ...]]:
    """Bring a state to a later day on which nothing happens.

    Nothing here is an event: looking at a state on any days in between changes no cent.

    Args:
        terms: The agreement's frozen terms.
        state: The state after its last event.
        on: A day not before that event.

    Returns:
        The state with everything due by that day, and the instalments that fell due.
    """
    if state.status is not Status.ACTIVE:
        return state, ()
    dues = []
    while (coming := coming_instalment(terms, state)) and coming.due_date <= on:
        state, due = _fall_due(state, coming)
        dues.append(due)
    if any(o.accrued_to < on for o in state.open):
        state = replace(state, open=tuple(_accrue(terms, o, on) for o in state.open))
    return state, tuple(dues)


def coming_instalment(terms: ResolvedTerms, state: State) -> Instalment | None:
    """Return the next instalment that will fall due, as scheduled, if any is left."""
    if not state.bearing_minor or state.next_index >= len(terms.instalments):
        return None
    return terms.instalments[state.next_index]


def coming_dues(terms: ResolvedTerms, state: State) -> Iterator[Due]:
    """Yield what is still to fall due if nothing more is prepaid."""
    while coming := coming_instalment(terms, state):
        state, due = _fall_due(state, coming)
        yield due


def _fall_due(state: State, coming: Instalment) -> tuple[State, Due]:
    interest = max(earned_minor(state, coming, coming.due_date), state.ahead_interest_minor)
    principal = min(coming.principal_minor, state.bearing_minor)
    unpaid = Open(
        coming.number,
        coming.due_date,
        interest - state.ahead_interest_minor,
        principal - state.ahead_principal_minor,
        0,
        0,
        coming.due_date,
    )
    after = replace(
        state,
        next_index=state.next_index + 1,
        period_start=coming.due_date,
        interest_to=coming.due_date,
        interest_micro=0,
        scheduled_minor=state.scheduled_minor - coming.principal_minor,
        bearing_minor=state.bearing_minor - principal,
        ahead_interest_minor=0,
        ahead_principal_minor=0,
        open=(*state.open, unpaid) if unpaid.unpaid_minor else state.open,
    )
    return after, Due(coming.number, coming.due_date, interest, principal)


def earned_micro(state: State, coming: Instalment, on: date) -> int:
    """Return what the running period earned up to a day, in millionths.

    The period's scheduled interest, in proportion to days and to the principal that is
    left: on schedule this is the scheduled interest itself, to the cent.
    """
    assert state.period_start is not None
    assert state.interest_to is not None
    days = max((on - state.interest_to).days, 0)
    period_days = max((coming.due_date - state.period_start).days, 1)
    return state.interest_micro + (
        coming.interest_minor * MICRO * state.bearing_minor * days
    ) // (state.scheduled_minor * period_days)


def earned_minor(state: State, coming: Instalment, on: date) -> int:
    """Return what the running period earned up to a day, rounded half up."""
    return (earned_micro(state, coming, on) + MICRO // 2) // MICRO


def _accrue(terms: ResolvedTerms, unpaid: Open, on: date) -> Open:
    if on <= unpaid.accrued_to:
        return unpaid
    part = fraction_numerator(unpaid.accrued_to, on, terms.day_count)
    late = unpaid.principal_minor * terms.late_rate_bps * part * (MICRO // 10_000)
    return replace(
        unpaid,
        late_micro=unpaid.late_micro + late // DENOMINATOR[terms.day_count],
        accrued_to=on,
    )


def without_future(state: State) -> State:
    """Return the state with nothing left to fall due."""
    return replace(
        state,
        scheduled_minor=0,
        bearing_minor=0,
        ahead_interest_minor=0,
        ahead_principal_minor=0,
        interest_micro=0,
    )


def unpaid_from(terms: ResolvedTerms, state: State) -> date | None:
    """Return the due date of the oldest instalment not paid in full, past or coming.

    Days past due on any later day are counted from it, so a day's end need not touch the
    agreement. Nothing when nothing is owed any more.
    """
    if state.open:
        return state.open[0].due_date
    interest, principal = state.ahead_interest_minor, state.ahead_principal_minor
    for due in coming_dues(terms, state):
        if interest < due.interest_minor or principal < due.principal_minor:
            return due.due_date
        # Only the first coming instalment can have been paid ahead.
        interest = principal = 0
    return None


def days_past_due(terms: ResolvedTerms, state: State, on: date) -> int:
    """Return how many days the oldest unpaid instalment has been due; 0 if none is."""
    oldest = unpaid_from(terms, state)
    return max((on - oldest).days, 0) if oldest else 0
