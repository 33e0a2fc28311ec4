"""Reads over payments, receipts and reconciliations. No writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longtail.ledger.custodian.messages.contents import Direction
from longtail.ledger.custodian.models import (
    CashEntry,
    Instruction,
    Message,
    PaymentReference,
    Reconciliation,
)
from longtail.ledger.custodian.rules import UnknownInstruction


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that arrived from outside.

    Attributes:
        id: Ascends in the order of taking in; read on from the last one seen.
        account_code: The account credited.
        amount_minor: Positive, minor units.
        currency: ISO 4217 code.
        value_date: The day it counts from.
        remitter: Who paid, as the bank says.
        reference: What the payer quoted.
        custodian_ref: The bank's reference of the entry.
    """

    id: int
    account_code: str
    amount_minor: int
    currency: str
    value_date: date
    remitter: str
    reference: str
    custodian_ref: str


def instruction(code: str) -> Instruction:
    """Return a payment instruction.

    Raises:
        UnknownInstruction: If there is none with this code.
    """
    found = Instruction.objects.filter(code=code).first()
    if found is None:
        raise UnknownInstruction(f"There is no payment {code}.")
    return found


def instructions(
    state: str | None = None, *, account_code: str | None = None
) -> list[Instruction]:
    """Return payment instructions in the order they were prepared.

    Args:
        state: Only these, such as ``prepared``.
        account_code: Only those paid from this account.
    """
    rows = Instruction.objects.order_by("id")
    if state is not None:
        rows = rows.filter(state=state)
    if account_code is not None:
        rows = rows.filter(account_id=account_code)
    return list(rows)


def receipts_after(*, last_id: int, prefix: str, limit: int = 10_000) -> list[Receipt]:
    """Return receipts that were taken in after one, oldest first.

    Args:
        last_id: The last receipt already seen; 0 for all.
        prefix: Start of the account codes wanted, such as ``collection:``.
        limit: How many at most.
    """
    rows = CashEntry.objects.filter(
        id__gt=last_id, direction=Direction.CREDIT, account__code__startswith=prefix
    )
    fields = ("id", "account_id", "amount_minor", "currency", "value_date")
    named = ("counterparty", "reference", "entry_reference")
    return [
        Receipt(*row) for row in rows.order_by("id").values_list(*fields, *named)[:limit]
    ]


def reference_of(account_code: str) -> str | None:
    """Return what outside payers quote to reach an account, if it was assigned one."""
    found = PaymentReference.objects.filter(account_id=account_code)
    return found.values_list("reference", flat=True).first()


def latest_reconciliations() -> list[Reconciliation]:
    """Return the latest reconciliation of each currency, with its ``breaks`` at hand."""
    rows = Reconciliation.objects.order_by("currency", "-on_date", "-id")
    return list(rows.distinct("currency").prefetch_related("breaks"))


def reconciliations(currency: str, *, limit: int = 60) -> list[Reconciliation]:
    """Return the latest reconciliations of a currency, newest first."""
    rows = Reconciliation.objects.filter(currency=currency).order_by("-on_date", "-id")
    return list(rows.prefetch_related("breaks")[:limit])


def refused_messages(*, limit: int = 50) -> list[Message]:
    """Return the latest messages that could not be taken in, newest first."""
    rows = Message.objects.filter(way=Message.Way.REFUSED).order_by("-id")
    return list(rows.defer("body")[:limit])
