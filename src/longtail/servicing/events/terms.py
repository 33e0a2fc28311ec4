"""Events that change what was agreed, each from its value date on. Pure.

All that the change needs is in the event: what it does depends on the state of its value
date and not on when it was recorded, so an earlier payment that arrives later changes its
outcome as if it had been there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.events.base import Event, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChanged(Event):
    """Another contract rate; the running period is split by days at the two rates."""

    rate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHoliday(Event):
    """The next instalments are skipped: each falls that many instalments later.

    Interest keeps accruing; ``treatment`` says what becomes of it.
    """

    n_instalments: int
    treatment: Treatment
    # Given because the enterprise is in difficulty.
    is_forbearance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moratorium(Event):
    """Law suspends payment from the value date up to, not including, ``until``.

    Nothing falls due and no late interest accrues; days past due stand still.
    """

    until: date
    treatment: Treatment = Treatment.DEFERRED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReAged(Event):
    """Arrears join what is not due yet, so nothing is past due any more.

    Overdue principal joins the coming principal: over all instalments if capitalised,
    at the end if deferred; ``treatment`` also says what becomes of the interest.
    """

    treatment: Treatment
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReAmortised(Event):
    """The principal not due yet is repaid by a new schedule, at the rate in force."""

    n_periods: int
    first_due_date: date
    amortization: Amortization
    is_forbearance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restructured(Event):
    """A part of the debt is forgiven, the rest is repaid by new terms.

    Amounts beyond what is owed forgive what is owed. What is overdue joins the new
    principal; ``treatment`` says what becomes of overdue interest.
    """

    principal_minor: int
    interest_minor: int
    penalty_minor: int
    rate_bps: int
    n_periods: int
    first_due_date: date
    amortization: Amortization
    treatment: Treatment
