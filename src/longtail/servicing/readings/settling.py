"""What pays an agreement off on a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longtail.servicing.dues import advance, coming_instalment, earned_minor
from longtail.servicing.state import State
from longtail.terms.resolve import ResolvedTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The amount that closes an agreement on a day; minor units.

    Attributes:
        on: The day.
        overdue_minor: Everything due and unpaid, with late interest and fees.
        principal_minor: Principal not due yet.
        interest_minor: Interest that it earned up to the day, less what was paid of it.
        deferred_minor: What was deferred to a later day.
    """

    on: date
    overdue_minor: int
    principal_minor: int
    interest_minor: int
    deferred_minor: int

    @property
    def total_minor(self) -> int:
        """The whole: a payment of exactly this closes the agreement."""
        coming = self.principal_minor + self.interest_minor
        return self.overdue_minor + coming + self.deferred_minor


def settlement(terms: ResolvedTerms, state: State, on: date) -> Settlement:
    """Return what pays everything on a day: no interest of the time after it is owed.

    Args:
        terms: The agreement's frozen terms.
        state: Its state after the last event.
        on: A day not before that event.

    Source:
        Directive 2008/48/EC, Art. 16(1): early repayment reduces the cost of credit by
        the interest of the remaining duration.
    """
    now, _ = advance(terms, state, on)
    earned = 0
    if coming := coming_instalment(terms, now):
        earned = max(earned_minor(now, coming, on) - now.ahead_interest_minor, 0)
    return Settlement(
        on=on,
        overdue_minor=now.overdue_minor,
        principal_minor=now.bearing_minor - now.ahead_principal_minor,
        interest_minor=earned,
        deferred_minor=sum(o.unpaid_minor for o in now.deferred),
    )
