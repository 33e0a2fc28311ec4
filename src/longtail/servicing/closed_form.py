"""An agreement between two changes, as numbers that arrays can hold. Pure.

Until its next instalment falls due, what an agreement earns and owes on a day is a closed
form of a few numbers. They are derived from the state, and derived again when an event
happens or an instalment falls due: nothing is written on the days in between.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from longtail.kernels.servicing.accruing import DAY_COUNTS
from longtail.kernels.servicing.ageing import day_number
from longtail.servicing.dues import advance, coming_instalment, interest_due_minor
from longtail.servicing.rules import Status
from longtail.servicing.state import Open, State
from longtail.terms.resolve import Instalment, ResolvedTerms

# What a due is to the arrays, in this order; dates as days since 1970.
UNPAID = tuple(f.name for f in fields(Open) if f.name not in ("cause", "payee"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm:
    """The numbers of one agreement.

    Attributes:
        currency: ISO 4217 code of the amounts.
        holds_until: The last day for which the numbers hold: that on which the next
            instalment falls due. Nothing when none is to come.
        next_due_date: That day, if the numbers hold on it.
        due_interest_minor, due_principal_minor: What is still unpaid of what falls due
            then.
        book_minor: Principal on the holders' books.
        earned_micro: Interest of the running period up to ``earned_to``, millionths.
        earned_to: The day from which it earns on; nothing if it earns no more.
        period_interest_minor, period_days: The running period as scheduled.
        bearing_minor: Principal not yet due that earns.
        scheduled_minor: Principal not yet due by the schedule; 0 if it earns no more.
        ahead_interest_minor: Of the running period's interest, paid already.
        late_rate_bps: At which what is overdue accrues; 0 if it stands still.
        day_count: Place of its day count in the kernel's ``DAY_COUNTS``.
        unpaid: The fields of each overdue instalment, one after the other.
    """

    currency: str
    holds_until: date | None
    next_due_date: date | None
    due_interest_minor: int
    due_principal_minor: int
    book_minor: int
    earned_micro: int
    earned_to: date | None
    period_interest_minor: int
    period_days: int
    bearing_minor: int
    scheduled_minor: int
    ahead_interest_minor: int
    late_rate_bps: int
    day_count: int
    unpaid: list[int]


COLUMNS = tuple(f.name for f in fields(ClosedForm))


def closed_form(
    terms: ResolvedTerms, state: State, *, on: date | None = None
) -> ClosedForm:
    """Return the closed form of an agreement.

    Args:
        terms: Its frozen terms.
        state: Its state after its last event.
        on: A day up to which instalments fell due since; that event's if not given.
    """
    base = _fallen(terms, state, on) if on else state
    is_active = base.status is Status.ACTIVE
    coming = coming_instalment(terms, base) if is_active else None
    last = _last_day(base, coming)
    falls = coming if coming and coming.due_date == last else None
    return ClosedForm(
        currency=terms.currency,
        holds_until=last,
        next_due_date=falls.due_date if falls else None,
        due_interest_minor=_due_interest_minor(terms, base, falls) if falls else 0,
        due_principal_minor=min(falls.principal_minor, base.bearing_minor)
        - base.ahead_principal_minor
        if falls
        else 0,
        book_minor=base.outstanding_minor,
        earned_micro=base.interest_micro if coming else 0,
        earned_to=base.interest_to if coming else None,
        period_interest_minor=coming.interest_minor if coming else 0,
        period_days=_period_days(base, coming),
        bearing_minor=base.bearing_minor if coming else 0,
        scheduled_minor=base.scheduled_minor if coming else 0,
        ahead_interest_minor=base.ahead_interest_minor if coming else 0,
        late_rate_bps=terms.late_rate_bps if is_active else 0,
        day_count=DAY_COUNTS.index(terms.day_count),
        unpaid=[_number(getattr(o, name)) for o in base.open for name in UNPAID],
    )


def _last_day(state: State, coming: Instalment | None) -> date | None:
    if state.status is not Status.ACTIVE:
        return None
    if state.place and len([1 for _, ends in state.pauses if ends > state.place[0]]) > 1:
        # Two standstills that run on: the arrays know one; so the fold is always asked.
        return state.place[0] - timedelta(days=1)
    waiting = min((o.due_date for o in state.deferred), default=None)
    if coming and not state.skips and (waiting is None or coming.due_date < waiting):
        return coming.due_date
    # What a deferral or a skipped instalment changes, the fold alone knows.
    days = [day for day in (waiting, coming and coming.due_date) if day]
    return min(days) - timedelta(days=1) if days else None


def _due_interest_minor(terms: ResolvedTerms, state: State, coming: Instalment) -> int:
    earned = interest_due_minor(terms, state, coming)
    return max(earned - state.ahead_interest_minor, 0)


def _period_days(state: State, coming: Instalment | None) -> int:
    if coming is None or state.period_start is None:
        return 1
    return max((coming.due_date - state.period_start).days, 1)


def _number(value: int | date) -> int:
    return day_number(value) if isinstance(value, date) else value


def _fallen(terms: ResolvedTerms, state: State, on: date) -> State:
    """Let instalments fall due, but accrue no late interest: the arrays do that."""
    moved, _ = advance(terms, state, on)
    moved = moved.copy()
    before = {(o.number, o.due_date, o.cause): o for o in (*state.open, *state.deferred)}
    moved.open = [
        before.get((o.number, o.due_date, o.cause))
        or replace(o, late_micro=0, accrued_to=o.due_date)
        for o in moved.open
    ]
    return moved
