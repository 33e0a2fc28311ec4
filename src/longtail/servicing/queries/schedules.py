"""The schedule of an agreement as it turned out so far and as it will go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from longtail.deals import queries as deals
from longtail.servicing import models
from longtail.servicing.dues import advance, coming_dues
from longtail.servicing.events import Event, Payment
from longtail.servicing.history import event_of
from longtail.servicing.queries.standing import business_day
from longtail.servicing.rules import Due, Entitlement, State, Status
from longtail.servicing.step import in_order, step
from longtail.terms.resolve import ResolvedTerms, thaw


class RowKind(StrEnum):
    """What became of a row of the schedule."""

    PAID = "paid"
    PART_PAID = "part paid"
    DUE = "due"
    LATE = "late"
    COMING = "coming"
    # Paid ahead of the schedule on a day of its own.
    EARLY = "early"
    # Fell due at once by the default.
    CALLED = "called"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One line of the schedule; amounts in minor units.

    Attributes:
        number: The instalment's number; 0 for early payments and what default called.
        due_date: When it is or was due.
        principal_minor: Principal due.
        interest_minor: Interest due.
        late_minor: Late interest charged so far.
        unpaid_minor: What of all these is not paid yet.
        kind: What became of it.
        paid_date: When it was paid in full, if it was.
        days_late: Days from due date to payment, or to the day looked at.
    """

    number: int
    due_date: date
    principal_minor: int
    interest_minor: int
    late_minor: int = 0
    unpaid_minor: int = 0
    kind: RowKind = RowKind.COMING
    paid_date: date | None = None
    days_late: int = 0

    @property
    def total_minor(self) -> int:
        """Everything due by the row."""
        return self.principal_minor + self.interest_minor + self.late_minor

    @property
    def paid_minor(self) -> int:
        """What of it is paid."""
        return self.total_minor - self.unpaid_minor


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of schedule rows, minor units; ``year`` is nothing for the whole."""

    year: int | None
    principal_minor: int
    interest_minor: int
    late_minor: int
    paid_minor: int
    unpaid_minor: int

    @property
    def total_minor(self) -> int:
        """Everything due."""
        return self.principal_minor + self.interest_minor + self.late_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """An agreement's schedule on a day.

    Attributes:
        agreement_code: The agreement.
        on: The day.
        currency: ISO 4217 code.
        rows: In order of due date.
        years: Subtotals by year of due date.
        total: The whole.
        outstanding_minor: Principal owed on that day.
    """

    agreement_code: str
    on: date
    currency: str
    rows: tuple[ScheduleRow, ...]
    years: tuple[Sums, ...]
    total: Sums
    outstanding_minor: int


def schedule(agreement_code: str, *, on: date | None = None) -> Schedule:
    """Return an agreement's schedule with what was paid, is due and is late.

    Args:
        agreement_code: A signed agreement, drawn down or not.
        on: The day, not before its last event; the business date if not given.

    Raises:
        UnknownAgreement: If no agreement has this code.
    """
    agreement = deals.agreement(agreement_code)
    terms = thaw(agreement.terms)
    rows = models.AgreementEvent.objects.filter(agreement_id=agreement.pk)
    traced = trace(terms, [event_of(row) for row in rows], on=on)
    return Schedule(
        agreement_code,
        traced.day,
        terms.currency,
        traced.rows,
        _years(traced.rows),
        _sums(None, traced.rows),
        traced.outstanding_minor,
    )


def _years(rows: Iterable[ScheduleRow]) -> tuple[Sums, ...]:
    by_year: dict[int, list[ScheduleRow]] = defaultdict(list)
    for row in rows:
        by_year[row.due_date.year].append(row)
    return tuple(_sums(year, group) for year, group in sorted(by_year.items()))


def _sums(year: int | None, rows: Iterable[ScheduleRow]) -> Sums:
    rows = list(rows)
    return Sums(
        year,
        sum(row.principal_minor for row in rows),
        sum(row.interest_minor for row in rows),
        sum(row.late_minor for row in rows),
        sum(row.paid_minor for row in rows),
        sum(row.unpaid_minor for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace found; see :func:`trace`."""

    day: date
    rows: tuple[ScheduleRow, ...]
    outstanding_minor: int


@dataclass(slots=True)
class _Trace:
    terms: ResolvedTerms
    state: State
    rows: dict[int, ScheduleRow]
    early: list[ScheduleRow]
    last_paid: date | None = None


