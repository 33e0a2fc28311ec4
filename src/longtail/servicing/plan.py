"""The instalments still to come, and how an event writes them anew. Pure.

Interest of a whole period is balance × rate × the period's part of a year, rounded as
the terms say, like in ``kernels.cashflows.schedule``. Principal keeps to their step too;
the last instalment takes what is left over. Periods between dates of the agreement's own
monthly grid count as the terms counted them; any other by the days between its dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from longtail.kernels.cashflows.daycount import DENOMINATOR, DayCount, fraction_numerator
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.servicing.state import State
from longtail.terms.resolve import Instalment, ResolvedTerms
from longtail.values.dates import add_months
from longtail.values.money import split
from longtail.values.rates import ONE_BPS
from longtail.values.rounding import rounded

# How far a closed bank may move a due date from the month's own day.
ROLLED_BACK_DAYS, ROLLED_ON_DAYS = 7, 12
Row = tuple[int, date, int]


def rows_of(terms: ResolvedTerms, state: State) -> tuple[Instalment, ...]:
    """Return the instalments that ``state.next_index`` counts in."""
    return terms.instalments if state.plan is None else state.plan


def rest_of(terms: ResolvedTerms, state: State) -> list[Row]:
    """Return (number, due date, principal) of what is to come, less prepayments."""
    rest: list[Row] = []
    left = state.bearing_minor
    for row in rows_of(terms, state)[state.next_index :]:
        if not left:
            break
        part = min(row.principal_minor, left)
        rest.append((row.number, row.due_date, part))
        left -= part
    return rest


def recast(terms: ResolvedTerms, state: State, rows: Sequence[Row]) -> None:
    """Make rows the plan, with interest at the rate in force.

    Args:
        terms: The agreement's frozen terms.
        state: The state to change; its period runs from ``period_start``.
        rows: (number, due date, principal); they sum to the principal not due yet.
    """
    numerators, denominator = _fractions(terms, state, [due for _, due, _ in rows])
    left = state.bearing_minor
    assert left == sum(part for _, _, part in rows), "a plan repays the principal exactly"
    plan = []
    for (number, due, part), numerator in zip(rows, numerators, strict=True):
        charge = left * state.rate_bps * numerator
        interest = rounded(charge, ONE_BPS * denominator, terms.rounding)
        plan.append(Instalment(number, due, part, interest))
        left -= part
    state.plan, state.next_index = tuple(plan), 0
    state.scheduled_minor = state.bearing_minor


def replan(
    terms: ResolvedTerms,
    state: State,
    *,
    first_due_date: date,
    n_periods: int,
    amortization: Amortization,
) -> None:
    """Make a new schedule the plan, in a period that begins at ``state.period_start``."""
    number = next_number(terms, state)
    dates = [
        add_months(first_due_date, k, anchor_day=first_due_date.day)
        for k in range(n_periods)
    ]
    numerators, denominator = _fractions(terms, state, dates)
    flows = schedule(
        principal_minor=state.bearing_minor,
        rate_bps=state.rate_bps,
        numerators=numerators,
        denominator=denominator,
        amortization=amortization,
        rounding=terms.rounding,
    )
    dated = list(zip(dates, flows, strict=True))
    if amortization is Amortization.BULLET:
        dated = dated[-1:]
    state.plan = tuple(
        Instalment(number + k, due, principal, interest)
        for k, (due, (principal, interest)) in enumerate(dated)
    )
    state.next_index, state.skips = 0, 0
    state.scheduled_minor = state.bearing_minor


def next_number(terms: ResolvedTerms, state: State) -> int:
    """Return the number of the coming instalment, or one past the last."""
    rows = rows_of(terms, state)
    if state.next_index < len(rows):
        return rows[state.next_index].number
    return rows[-1].number + 1 if rows else 1


def postponed(rows: Sequence[Row], n_instalments: int, anchor_day: int) -> list[Row]:
    """Return rows whose principal comes a number of instalments later.

    The first dates stay, without principal; as many are added at the end.
    """
    first, last = rows[0][0], rows[-1][1]
    dates = [due for _, due, _ in rows]
    dates += [
        add_months(last, k, anchor_day=anchor_day) for k in range(1, n_instalments + 1)
    ]
    parts = [0] * n_instalments + [part for _, _, part in rows]
    return [(first + k, *row) for k, row in enumerate(zip(dates, parts, strict=True))]


def scaled(terms: ResolvedTerms, rows: Sequence[Row], principal_minor: int) -> list[Row]:
    """Return rows that repay another principal in the same proportions, to the step."""
    step, weights = terms.rounding.step_minor, [part for _, _, part in rows]
    if not any(weights):
        weights = [*weights[:-1], 1]
    parts = [part * step for part in split(principal_minor // step, weights)]
    parts[-1] += principal_minor % step
    return [(n, due, part) for (n, due, _), part in zip(rows, parts, strict=True)]


def with_last(rows: Sequence[Row], more_minor: int) -> list[Row]:
    """Return rows whose last repays more principal."""
    number, due, part = rows[-1]
    return [*rows[:-1], (number, due, part + more_minor)]


def _fractions(
    terms: ResolvedTerms, state: State, dues: Sequence[date]
) -> tuple[list[int], int]:
    """Return each period's part of a year, and what it is over."""
    assert state.period_start is not None
    start = state.period_start
    numbers = [_part(terms, a, b) for a, b in pairwise([start, *dues])]
    if numbers and state.is_broken:
        numbers[0] = max(fraction_numerator(start, dues[0], terms.day_count), 0)
    return numbers, DENOMINATOR[terms.day_count]


def _part(terms: ResolvedTerms, start: date, end: date) -> int:
    a, b = _grid(terms, start), _grid(terms, end)
    if a is None or b is None:
        return max(fraction_numerator(start, end, terms.day_count), 0)
    if terms.day_count is DayCount.THIRTY_360:
        return 30 * (b - a)
    begin, finish = (add_months(terms.drawdown_date, k) for k in (a, b))
    return fraction_numerator(begin, finish, terms.day_count)


def _grid(terms: ResolvedTerms, day: date) -> int | None:
    """Return how many months after the drawdown a due date belongs to, if it does."""
    start = terms.drawdown_date
    months = (day.year - start.year) * 12 + day.month - start.month
    for k in (months, months - 1, months + 1):
        off = (day - add_months(start, k)).days
        if -ROLLED_BACK_DAYS <= off <= ROLLED_ON_DAYS:
            return k
    return None
