"""Default, its cure, and losses. Pure."""

from __future__ import annotations

from datetime import date

from longtail.servicing.claims import lose
from longtail.servicing.dues import coming_instalment, earned_minor, without_future
from longtail.servicing.events import Cured, DefaultDeclared, PartialWriteOff, WriteOff
from longtail.servicing.plan import Row, recast, rows_of
from longtail.servicing.rules import MICRO, Status
from longtail.servicing.state import Open, State
from longtail.servicing.waterfall import close_if_paid, note_clear
from longtail.terms.resolve import ResolvedTerms


def declare_default(terms: ResolvedTerms, state: State, event: DefaultDeclared) -> None:
    """Make everything due; from here on the claim stands still."""
    if state.status is not Status.ACTIVE:
        return
    accelerate(terms, state, event.value_date)
    state.status = Status.DEFAULTED
    state.defaulted_date = event.value_date
    state.clear_date = None
    note_clear(state, event.value_date)


def accelerate(terms: ResolvedTerms, state: State, on: date) -> None:
    """Make everything due at once, with the interest earned to the day."""
    for waiting in state.deferred:
        waiting.due_date = on
    state.open += state.deferred
    state.deferred = []
    coming = coming_instalment(terms, state)
    if coming is None:
        return
    earned = max(earned_minor(state, coming, on) - state.ahead_interest_minor, 0)
    principal = state.bearing_minor - state.ahead_principal_minor
    state.called_minor = state.bearing_minor
    without_future(state)
    if earned or principal:
        state.open.append(Open(0, on, earned, principal, 0, 0, on))


def cure(terms: ResolvedTerms, state: State, event: Cured) -> None:
    """End a default: what it called falls due by the schedule again.

    What was paid since of the called principal counts for the instalments in their
    order. Interest stood still in default; it runs again from this day.
    """
    state.cured_date = event.value_date
    if state.status is Status.ACTIVE:
        state.defaulted_date = None
        return
    if state.status is not Status.DEFAULTED:
        return
    called = [o for o in state.open if o.is_called]
    state.open = [o for o in state.open if not o.is_called]
    state.status, state.defaulted_date, state.clear_date = Status.ACTIVE, None, None
    for unpaid in state.open:
        unpaid.accrued_to = max(unpaid.accrued_to, event.value_date)
    if called:
        _reinstate(terms, state, called[0], event.value_date)
    state.called_minor = 0


def _reinstate(terms: ResolvedTerms, state: State, called: Open, on: date) -> None:
    rows = unpaid_rows(terms, state, called.principal_minor)
    for number, due, part in rows:
        if due <= on:
            state.open.append(Open(number, due, 0, part, 0, 0, on))
    rest = [row for row in rows if row[1] > on]
    state.bearing_minor = sum(part for _, _, part in rest)
    state.period_start = state.interest_to = on
    state.is_broken, state.interest_micro = True, 0
    state.open.sort(key=lambda o: o.due_date)
    if rest:
        state.interest_micro = called.interest_minor * MICRO
        recast(terms, state, rest)
    elif called.interest_minor:
        state.open.append(Open(0, on, called.interest_minor, 0, 0, 0, on, cause="cure"))
    close_if_paid(state, on)


def unpaid_rows(terms: ResolvedTerms, state: State, unpaid_minor: int) -> list[Row]:
    """Return the instalments that default called, less what was paid of them since."""
    paid = state.called_minor - unpaid_minor
    left = state.called_minor
    rows: list[Row] = []
    for row in rows_of(terms, state)[state.next_index :]:
        part = min(row.principal_minor, left)
        left -= part
        covered = min(part, paid)
        paid -= covered
        if part > covered:
            rows.append((row.number, row.due_date, part - covered))
    return rows


def write_off_part(state: State, event: PartialWriteOff) -> None:
    """Book a part of the principal as lost; it is still owed."""
    if state.status in (Status.ACTIVE, Status.DEFAULTED):
        lose(state, event.amount_minor)


def write_off(terms: ResolvedTerms, state: State, event: WriteOff) -> None:
    """Book all principal as lost; it is still owed."""
    if state.status not in (Status.ACTIVE, Status.DEFAULTED):
        return
    accelerate(terms, state, event.value_date)
    lose(state, state.owed_minor)
    state.status = Status.WRITTEN_OFF
    state.closed_date = event.value_date
