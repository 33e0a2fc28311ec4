"""When a default may end. Pure."""

from __future__ import annotations

from datetime import date

from longtail.servicing.effects.claim import unpaid_rows
from longtail.servicing.rules import CURE_MONTHS, FORBORNE_CURE_MONTHS, Status
from longtail.servicing.state import State
from longtail.terms.resolve import ResolvedTerms
from longtail.values.dates import add_months
from longtail.values.money import Money


def cure_obstacles(terms: ResolvedTerms, state: State, on: date) -> list[str]:
    """Return what stands against ending a default on a day; empty if nothing does.

    All that would be due without the default must be paid, and must have been for three
    months; after a restructuring a year must have passed.

    Args:
        terms: The agreement's frozen terms.
        state: Its state, brought to the day.
        on: The day.

    Source:
        EBA/GL/2016/07, paragraphs 71 and 72.
    """
    if state.guarantee_minor:
        return ["its guarantor has paid the claim, so the default stands"]
    found = []
    arrears = sum(o.unpaid_minor for o in state.open if not o.is_called)
    called = [o for o in state.open if o.is_called]
    if called and state.status is Status.DEFAULTED:
        rows = unpaid_rows(terms, state, called[0].principal_minor)
        arrears += sum(part for _, due, part in rows if due <= on)
    if arrears:
        owed = Money(arrears, terms.currency)
        found.append(f"{owed} would be due without the default and is not paid")
    if state.status is Status.DEFAULTED and (since := state.clear_date):
        ends = add_months(since, CURE_MONTHS)
        if on < ends:
            found.append(f"the arrears were paid on {since}; the probation ends on {ends}")
    if state.forborne_date:
        ends = add_months(state.forborne_date, FORBORNE_CURE_MONTHS)
        if on < ends:
            found.append(
                f"it was restructured on {state.forborne_date}; the cure period ends on "
                f"{ends}"
            )
    return found
