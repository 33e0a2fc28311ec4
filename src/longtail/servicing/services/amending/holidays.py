"""Payment holidays and moratoria."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.servicing.events import Moratorium, PaymentHoliday, Treatment
from longtail.servicing.services.amending.base import Act, carry_out, next_key, opened
from longtail.terms.resolve import MAX_PERIODS
from longtail.values.refusal import InvalidInput


@logs_refusals
@transaction.atomic
def grant_holiday(
    act: Act, *, n_instalments: int, treatment: Treatment, is_forbearance: bool
) -> None:
    """Let the enterprise skip its next instalments; all principal comes later by them.

    Args:
        act: Who changes which agreement, from when, and why.
        n_instalments: How many are skipped.
        treatment: What becomes of the interest that goes on accruing.
        is_forbearance: Whether it is given because the enterprise is in difficulty.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If the number, the day or the reason is not valid.
        NotAmendable: If the agreement is not active.
    """
    case = opened(act, what="A payment holiday")
    if not 1 <= n_instalments <= MAX_PERIODS:
        raise InvalidInput({"n_instalments": f"must be between 1 and {MAX_PERIODS}"})
    event = PaymentHoliday(
        key=next_key("holiday", act.agreement_code),
        value_date=act.value_date,
        n_instalments=n_instalments,
        treatment=treatment,
        is_forbearance=is_forbearance,
    )
    told = (
        f"the next {n_instalments} instalments are skipped; their interest is {treatment}."
    )
    carry_out(case, event, act, told=told)


@logs_refusals
@transaction.atomic
def declare_moratorium(act: Act, *, until: date, treatment: Treatment) -> None:
    """Suspend payment by law: nothing falls due, no late interest, no days past due.

    Args:
        act: Who changes which agreement, from when, and why: the law.
        until: The first day on which payment is owed again.
        treatment: What becomes of the interest that goes on accruing.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If the days or the reason are not valid.
        NotAmendable: If the agreement is not active.
    """
    case = opened(act, what="A moratorium")
    if until <= act.value_date:
        raise InvalidInput({"until": f"must be after {act.value_date}"})
    event = Moratorium(
        key=next_key("moratorium", act.agreement_code),
        value_date=act.value_date,
        until=until,
        treatment=treatment,
    )
    told = f"by law nothing falls due from {act.value_date} until {until}."
    carry_out(case, event, act, told=told)
