"""What time does to an agreement: instalments fall due, and late interest accrues. Pure.

Overdue principal bears late interest instead of interest. Sign convention: see ``state``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from longtail.kernels.cashflows.daycount import DENOMINATOR, fraction_numerator
from longtail.servicing.events import Treatment
from longtail.servicing.plan import recast, rest_of, scaled
from longtail.servicing.rules import MICRO, Status
from longtail.servicing.state import Due, Open, State
from longtail.terms.resolve import Instalment, ResolvedTerms
from longtail.values.money import split
from longtail.values.rounding import TO_THE_MINOR_UNIT, rounded

# Far more than the parts of a split period can lose, in millionths.
CUT = 100


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
    moved = state.copy()
    return moved, tuple(bring(terms, moved, on))


def bring(terms: ResolvedTerms, state: State, on: date) -> list[Due]:
    """Bring a working copy to a later day; return what fell due."""
    dues: list[Due] = []
    if state.status is not Status.ACTIVE:
        return dues
    while (coming := coming_instalment(terms, state)) and coming.due_date <= on:
        if state.skips:
            _skip(terms, state, coming)
        else:
            dues.append(_fall_due(terms, state, coming))
    if state.deferred:
        _end_deferral(state, on)
    accrue(terms, state, on)
    return dues


def coming_instalment(terms: ResolvedTerms, state: State) -> Instalment | None:
    """Return the next instalment that will fall due, as scheduled, if any is left."""
    if not state.bearing_minor:
        return None
    rows = terms.instalments if state.plan is None else state.plan
    return rows[state.next_index] if state.next_index < len(rows) else None


def coming_dues(terms: ResolvedTerms, state: State) -> Iterator[Due]:
    """Yield what is still to fall due if nothing more is prepaid."""
    state = state.copy()
    while coming := coming_instalment(terms, state):
        if state.skips:
            _skip(terms, state, coming)
        else:
            yield _with_deferred(state, _fall_due(terms, state, coming))
    for late in state.deferred:
        yield Due(late.number, late.due_date, late.interest_minor + late.penalty_minor, 0)


def _with_deferred(state: State, due: Due) -> Due:
    """Add what was deferred to the day of an instalment."""
    now = [o for o in state.deferred if o.due_date <= due.due_date]
    state.deferred = [o for o in state.deferred if o.due_date > due.due_date]
    more = sum(o.interest_minor + o.penalty_minor for o in now)
    if not more:
        return due
    return Due(due.number, due.due_date, due.interest_minor + more, due.principal_minor)


def _fall_due(terms: ResolvedTerms, state: State, coming: Instalment) -> Due:
    interest = max(interest_due_minor(terms, state, coming), state.ahead_interest_minor)
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
    if unpaid.interest_minor or unpaid.principal_minor:
        state.open.append(unpaid)
    state.next_index += 1
    state.scheduled_minor -= coming.principal_minor
    state.bearing_minor -= principal
    state.ahead_principal_minor = 0
    _begin_period(state, coming.due_date)
    return Due(coming.number, coming.due_date, interest, principal)


def _begin_period(state: State, on: date) -> None:
    state.period_start = state.interest_to = on
    state.is_broken = False
    state.interest_micro = state.ahead_interest_minor = 0


def _skip(terms: ResolvedTerms, state: State, coming: Instalment) -> None:
    """Let an instalment's day pass in a payment holiday; its interest waits or joins."""
    interest = max(interest_due_minor(terms, state, coming), 0)
    _, *rest = rest_of(terms, state)
    state.skips -= 1
    _begin_period(state, coming.due_date)
    if interest and state.treatment is Treatment.CAPITALISED:
        capitalise(state, interest)
    elif interest:
        resumes = rest[min(state.skips, len(rest) - 1)][1]
        state.deferred.append(Open(coming.number, resumes, interest, 0, 0, 0, resumes))
    recast(terms, state, scaled(terms, rest, state.bearing_minor))


def capitalise(state: State, amount_minor: int) -> None:
    """Add an amount to the principal; the holders are owed it by their weights."""
    state.bearing_minor += amount_minor
    parts = split(amount_minor, [h.units for h in state.holders])
    for holder, part in zip(state.holders, parts, strict=True):
        holder.position_minor += part


