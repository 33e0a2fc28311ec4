"""Changes of the terms: rate, holidays, moratoria, ageing, new schedules. Pure.

They count for agreements that are active, and a restructuring also for one in default;
on any other they do nothing, since there is no schedule to change.
"""

from __future__ import annotations

from datetime import date

from longtail.servicing.claims import forgive
from longtail.servicing.dues import (
    capitalise,
    coming_instalment,
    split_period,
    without_future,
)
from longtail.servicing.effects.claim import accelerate
from longtail.servicing.events import (
    Moratorium,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Restructured,
    Treatment,
)
from longtail.servicing.plan import (
    Row,
    next_number,
    postponed,
    recast,
    replan,
    rest_of,
    scaled,
    with_last,
)
from longtail.servicing.rules import MICRO, PROBATION_MONTHS, Status
from longtail.servicing.state import Open, State
from longtail.servicing.waterfall import close_if_paid
from longtail.terms.resolve import ResolvedTerms
from longtail.values.dates import add_months


def change_rate(terms: ResolvedTerms, state: State, event: RateChanged) -> None:
    """Let interest run at another rate; principal falls due as before."""
    if state.status in (Status.ACTIVE, Status.DEFAULTED):
        _recast_rest(terms, state, event.value_date, rate_bps=event.rate_bps)


def _recast_rest(terms: ResolvedTerms, state: State, on: date, *, rate_bps: int) -> None:
    split_period(terms, state, on)
    state.rate_bps = rate_bps
    if coming_instalment(terms, state):
        recast(terms, state, rest_of(terms, state))


def skip(terms: ResolvedTerms, state: State, event: PaymentHoliday) -> None:
    """Skip the next instalments; all principal comes that many instalments later."""
    if event.is_forbearance and state.status is Status.ACTIVE:
        note_forbearance(state, event.value_date)
    _postpone(terms, state, event.value_date, event.n_instalments, event.treatment)


def pause(terms: ResolvedTerms, state: State, event: Moratorium) -> None:
    """Suspend payment between two dates: the instalments in between are skipped."""
    if state.status is not Status.ACTIVE or event.until <= event.value_date:
        return
    within = [row for row in rest_of(terms, state) if row[1] < event.until]
    begins = max([event.value_date, *(ends for _, ends in state.pauses)])
    if begins < event.until:
        state.pauses.append((begins, event.until))
    _postpone(terms, state, event.value_date, len(within), event.treatment)


def _postpone(
    terms: ResolvedTerms, state: State, on: date, n_instalments: int, treatment: Treatment
) -> None:
    if state.status is not Status.ACTIVE or not n_instalments:
        return
    split_period(terms, state, on)
    _forget_ahead(state)
    rest = rest_of(terms, state)
    if not rest:
        return
    anchor_day = terms.drawdown_date.day
    recast(terms, state, postponed(rest, n_instalments, anchor_day))
    state.skips += n_instalments
    state.treatment = treatment


def _forget_ahead(state: State) -> None:
    """Let what was paid of the coming instalment count as a prepayment."""
    state.bearing_minor -= state.ahead_principal_minor
    state.interest_micro -= state.ahead_interest_minor * MICRO
    state.ahead_principal_minor = state.ahead_interest_minor = 0


def re_age(terms: ResolvedTerms, state: State, event: ReAged) -> None:
    """Let overdue amounts join what is to come; fees stay due."""
    if state.status is not Status.ACTIVE or not state.open:
        return
    on = event.value_date
    note_forbearance(state, on)
    split_period(terms, state, on)
    rest = rest_of(terms, state)
    if not rest:
        state.period_start = state.interest_to = on
        state.is_broken, state.interest_micro = True, 0
    rows = rest or [(next_number(terms, state), add_months(on, 1), 0)]
    principal, interest, penalty = _take_overdue(state)
    state.bearing_minor += principal
    if event.treatment is Treatment.CAPITALISED:
        capitalise(state, interest + penalty)
        rows = scaled(terms, rows, state.bearing_minor)
    else:
        rows = with_last(rows, principal)
        _defer(state, event.key, rows[-1][1], interest, penalty)
    recast(terms, state, rows)


def _take_overdue(state: State) -> tuple[int, int, int]:
    """Leave only fees due; return the principal, interest and late interest that were."""
    principal = sum(o.principal_minor for o in state.open)
    interest = sum(o.interest_minor for o in state.open)
    penalty = sum(o.penalty_minor for o in state.open)
    state.open = [o for o in state.open if o.fee_minor]
    for fee in state.open:
        fee.principal_minor = fee.interest_minor = fee.late_micro = 0
        fee.late_paid_minor = 0
    return principal, interest, penalty


def _defer(state: State, key: str, due: date, interest: int, penalty: int) -> None:
    if interest or penalty:
        late = penalty * MICRO
        state.deferred.append(Open(0, due, interest, 0, late, 0, due, cause=key))


def re_amortise(terms: ResolvedTerms, state: State, event: ReAmortised) -> None:
    """Repay the principal not due yet by a new schedule; what is overdue stays due."""
    if state.status is not Status.ACTIVE or not coming_instalment(terms, state):
        return
    if event.is_forbearance:
        note_forbearance(state, event.value_date)
    split_period(terms, state, event.value_date)
    _reschedule(terms, state, event)


def _reschedule(
    terms: ResolvedTerms, state: State, event: ReAmortised | Restructured
) -> None:
    _forget_ahead(state)
    state.period_start = state.interest_to = event.value_date
    state.is_broken = True
    replan(
        terms,
        state,
        first_due_date=event.first_due_date,
        n_periods=event.n_periods,
        amortization=event.amortization,
    )


def restructure(terms: ResolvedTerms, state: State, event: Restructured) -> None:
    """Forgive a part of the debt and repay the rest by new terms.

    An agreement in default runs again, but the default is not over: that takes a cure.
    """
    if state.status not in (Status.ACTIVE, Status.DEFAULTED):
        return
    on = event.value_date
    note_forbearance(state, on)
    accelerate(terms, state, on)
    principal, interest, penalty = _take_overdue(state)
    forgiven = min(event.principal_minor, principal)
    forgive(state, forgiven)
    interest -= min(event.interest_minor, interest)
    penalty -= min(event.penalty_minor, penalty)
    without_future(state)
    state.status, state.called_minor, state.clear_date = Status.ACTIVE, 0, None
    state.rate_bps, state.bearing_minor = event.rate_bps, principal - forgiven
    if event.treatment is Treatment.CAPITALISED:
        capitalise(state, interest + penalty)
    if state.bearing_minor:
        _reschedule(terms, state, event)
    last = max(_last_due(terms, state), event.first_due_date)
    if event.treatment is Treatment.DEFERRED:
        _defer(state, event.key, last, interest, penalty)
    close_if_paid(state, on)


def _last_due(terms: ResolvedTerms, state: State) -> date:
    rows: list[Row] = rest_of(terms, state)
    return rows[-1][1] if rows else date.min


def note_forbearance(state: State, on: date) -> None:
    """Note better terms for an enterprise in difficulty, and whether it is once more."""
    if state.forborne_date and on < add_months(state.forborne_date, PROBATION_MONTHS):
        state.is_reforborne = True
    else:
        state.is_reforborne = False
    state.forborne_date = on
