"""Undoing what did not happen after all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.servicing import models
from longtail.servicing.events import Reversal
from longtail.servicing.services.cases import Happening, locked_case, record
from longtail.servicing.services.reporting import report_move
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.refusal import Refusal


class NotReversible(Refusal):
    """The event cannot be reversed."""


@logs_refusals
@transaction.atomic
def reverse_payment(
    *, event_key: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Undo a payment that was not one, such as one booked to the wrong agreement.

    The agreement is folded again without it; one that it had closed opens again. What
    the holders got too much is netted against what they get next; the amount is to be
    returned to its payer, with :func:`return_payment`.

    Args:
        event_key: Key of the payment's event.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason.
        NotReversible: If it is no payment, was reversed before, or its bank took it back.
    """
    require_two_people(by, seconded_by, what="Reversing a payment")
    _reverse(event_key, "payment", by, seconded_by, require_reason(reason), at)


@logs_refusals
@transaction.atomic
def waive_fee(
    *, event_key: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Undo a fee, as if it had never been charged; what was paid of it pays other dues.

    Args:
        event_key: Key of the fee's event.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason.
        NotReversible: If it is no fee, or was waived before.
    """
    require_two_people(by, seconded_by, what="Waiving a fee")
    _reverse(event_key, "fee", by, seconded_by, require_reason(reason), at)


def _reverse(
    event_key: str, kind: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    row = standing_event(event_key, kind)
    case = locked_case(row.agreement.code)
    require_not_undone(row)
    before = case.state.status
    reversal = Reversal(
        key=f"reversal:{event_key}",
        value_date=max(at.date(), row.value_date),
        of=event_key,
        amount_minor=row.amount_minor if kind == "payment" else 0,
    )
    happening = Happening(
        case=case, event=reversal, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    report_move(case, before, by=by, at=at, reason=reason)


def standing_event(event_key: str, kind: str) -> Any:
    """Return an event's row.

    Raises:
        NotReversible: If there is none of this kind.
    """
    rows = models.AgreementEvent.objects.select_related("agreement")
    row = rows.filter(key=event_key, kind=kind).first()
    if row is None:
        raise NotReversible(f"There is no {kind} {event_key}. Check the key.")
    return row


def require_not_undone(row: Any) -> None:
    """Refuse an event that was undone before; its agreement is locked.

    Raises:
        NotReversible: If it was reversed, or its payer's bank took it back.
    """
    for done, told in (("reversal", "reversed"), ("chargeback", "charged back")):
        if models.AgreementEvent.objects.filter(key=f"{done}:{row.key}").exists():
            raise NotReversible(
                f"{row.kind.capitalize()} {row.key} was {told} before. Nothing is left to "
                "undo."
            )