def _end_deferral(state: State, on: date) -> None:
    due = [o for o in state.deferred if o.due_date <= on]
    if due:
        state.deferred = [o for o in state.deferred if o.due_date > on]
        state.open = sorted([*state.open, *due], key=lambda o: o.due_date)


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


def interest_due_minor(terms: ResolvedTerms, state: State, coming: Instalment) -> int:
    """Return the interest of the running period on its due date, rounded as agreed.

    Each part of a split period was cut to a millionth; so that a rounding down loses no
    whole step by it, what is left of a ten-thousandth is rounded first.
    """
    micro = earned_micro(state, coming, coming.due_date)
    if micro < 0 or terms.rounding == TO_THE_MINOR_UNIT:
        return (micro + MICRO // 2) // MICRO
    return rounded((micro + CUT // 2) // CUT, MICRO // CUT, terms.rounding)


def split_period(terms: ResolvedTerms, state: State, on: date) -> None:
    """Keep what the running period earned, so that it goes on by another measure."""
    coming = coming_instalment(terms, state)
    if coming is None:
        return
    assert state.interest_to is not None
    state.interest_micro = earned_micro(state, coming, on)
    state.interest_to = max(on, state.interest_to)


def accrue(terms: ResolvedTerms, state: State, on: date) -> None:
    """Add the late interest of overdue principal up to a day."""
    for unpaid in state.open:
        if unpaid.accrued_to >= on:
            continue
        if unpaid.principal_minor:
            part = _late_part(terms, state, unpaid.accrued_to, on)
            late = unpaid.principal_minor * terms.late_rate_bps * part * (MICRO // 10_000)
            unpaid.late_micro += late // DENOMINATOR[terms.day_count]
        unpaid.accrued_to = on


def _late_part(terms: ResolvedTerms, state: State, start: date, end: date) -> int:
    """Return the part of a year from start to end, without what a moratorium took."""
    part = fraction_numerator(start, end, terms.day_count)
    for begins, ends in state.pauses:
        a, b = max(start, begins), min(end, ends)
        if a < b:
            part -= fraction_numerator(a, b, terms.day_count)
    return max(part, 0)


def without_future(state: State) -> None:
    """Leave nothing to fall due; the plan stays, for a cure goes on with it."""
    state.scheduled_minor = state.bearing_minor = state.skips = 0
    state.ahead_interest_minor = state.ahead_principal_minor = state.interest_micro = 0


def unpaid_from(terms: ResolvedTerms, state: State) -> date | None:
    """Return the due date of the oldest instalment not paid in full, past or coming.

    Days past due on any later day are counted from it, so a day's end need not touch the
    agreement. Nothing when nothing is owed any more.
    """
    if state.open:
        return state.open[0].due_date
    interest, principal = state.ahead_interest_minor, state.ahead_principal_minor
    waiting = min((o.due_date for o in state.deferred), default=None)
    for due in coming_dues(terms, state):
        if waiting and waiting <= due.due_date:
            return waiting
        if interest < due.interest_minor or principal < due.principal_minor:
            return due.due_date
        # Only the first coming instalment can have been paid ahead.
        interest = principal = 0
    return waiting


def paused_days(state: State, start: date, end: date) -> int:
    """Return on how many days between two dates days past due stood still."""
    overlaps = ((min(end, ends) - max(start, begins)).days for begins, ends in state.pauses)
    return sum(days for days in overlaps if days > 0)


def days_past_due(terms: ResolvedTerms, state: State, on: date) -> int:
    """Return how many days the oldest unpaid instalment has been due; 0 if none is.

    Days of a moratorium do not count.
    """
    oldest = unpaid_from(terms, state)
    if oldest is None or oldest >= on:
        return 0
    return (on - oldest).days - paused_days(state, oldest, on)


def late_dates(
    terms: ResolvedTerms, state: State
) -> tuple[date | None, date | None, date | None]:
    """Return the day that days past due count from, and the last moratorium.

    For any later day they are the days from the first date less those of the moratorium
    in between: the standstills before the last one are already in the first date.
    """
    oldest = unpaid_from(terms, state)
    if oldest is None or not state.pauses:
        return oldest, None, None
    begins, ends = state.pauses[-1]
    earlier = sum(max((b - max(oldest, a)).days, 0) for a, b in state.pauses[:-1])
    return date.fromordinal(oldest.toordinal() + earlier), begins, ends
