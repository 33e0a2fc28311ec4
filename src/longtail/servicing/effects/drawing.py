"""The drawdown. Pure."""

from __future__ import annotations

from longtail.servicing.events import Drawdown
from longtail.servicing.plan import recast
from longtail.servicing.rules import Status
from longtail.servicing.state import Holder, State
from longtail.terms.resolve import ResolvedTerms
from longtail.values.dates import add_months


def draw_down(terms: ResolvedTerms, state: State, event: Drawdown) -> None:
    """Begin the agreement.

    Interest runs from the day the money went out, or from the agreed day of the drawdown
    if that is later: the first instalment keeps its date and its principal, and its
    interest is the scheduled one for the days that are left. Instalments whose date the
    money missed fall due with the next; if it missed all, one month after it went out.

    Raises:
        ValueError: If the holdings do not add up to the principal.
    """
    if sum(principal for _, principal in event.holdings) != terms.principal_minor:
        raise ValueError(f"holdings {event.holdings} do not add up to the principal")
    state.status = Status.ACTIVE
    state.drawn_date = event.value_date
    state.rate_bps = terms.rate_bps
    state.period_start = terms.drawdown_date
    state.interest_to = max(event.value_date, terms.drawdown_date)
    state.scheduled_minor = state.bearing_minor = terms.principal_minor
    state.holders = [Holder(party, part, part) for party, part in event.holdings]
    rows = [(i.number, i.due_date, i.principal_minor) for i in terms.instalments]
    missed = [row for row in rows if row[1] <= event.value_date]
    if not missed:
        return
    principal = sum(part for _, _, part in missed)
    if len(missed) < len(rows):
        number, due, part = rows[len(missed)]
        rest = [(number, due, part + principal), *rows[len(missed) + 1 :]]
    else:
        rest = [(rows[-1][0], add_months(event.value_date, 1), principal)]
    recast(terms, state, rest)
