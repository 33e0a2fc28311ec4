"""Another contract rate."""

from __future__ import annotations

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.servicing.events import RateChanged
from longtail.servicing.services.amending.base import Act, carry_out, next_key, opened
from longtail.terms.resolve import MAX_RATE_BPS
from longtail.values.refusal import InvalidInput


@logs_refusals
@transaction.atomic
def change_rate(act: Act, *, rate_bps: int) -> None:
    """Let interest run at another rate from a day on; late interest stays as signed.

    Args:
        act: Who changes which agreement, from when, and why.
        rate_bps: The new rate a year, basis points.

    Raises:
        FourEyesRequired: If one person would do it alone.
        InvalidInput: If the rate, the day or the reason is not valid.
        NotAmendable: If the agreement is not active.
    """
    case = opened(act, what="Changing a rate")
    if not 0 <= rate_bps <= MAX_RATE_BPS:
        raise InvalidInput({"rate": "must be between 0 and 1,000 % a year"})
    event = RateChanged(
        key=next_key("rate-change", act.agreement_code),
        value_date=act.value_date,
        rate_bps=rate_bps,
    )
    told = f"the rate is {rate_bps / 100:g} % a year from {act.value_date}."
    carry_out(case, event, act, told=told)
