"""New schedules: re-ageing, re-amortisation, restructuring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.dues import advance
from longtail.servicing.events import ReAged, ReAmortised, Restructured, Treatment
from longtail.servicing.rules import Status
from longtail.servicing.services.amending.base import (
    Act,
    NotAmendable,
    carry_out,
    next_key,
    opened,
)
from longtail.terms.resolve import MAX_PERIODS, MAX_RATE_BPS
from longtail.values.eyes import require_reason
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """How what is left is to be repaid.

    Attributes:
        n_periods: Number of monthly instalments.
        first_due_date: When the first falls due; after the change's value date.
        amortization: How principal comes back.
    """

    n_periods: int
    first_due_date: date
    amortization: Amortization


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgiveness:
    """What the holders give up for good, minor units; more than is owed gives up all."""

    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0


@logs_refusals
@transaction.atomic
def re_age(act: Act, *, treatment: Treatment) -> None:
    """Let what is overdue join what is to come; the agreement is not past due any more.

    Args:
        act: Who changes which agreement, from when, and why.
        treatment: Capitalised: over all instalments. Deferred: at the end.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If the day or the reason is not valid.
        NotAmendable: If the agreement is not active, or nothing is overdue.
    """
    case = opened(act, what="Re-ageing arrears")
    now, _ = advance(case.terms, case.state, max(act.value_date, _last_day(case.state)))
    if not now.overdue_minor:
        raise NotAmendable(
            f"Nothing is overdue on agreement {act.agreement_code}, so there are no "
            "arrears to move."
        )
    event = ReAged(
        key=next_key("re-ageing", act.agreement_code),
        value_date=act.value_date,
        treatment=treatment,
        cause=require_reason(act.reason),
    )
    told = "what is overdue now falls due with the instalments to come."
    carry_out(case, event, act, told=told)


def _last_day(state) -> date:
    assert state.place is not None
    return state.place[0]


@logs_refusals
@transaction.atomic
def re_amortise(act: Act, *, schedule: NewSchedule, is_forbearance: bool) -> None:
    """Repay the principal not due yet by a new schedule, at the rate in force.

    Args:
        act: Who changes which agreement, from when, and why.
        schedule: The new schedule.
        is_forbearance: Whether it is given because the enterprise is in difficulty.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If the schedule, the day or the reason is not valid.
        NotAmendable: If the agreement is not active.
    """
    case = opened(act, what="A new schedule")
    _require_valid(act, schedule)
    event = ReAmortised(
        key=next_key("re-amortisation", act.agreement_code),
        value_date=act.value_date,
        n_periods=schedule.n_periods,
        first_due_date=schedule.first_due_date,
        amortization=schedule.amortization,
        is_forbearance=is_forbearance,
    )
    carry_out(case, event, act, told=_told(schedule))


@logs_refusals
@transaction.atomic
def restructure(
    act: Act,
    *,
    forgiveness: Forgiveness,
    rate_bps: int,
    schedule: NewSchedule,
    treatment: Treatment,
) -> None:
    """Forgive a part of the debt and repay the rest by new terms.

    Args:
        act: Who changes which agreement, from when, and why.
        forgiveness: What the holders give up.
        rate_bps: The new rate a year, basis points.
        schedule: The new schedule.
        treatment: What becomes of overdue interest that is not given up.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If an amount, the rate, the schedule, the day or the reason is not
            valid; every problem is listed.
        NotAmendable: If the agreement is neither active nor in default.
    """
    case = opened(act, what="A restructuring", statuses=(Status.ACTIVE, Status.DEFAULTED))
    problems = {}
    if not 0 <= rate_bps <= MAX_RATE_BPS:
        problems["rate"] = "must be between 0 and 1,000 % a year"
    for name in ("principal_minor", "interest_minor", "penalty_minor"):
        if getattr(forgiveness, name) < 0:
            problems[name.removesuffix("_minor")] = "must not be negative"
    _require_valid(act, schedule, problems)
    event = Restructured(
        key=next_key("restructuring", act.agreement_code),
        value_date=act.value_date,
        principal_minor=forgiveness.principal_minor,
        interest_minor=forgiveness.interest_minor,
        penalty_minor=forgiveness.penalty_minor,
        rate_bps=rate_bps,
        n_periods=schedule.n_periods,
        first_due_date=schedule.first_due_date,
        amortization=schedule.amortization,
        treatment=treatment,
    )
    forgiven = Money(forgiveness.principal_minor, case.terms.currency)
    told = f"{forgiven} of principal is forgiven; {_told(schedule)}"
    carry_out(case, event, act, told=told)


def _require_valid(
    act: Act, schedule: NewSchedule, problems: dict[str, str] | None = None
) -> None:
    problems = dict(problems or {})
    if not 1 <= schedule.n_periods <= MAX_PERIODS:
        problems["n_periods"] = f"must be between 1 and {MAX_PERIODS}"
    if schedule.first_due_date <= act.value_date:
        problems["first_due_date"] = f"must be after {act.value_date}"
    if problems:
        raise InvalidInput(problems)


def _told(schedule: NewSchedule) -> str:
    return (
        f"what is left is repaid in {schedule.n_periods} monthly instalments, the first "
        f"due on {schedule.first_due_date}."
    )
