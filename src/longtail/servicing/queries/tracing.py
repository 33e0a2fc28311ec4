"""What became of every instalment, fee and payment, told event by event. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from longtail.servicing.dues import advance, coming_dues
from longtail.servicing.events import (
    Chargeback,
    Cured,
    Event,
    Payment,
    ReAged,
    Restructured,
)
from longtail.servicing.queries.rows import RowKind, ScheduleRow
from longtail.servicing.rules import Status
from longtail.servicing.state import Due, Open, State
from longtail.servicing.step import Step, steps
from longtail.terms.resolve import ResolvedTerms

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace found; see :func:`trace`."""

    day: date
    rows: tuple[ScheduleRow, ...]
    outstanding_minor: int


@dataclass(slots=True)
class _Trace:
    terms: ResolvedTerms
    state: State = field(default_factory=State)
    rows: dict[Key, ScheduleRow] = field(default_factory=dict)
    early: list[ScheduleRow] = field(default_factory=list)
    last_paid: date | None = None


def trace(
    terms: ResolvedTerms,
    events: Iterable[Event],
    *,
    on: date | None = None,
    today: date | None = None,
) -> Traced:
    """Fold an agreement's events and note what became of every instalment.

    Args:
        terms: Its frozen terms.
        events: All its events, in any order.
        on: The day to bring it to, if another than today.
        today: The business date, if there is one.

    Returns:
        The rows. What they say was paid adds up to what the events paid.
    """
    run = _Trace(terms)
    for done in steps(terms, events):
        _follow(run, done)
    latest = run.state.place[0] if run.state.place else date.min
    day = on or max(today or latest, latest)
    run.state, dues = advance(terms, run.state, day)
    _note_dues(run, dues)
    _note_open(run, run.state, day)
    rows = [*run.rows.values(), *run.early, *_to_come(run)]
    rows.sort(key=lambda row: (row.due_date, row.number))
    return Traced(day, tuple(rows), run.state.owed_minor)


def _follow(run: _Trace, done: Step) -> None:
    on = done.event.value_date
    _note_dues(run, done.dues)
    _note_open(run, done.moved, on)
    run.state = done.after
    if isinstance(done.event, Payment):
        run.last_paid = on
    is_moving = isinstance(done.event, (ReAged, Restructured, Cured))
    _note_early(run, done, is_moving=is_moving)
    _note_open(run, run.state, on)
    still = {_key(o) for o in run.state.open}
    for gone in [o for o in done.moved.open if _key(o) not in still]:
        if is_moving:
            _move(run, gone)
        else:
            _settle(run, _key(gone), on)


def _key(unpaid: Open) -> Key:
    return unpaid.number, unpaid.cause


def _note_dues(run: _Trace, dues: Iterable[Due]) -> None:
    for due in dues:
        run.rows[due.number, ""] = ScheduleRow(
            number=due.number,
            due_date=due.due_date,
            principal_minor=due.principal_minor,
            interest_minor=due.interest_minor,
            kind=RowKind.PAID,
            paid_date=run.last_paid,
        )


def _note_open(run: _Trace, state: State, on: date) -> None:
    for unpaid in state.open:
        row = run.rows.get(_key(unpaid)) or _opened(unpaid)
        late = unpaid.penalty_minor + unpaid.late_paid_minor
        row = replace(row, late_minor=late)
        run.rows[_key(unpaid)] = replace(
            row,
            unpaid_minor=unpaid.unpaid_minor,
            paid_date=None,
            days_late=max((on - row.due_date).days, 0),
            kind=_kind(unpaid, on, unpaid.unpaid_minor < row.total_minor),
        )


def _opened(unpaid: Open) -> ScheduleRow:
    return ScheduleRow(
        number=unpaid.number,
        due_date=unpaid.due_date,
        principal_minor=unpaid.principal_minor,
        interest_minor=unpaid.interest_minor,
        fee_minor=unpaid.fee_minor,
    )


def _kind(unpaid: Open, on: date, is_part_paid: bool) -> RowKind:
    if is_part_paid:
        return RowKind.PART_PAID
    if unpaid.is_called:
        return RowKind.CALLED
    if unpaid.fee_minor:
        return RowKind.FEE
    if unpaid.cause:
        return RowKind.OWED_AGAIN
    return RowKind.LATE if on > unpaid.due_date else RowKind.DUE


def _settle(run: _Trace, key: Key, on: date) -> None:
    row = run.rows[key]
    run.rows[key] = replace(
        row,
        unpaid_minor=0,
        kind=RowKind.PAID,
        paid_date=on,
        days_late=max((on - row.due_date).days, 0),
    )


def _move(run: _Trace, gone: Open) -> None:
    """Leave in a row only what was paid of it; the rest is owed in other rows."""
    row = run.rows.pop(_key(gone))
    paid = replace(
        row,
        principal_minor=row.principal_minor - gone.principal_minor,
        interest_minor=row.interest_minor - gone.interest_minor,
        late_minor=gone.late_paid_minor,
        fee_minor=row.fee_minor - gone.fee_minor,
        unpaid_minor=0,
        kind=RowKind.MOVED,
        paid_date=run.last_paid,
    )
    if paid.total_minor:
        run.early.append(paid)


def _note_early(run: _Trace, done: Step, *, is_moving: bool) -> None:
    """Note what an event paid, or took back, that no instalment shows."""
    before, after = done.moved, done.after
    amounts = {}
    for name in ("principal_minor", "interest_minor", "penalty_minor", "fee_minor"):
        given = sum(getattr(e, name) for e in done.entries)
        shown = 0 if is_moving else _shown(before, after, name)
        ahead = f"ahead_{name}"
        if hasattr(after, ahead):
            shown += getattr(after, ahead) - getattr(before, ahead)
        amounts[name] = given - shown
    if not any(amounts.values()):
        return
    is_taken_back = isinstance(done.event, Chargeback)
    on = done.event.value_date
    row = ScheduleRow(
        number=0,
        due_date=on,
        principal_minor=amounts["principal_minor"],
        interest_minor=amounts["interest_minor"],
        late_minor=amounts["penalty_minor"],
        fee_minor=amounts["fee_minor"],
        kind=RowKind.TAKEN_BACK if is_taken_back else RowKind.EARLY,
        paid_date=on,
    )
    run.early.append(row)


def _shown(before: State, after: State, name: str) -> int:
    """Return how much of a component the rows due say an event paid."""
    left = {_key(o): getattr(o, name) for o in after.open}
    return sum(getattr(o, name) - left.get(_key(o), 0) for o in before.open)


def _to_come(run: _Trace) -> list[ScheduleRow]:
    if run.state.status is Status.PENDING:
        return [
            ScheduleRow(
                number=i.number,
                due_date=i.due_date,
                principal_minor=i.principal_minor,
                interest_minor=i.interest_minor,
                unpaid_minor=i.total_minor,
            )
            for i in run.terms.instalments
        ]
    ahead = run.state.ahead_interest_minor + run.state.ahead_principal_minor
    rows = []
    for due in coming_dues(run.terms, run.state):
        total = due.principal_minor + due.interest_minor
        row = ScheduleRow(
            number=due.number,
            due_date=due.due_date,
            principal_minor=due.principal_minor,
            interest_minor=due.interest_minor,
            unpaid_minor=total - ahead,
            kind=RowKind.PAID if ahead and ahead == total else RowKind.COMING,
            paid_date=run.last_paid if ahead and ahead == total else None,
        )
        rows.append(row)
        ahead = 0
    return rows
