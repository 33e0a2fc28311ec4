"""Payments that their payer's bank took back after they were distributed.

What the custodian's entries name is taken in by itself; two people record what they hear
of otherwise. Either way a payment is charged back once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.ledger.custodian.queries import Takeback
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.events import Chargeback
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_case,
    locked_cases,
    record,
)
from longtail.servicing.services.reporting import report_move
from longtail.servicing.services.undoing.reversals import require_not_undone, standing_event
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput


@logs_refusals
@transaction.atomic
def charge_back(
    *,
    event_key: str,
    value_date: date,
    by: str,
    seconded_by: str,
    reason: str,
    at: datetime,
) -> None:
    """Record that a payer's bank took a payment back.

    Until the value date the payment counts; from then on what it had paid is owed again,
    and an agreement that it had closed opens again. The money has left the custodian's
    account, but nobody's wallet is touched: it is taken out of what the agreement
    receives next, and until then the custodian holds that much less than the ledger says,
    which stands as a break in every reconciliation.

    Args:
        event_key: Key of the payment's event.
        value_date: The day from which the bank took it back.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why, with the bank's reference.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason, or the day is not between payment and today.
        NotReversible: If it is no payment, was reversed, or was taken back before.
    """
    require_two_people(by, seconded_by, what="Recording a chargeback")
    reason = require_reason(reason)
    row = standing_event(event_key, "payment")
    case = locked_case(row.agreement.code)
    require_not_undone(row)
    if not row.value_date <= value_date <= at.date():
        raise InvalidInput(
            {"value_date": f"must lie between {row.value_date} and {at.date()}"}
        )
    before = case.state.status
    event = Chargeback(
        key=f"chargeback:{event_key}",
        value_date=value_date,
        of=event_key,
        amount_minor=row.amount_minor,
    )
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    report_move(case, before, by=by, at=at, reason=reason)
    notify_many([_message(case, row.amount_minor, value_date)], at=at)


def take_chargebacks(takebacks: Sequence[Takeback], *, at: datetime) -> None:
    """Take in what the custodian says was taken back; inside the caller's transaction.

    Args:
        takebacks: Receipts taken back, all of them taken into service before.
        at: When.
    """
    keys = {f"chargeback:receipt:{found.receipt_id}" for found in takebacks}
    rows = models.AgreementEvent.objects.filter(key__in=keys)
    done = set(rows.values_list("key", flat=True))
    fresh = [t for t in takebacks if f"chargeback:receipt:{t.receipt_id}" not in done]
    cases = locked_cases(t.account_code.split(":")[1] for t in fresh)
    before = {code: case.state.status for code, case in cases.items()}
    paid = _value_dates(fresh)
    happenings = [
        _happening(found, cases[found.account_code.split(":")[1]], paid) for found in fresh
    ]
    record(happenings, at=at)
    for code, case in cases.items():
        said = next(h.reason for h in happenings if h.case.code == code)
        report_move(case, before[code], by="system", at=at, reason=said)
    notify_many(
        [_message(h.case, h.event.amount_minor, h.event.value_date) for h in happenings],
        at=at,
    )


def _value_dates(takebacks: Sequence[Takeback]) -> dict[str, date]:
    keys = [f"receipt:{found.receipt_id}" for found in takebacks]
    rows = models.AgreementEvent.objects.filter(key__in=keys)
    return dict(rows.values_list("key", "value_date"))


def _happening(found: Takeback, case: Case, paid: dict[str, date]) -> Happening:
    key = f"receipt:{found.receipt_id}"
    event = Chargeback(
        key=f"chargeback:{key}",
        # A bank may count it from the payment's own day, but nothing earlier.
        value_date=max(found.value_date, paid[key]),
        of=key,
        amount_minor=found.amount_minor,
    )
    reason = f"{found.reason} ({found.custodian_ref})"
    return Happening(case=case, event=event, by="system", reason=reason)


def _message(case: Case, amount_minor: int, value_date: date) -> Message:
    amount = Money(amount_minor, case.terms.currency)
    return Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="Your bank took a payment back",
        body=(
            f"Your payment of {amount} for agreement {case.code} was taken back on "
            f"{value_date}. What it had paid is owed again. Pay it now, or contact your "
            "funders."
        ),
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )
