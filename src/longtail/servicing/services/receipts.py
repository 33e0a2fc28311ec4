"""Repayments: from the custodian's receipts to the holders' wallets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian.queries import Receipt
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.events import Payment
from longtail.servicing.rules import NotInService, Status
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_cases,
    record,
)
from longtail.servicing.services.repayments import take_on_schedule
from longtail.servicing.services.reporting import report
from longtail.servicing.services.undoing.chargebacks import take_chargebacks

PREFIX = "collection:"
LIMIT = 10_000


@transaction.atomic
def take_receipts(*, at: datetime) -> int:
    """Distribute everything that arrived on collection accounts since the last time.

    Every receipt is taken exactly once, in bulk: the number of statements does not
    depend on the number of receipts. A receipt with an earlier value date than events
    already recorded changes the past: the difference is distributed. A receipt that its
    payer's bank took back is charged back.

    Args:
        at: When.

    Returns:
        How many receipts were taken in.
    """
    cursor = _locked_cursor()
    last = cursor.last_receipt_id
    receipts = list(custodian.receipts_after(last_id=last, prefix=PREFIX, limit=LIMIT))
    # A receipt is always before what takes it back.
    up_to = receipts[-1].id if len(receipts) == LIMIT else None
    returned = custodian.takebacks_after(last_id=last, prefix=PREFIX, up_to=up_to)
    if not (receipts or returned):
        return 0
    _distribute(receipts, at=at)
    take_chargebacks(returned, at=at)
    cursor.last_receipt_id = max(found.id for found in (*receipts, *returned))
    cursor.save(update_fields=["last_receipt_id"])
    return len(receipts)


def _distribute(receipts: list[Receipt], *, at: datetime) -> None:
    if not receipts:
        return
    eventful, entries = take_on_schedule(receipts, at=at)
    cases = locked_cases(agreement_code(r.account_code) for r in eventful)
    happenings = [_happening(receipt, cases) for receipt in eventful]
    before = {code: case.state.status for code, case in cases.items()}
    record(happenings, at=at, entries=entries)
    _report([(case, before[case.code]) for case in cases.values()], at=at)


def _locked_cursor() -> models.ReceiptCursor:
    models.ReceiptCursor.objects.bulk_create(
        [models.ReceiptCursor(id=1)], ignore_conflicts=True
    )
    return models.ReceiptCursor.objects.select_for_update(no_key=True).get(id=1)


def agreement_code(account_code: str) -> str:
    """Return the agreement that a collection account belongs to."""
    return account_code.split(":")[1]


def _happening(receipt: Any, cases: dict[str, Case]) -> Happening:
    case = cases.get(agreement_code(receipt.account_code))
    if case is None:
        raise NotInService(agreement_code(receipt.account_code))
    payment = Payment(
        key=f"receipt:{receipt.id}",
        value_date=receipt.value_date,
        amount_minor=receipt.amount_minor,
    )
    return Happening(case=case, event=payment, by="system", reason=receipt.custodian_ref)


def _report(moved: Iterable[tuple[Case, Status]], *, at: datetime) -> None:
    """Tell the demands what the receipts changed."""
    happened: dict[DealEvent, list[Case]] = defaultdict(list)
    for case, before in moved:
        after = case.state.status
        if after is Status.REPAID and before is not Status.REPAID:
            happened[DealEvent.REPAY].append(case)
        elif after in (Status.DEFAULTED, Status.WRITTEN_OFF):
            happened[DealEvent.RECOVER].append(case)
    for event, cases in happened.items():
        report(cases, event, by="system", at=at)
    notify_many([_repaid_message(c) for c in happened[DealEvent.REPAY]], at=at)


def _repaid_message(case: Case) -> Message:
    more = ""
    if case.state.refundable_minor > 0:
        more = " You paid more than was owed; the rest will be refunded."
    return Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="Your financing is repaid in full",
        body=f"The last payment closed agreement {case.code}.{more}",
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )
