"""Reads over payments, receipts and reconciliations. No writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from longtail.ledger.custodian import break_desk, outlook, suspense
from longtail.ledger.custodian.breaks import age_bucket
from longtail.ledger.custodian.cases import BreakCase, CaseState, Disposal
from longtail.ledger.custodian.messages.contents import Direction
from longtail.ledger.custodian.models import (
    CashEntry,
    Instruction,
    Message,
    PaymentReference,
    Reconciliation,
)
from longtail.ledger.custodian.outlook import Outlook
from longtail.ledger.custodian.rules import UnknownInstruction, normal_reference


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
        remitter_account: Where it came from, as far as the bank says.
        remitter_bic: The same of the remitter's bank.
    """

    id: int
    account_code: str
    amount_minor: int
    currency: str
    value_date: date
    remitter: str
    reference: str
    custodian_ref: str
    remitter_account: str
    remitter_bic: str


@dataclass(frozen=True, slots=True)
class Takeback:
    """A receipt that its payer's bank took back.

    Attributes:
        id: Ascends in the order of taking in, together with the receipts'.
        receipt_id: The receipt.
        account_code: The account that the receipt had reached.
        amount_minor: Positive, minor units; all of the receipt.
        value_date: The day it counts from.
        reason: Why, as the bank says.
        custodian_ref: The bank's reference of the entry.
    """

    id: int
    receipt_id: int
    account_code: str
    amount_minor: int
    value_date: date
    reason: str
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
    # A payment of ours that came back is no receipt of anybody's.
    rows = CashEntry.objects.filter(
        id__gt=last_id,
        direction=Direction.CREDIT,
        return_reason="",
        account__code__startswith=prefix,
    )
    fields = ("id", "account_id", "amount_minor", "currency", "value_date")
    named = ("counterparty", "reference", "entry_reference", "payer_account", "payer_bic")
    return [
        Receipt(*row) for row in rows.order_by("id").values_list(*fields, *named)[:limit]
    ]


def receipt(receipt_id: int) -> Receipt | None:
    """Return a receipt by its id, or None."""
    found = receipts_after(last_id=receipt_id - 1, prefix="", limit=1)
    return found[0] if found and found[0].id == receipt_id else None


def takebacks_after(*, last_id: int, prefix: str, up_to: int | None) -> list[Takeback]:
    """Return receipts that were taken back after one entry, oldest first.

    Args:
        last_id: The last entry already seen; 0 for all.
        prefix: Start of the account codes wanted, such as ``collection:``.
        up_to: The last entry wanted; without it all.
    """
    rows = CashEntry.objects.filter(
        id__gt=last_id, takes_back__isnull=False, account__code__startswith=prefix
    )
    if up_to is not None:
        rows = rows.filter(id__lte=up_to)
    fields = ("id", "takes_back_id", "account_id", "amount_minor", "value_date")
    said = ("return_reason", "entry_reference")
    return [Takeback(*row) for row in rows.order_by("id").values_list(*fields, *said)]


def came_back_minor(instruction_codes: Iterable[str]) -> dict[str, int]:
    """Return what came back of payments that were returned, by code, minor units."""
    rows = CashEntry.objects.filter(
        end_to_end_id__in=list(instruction_codes), direction=Direction.CREDIT
    ).exclude(return_reason="")
    return dict(rows.values_list("end_to_end_id", "amount_minor"))


def outlook_of(found: Instruction, *, on: date) -> Outlook:
    """Return why a payment is where it is, and when its next step is due.

    Args:
        found: The payment.
        on: Today.
    """
    return outlook.of_payment(
        state=found.state,
        released=found.released_at and found.released_at.date(),
        reason=found.reason,
        on=on,
    )


@dataclass(frozen=True, slots=True)
class Suspended:
    """Money that arrived and waits for its owner.

    Attributes:
        entry: As the bank booked it.
        proposal: Where somebody proposed it to go, or None.
        outlook: Why it waits and until when.
    """

    entry: CashEntry
    proposal: Disposal | None
    outlook: Outlook


def suspended(*, on: date) -> list[Suspended]:
    """Return the money in suspense, oldest first.

    Args:
        on: Today.
    """
    rows = CashEntry.objects.filter(
        account__code__startswith="suspense:",
        direction=Direction.CREDIT,
        # What was sent back to its payer and returned waits as the entry it first was.
        return_reason="",
        assigned_to__isnull=True,
    ).exclude(
        pk__in=Disposal.objects.filter(instruction__isnull=False)
        .exclude(instruction__state__in=suspense.DEAD)
        .values("entry_id")
    )
    open_ = Disposal.objects.filter(state=Disposal.State.PROPOSED)
    proposals = {found.entry_id: found for found in open_}
    return [
        Suspended(
            entry,
            proposals.get(entry.pk),
            outlook.of_suspense(
                received=entry.booking_date, is_proposed=entry.pk in proposals, on=on
            ),
        )
        for entry in rows.order_by("id")
    ]


@dataclass(frozen=True, slots=True)
class AgedBreak:
    """A break on the desk.

    Attributes:
        case: The break.
        age_days: Days since it was first seen.
        bucket: Its ageing bucket, such as ``2-5``.
        is_found: Whether the latest reconciliation still finds it.
    """

    case: BreakCase
    age_days: int
    bucket: str
    is_found: bool


def break_cases(*, on: date, state: str | None = None) -> list[AgedBreak]:
    """Return the breaks that are not closed, oldest first, or those of one state.

    Args:
        on: Today.
        state: ``open``, ``proposed`` or ``closed``.
    """
    rows = BreakCase.objects.order_by("first_seen_date", "id")
    rows = rows.filter(state=state) if state else rows.exclude(state=CaseState.CLOSED)
    latest = {row.currency: row.on_date for row in latest_reconciliations()}
    return [_aged(case, on, latest.get(case.currency)) for case in rows]


def break_case(code: str, *, on: date) -> AgedBreak:
    """Return a break; its ``case.events`` say what became of it.

    Raises:
        UnknownBreak: If there is none with this code.
    """
    found = BreakCase.objects.filter(code=code).first()
    if found is None:
        raise break_desk.UnknownBreak(f"There is no break {code}.")
    latest = {row.currency: row.on_date for row in latest_reconciliations()}
    return _aged(found, on, latest.get(found.currency))


def _aged(case: BreakCase, on: date, latest: date | None) -> AgedBreak:
    days = max((on - case.first_seen_date).days, 0)
    is_found = latest is None or case.last_seen_date >= latest
    return AgedBreak(case, days, age_bucket(days), is_found)


def refused_orders(*, limit: int = 50) -> list[Message]:
    """Return the orders that the bank would not have, newest first."""
    rows = Message.objects.filter(way=Message.Way.OUT).exclude(reason="")
    return list(rows.order_by("-id").defer("body")[:limit])


def reference_of(account_code: str) -> str | None:
    """Return what outside payers quote to reach an account, if it was assigned one."""
    found = PaymentReference.objects.filter(account_id=account_code)
    return found.values_list("reference", flat=True).first()


def account_quoted(reference: str) -> str | None:
    """Return the account that a reference reaches, or None."""
    found = PaymentReference.objects.filter(reference=normal_reference(reference))
    return found.values_list("account_id", flat=True).first()


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
