"""Whether an agreement performs, and the reasons why not. Pure."""

from __future__ import annotations

from datetime import date

from longtail.servicing.dues import days_past_due, paused_days
from longtail.servicing.rules import (
    DEFAULT_AFTER_DAYS,
    MATERIAL_BPS,
    MATERIAL_UNITS,
    PROBATION_LATE_DAYS,
    PROBATION_MONTHS,
    Status,
    is_material,
)
from longtail.servicing.state import State
from longtail.terms.resolve import ResolvedTerms
from longtail.values.dates import add_months
from longtail.values.money import Money, decimals


def why_non_performing(terms: ResolvedTerms, state: State, on: date) -> tuple[str, ...]:
    """Return why an agreement is non-performing on a day; empty if it performs.

    Args:
        terms: Its frozen terms.
        state: Its state, brought to that day.
        on: The day.

    Source:
        Regulation (EU) No 575/2013, Art. 178(1) (unlikely to pay, or more than 90 days
        past due on a material amount) and Art. 47a(3)(c) and (7) (forborne, and late or
        forborne again during probation).
    """
    if state.status is Status.REPAID:
        return ()
    reasons = []
    if state.defaulted_date:
        reasons.append(_why_default(state))
    if state.status is Status.WRITTEN_OFF:
        reasons.append(f"it was written off on {state.closed_date}")
    days = days_past_due(terms, state, on)
    if days > DEFAULT_AFTER_DAYS and is_material(
        state.overdue_minor, outstanding_minor=state.owed_minor, currency=terms.currency
    ):
        reasons.append(_why_late(terms, state, on, days))
    return (*reasons, *_why_probation(state, on, days))


def _why_default(state: State) -> str:
    told = f"its default was declared on {state.defaulted_date}"
    if state.status is Status.ACTIVE:
        told += f", and it was restructured on {state.forborne_date} but not cured yet"
    return told


def _why_late(terms: ResolvedTerms, state: State, on: date, days: int) -> str:
    oldest = state.open[0]
    floor = Money(MATERIAL_UNITS * 10 ** decimals(terms.currency), terms.currency)
    unpaid = Money(oldest.unpaid_minor, terms.currency)
    told = (
        f"{_name(oldest.number, oldest.cause)} of {unpaid}, due on {oldest.due_date}, has "
        f"been unpaid for {days} days, and the arrears of "
        f"{Money(state.overdue_minor, terms.currency)} exceed {floor} and "
        f"{MATERIAL_BPS / 100:g} % of the debt"
    )
    paused = paused_days(state, oldest.due_date, on)
    return f"{told}; {paused} days of moratorium do not count" if paused else told


def _name(number: int, cause: str) -> str:
    if number:
        return f"instalment {number}"
    return "what a fee or a payment taken back left" if cause else "the rest of the debt"


def _why_probation(state: State, on: date, days: int) -> tuple[str, ...]:
    if state.forborne_date is None:
        return ()
    ends = add_months(state.forborne_date, PROBATION_MONTHS)
    if on >= ends:
        return ()
    told = f"it was forborne on {state.forborne_date} and is on probation until {ends}"
    if days > PROBATION_LATE_DAYS:
        return (f"{told}, during which it is {days} days past due",)
    return (f"{told}, and it had been forborne before",) if state.is_reforborne else ()