def trace(
    terms: ResolvedTerms, events: Iterable[Event], *, on: date | None = None
) -> Traced:
    """Fold an agreement's events and note what became of every instalment.

    Args:
        terms: Its frozen terms.
        events: All its events, in any order.
        on: The day to bring it to; the business date if not given.

    Returns:
        The rows. What they say was paid adds up to what the events paid.
    """
    run = _Trace(terms, State(), {}, [])
    for event in in_order(events):
        _follow(run, event)
    day = business_day(on, run.state)
    before = run.state
    run.state, dues = advance(terms, before, day)
    _note_dues(run, dues)
    _note_open(run, run.state, day)
    rows = [*run.rows.values(), *run.early, *_to_come(run)]
    rows.sort(key=lambda row: (row.due_date, row.number))
    return Traced(day, tuple(rows), run.state.owed_minor)


def _follow(run: _Trace, event: Event) -> None:
    before = run.state
    moved, dues = advance(run.terms, before, event.value_date)
    _note_dues(run, dues)
    _note_open(run, moved, event.value_date)
    run.state, _, entries = step(run.terms, before, event)
    _note_called(run, event.value_date)
    if isinstance(event, Payment):
        run.last_paid = event.value_date
    _note_early(run, moved, entries, event.value_date)
    _note_open(run, run.state, event.value_date)
    still = {o.number for o in run.state.open}
    for number in [o.number for o in moved.open if o.number not in still]:
        _settle(run, number, event.value_date)


def _note_dues(run: _Trace, dues: Iterable[Due]) -> None:
    for due in dues:
        run.rows[due.number] = ScheduleRow(
            number=due.number,
            due_date=due.due_date,
            principal_minor=due.principal_minor,
            interest_minor=due.interest_minor,
            kind=RowKind.PAID,
            paid_date=run.last_paid,
        )


def _note_called(run: _Trace, on: date) -> None:
    for unpaid in run.state.open:
        if unpaid.number == 0 and 0 not in run.rows:
            run.rows[0] = ScheduleRow(
                number=0,
                due_date=on,
                principal_minor=unpaid.principal_minor,
                interest_minor=unpaid.interest_minor,
            )


def _note_open(run: _Trace, state: State, on: date) -> None:
    for unpaid in state.open:
        row = run.rows.get(unpaid.number)
        if row is None:
            continue
        late = unpaid.penalty_minor + unpaid.late_paid_minor
        full = row.principal_minor + row.interest_minor + late
        run.rows[unpaid.number] = replace(
            row,
            late_minor=late,
            unpaid_minor=unpaid.unpaid_minor,
            paid_date=None,
            days_late=max((on - row.due_date).days, 0),
            kind=_kind(unpaid.number, on > row.due_date, unpaid.unpaid_minor < full),
        )


def _kind(number: int, is_late: bool, is_part_paid: bool) -> RowKind:
    if is_part_paid:
        return RowKind.PART_PAID
    if number == 0:
        return RowKind.CALLED
    return RowKind.LATE if is_late else RowKind.DUE


def _settle(run: _Trace, number: int, on: date) -> None:
    row = run.rows[number]
    run.rows[number] = replace(
        row,
        unpaid_minor=0,
        kind=RowKind.PAID,
        paid_date=on,
        days_late=max((on - row.due_date).days, 0),
    )


def _note_early(
    run: _Trace, before: State, entries: Iterable[Entitlement], on: date
) -> None:
    """Note what an event paid that no instalment shows."""
    entries = tuple(entries)
    principal = sum(e.principal_minor for e in entries) - _shown(
        before, run.state, "principal_minor"
    )
    interest = sum(e.interest_minor for e in entries) - _shown(
        before, run.state, "interest_minor"
    )
    if principal or interest:
        run.early.append(
            ScheduleRow(
                number=0,
                due_date=on,
                principal_minor=principal,
                interest_minor=interest,
                kind=RowKind.EARLY,
                paid_date=on,
            )
        )


def _shown(before: State, after: State, name: str) -> int:
    """Return how much of a component the instalments' rows say an event paid."""
    was_called = any(o.number == 0 for o in before.open)
    return (
        sum(getattr(o, name) for o in before.open)
        - sum(getattr(o, name) for o in after.open if o.number or was_called)
        + getattr(after, f"ahead_{name}")
        - getattr(before, f"ahead_{name}")
    )


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
