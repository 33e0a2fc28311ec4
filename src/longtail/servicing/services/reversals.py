"""Undoing a payment that was not one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.servicing import models
from longtail.servicing.events import Reversal
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import (
    Happening,
    locked_case,
    record,
)
from longtail.servicing.services.eyes import require_reason, require_two_people
from longtail.values.refusal import Refusal


class NotReversible(Refusal):
    """The event cannot be reversed."""


@transaction.atomic
def reverse_payment(
    *, event_key: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Undo a payment that was not one, such as one booked to the wrong agreement.

    The agreement is folded again without it. What the holders got too much is netted
    against what they get next; the amount is to be returned to its payer.

    Args:
        event_key: Key of the payment's event.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason.
        NotReversible: If it is no payment, was reversed before, or closed the agreement.
    """
    require_two_people(by, seconded_by)
    require_reason(reason)
    row = models.AgreementEvent.objects.filter(key=event_key, kind="payment").first()
    if row is None:
        raise NotReversible(f"There is no payment {event_key}. Check the key.")
    case = locked_case(row.agreement.code)
    key = f"reversal:{event_key}"
    if models.AgreementEvent.objects.filter(key=key).exists():
        raise NotReversible(f"Payment {event_key} was reversed before.")
    if case.state.status is Status.REPAID:
        raise NotReversible(
            f"Agreement {case.code} is repaid and closed, so its payments stand. Settle "
            "the amount with its payer outside the agreement."
        )
    reversal = Reversal(
        key=key,
        value_date=max(at.date(), row.value_date),
        of=event_key,
        amount_minor=row.amount_minor,
    )
    happening = Happening(
        case=case, event=reversal, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
