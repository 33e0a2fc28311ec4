"""Carrying messages between the platform and its custodian; each step stands alone.

A message leaves only after the transaction that wrote it has committed, and is ticked
off only after the transaction that took it in has. A crash in between repeats a step,
which both sides recognise by the message's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from longtail.ledger.custodian import chain, intake, keyring, services
from longtail.ledger.custodian.messages import orders, signing
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    MessageRefused,
    PaymentOrder,
)
from longtail.ledger.custodian.messages.signing import Approval, Letter
from longtail.ledger.custodian.models import (
    CashEntry,
    Instruction,
    Message,
    Statement,
)
from longtail.ledger.custodian.rules import InstructionState
from longtail.ledger.custodian.sandbox import services as bank
from longtail.values.codes import mint
from longtail.values.money import Money
from longtail.values.refusal import Refusal

MAX_PAYMENTS = 1_000


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What one exchange did.

    Attributes:
        sent: Payments sent to the bank.
        taken: Messages that said something new.
        booked: Entries booked.
        refused: Messages that could not be taken in, kept as evidence.
        tampered: Codes of instructions held back because they were changed.
    """

    sent: int
    taken: int
    booked: int
    refused: int
    tampered: tuple[str, ...]


def exchange(*, at: datetime) -> Exchanged:
    """Send what was released, then take in what the bank has for us.

    Safe to repeat and to interrupt anywhere. Must not run inside a transaction: the
    bank cannot be rolled back.

    Args:
        at: Now, timezone-aware.
    """
    sent, tampered = _write_order(at=at)
    _deliver(at=at)
    taken = booked = refused = 0
    while messages := bank.collect(at=at):
        for letter in messages:
            try:
                result = intake.take_in(letter, at=at)
            except Refusal as refusal:
                intake.keep_refused(letter, reason=str(refusal), at=at)
                refused += 1
            else:
                taken += result.is_new
                booked += result.booked
            bank.confirm(letter.body, at=at)
    return Exchanged(sent, taken, booked, refused, tampered)


def _write_order(*, at: datetime) -> tuple[int, tuple[str, ...]]:
    """Write a pain.001 of everything released, and mark it sent, at once."""
    released = Instruction.objects.filter(state=InstructionState.RELEASED)
    with transaction.atomic(durable=True):
        if not released.exists():
            return 0, ()
        intake.lock_channel()
        rows = list(released.select_for_update(no_key=True).order_by("id")[:MAX_PAYMENTS])
        changed = services.tampered(rows)
        rows = [row for row in rows if row.code not in changed]
        if rows:
            message = _keep_order(rows, at=at)
            Instruction.objects.filter(pk__in=[row.pk for row in rows]).update(
                state=InstructionState.SENT, message=message
            )
    return len(rows), tuple(sorted(changed))


def _keep_order(rows: list[Instruction], *, at: datetime) -> Message:
    transfers = tuple(_transfer(row) for row in rows)
    order = PaymentOrder(message_id=mint("ORD"), created_at=at, transfers=transfers)
    approvals = [
        Approval(
            end_to_end_id=row.code,
            sha256=signing.payment_digest(transfer),
            prepared_by=row.prepared_by,
            released_by=row.released_by,
        )
        for row, transfer in zip(rows, transfers, strict=True)
    ]
    xml = orders.write_order(order)
    letter = signing.sign(xml, private_jwk=keyring.own_key(), at=at, approvals=approvals)
    return Message.objects.create(
        way=Message.Way.OUT,
        kind="pain.001",
        message_id=order.message_id,
        digest=intake.digest_of(xml),
        body=xml,
        signature=letter.signature,
        at=at,
    )


def _transfer(row: Instruction) -> CreditTransfer:
    return CreditTransfer(
        end_to_end_id=row.code,
        amount=Money(row.amount_minor, row.currency),
        payee=services.payee_of(row),
        reference=row.reference,
        remittance=f"{row.reference} {row.purpose}".strip(),
    )


def _deliver(*, at: datetime) -> None:
    waiting = Message.objects.filter(way=Message.Way.OUT, delivered_at__isnull=True)
    for message in waiting.order_by("id"):
        _submit(message, at=at)
        message.delivered_at = at
        message.save(update_fields=["delivered_at", "reason"])


def _submit(message: Message, *, at: datetime) -> None:
    """Hand an order to the bank; note if it will not have it."""
    try:
        bank.submit(Letter(bytes(message.body), message.signature), at=at)
    except MessageRefused as refusal:
        message.reason = f"Refused by the bank: {refusal}"[:500]
    else:
        message.reason = ""


def fetch_statement(*, on: date, currency: str, at: datetime) -> Statement:
    """Ask the bank for the statement that ends on a day, and take it in.

    Raises:
        MessageRefused: If it is forged, broken or contradicts one received before.
        StatementUnavailable: If the bank has none that ends on that day.
    """
    letters = bank.statement(on=on, currency=currency)
    for letter in letters:
        result = intake.take_in(letter, at=at)
    page = result.message.page
    return Statement.objects.get(currency=page.currency, number=page.number)


def fetch_missing(*, currency: str, at: datetime) -> list[int]:
    """Ask the bank again for the statements that never came.

    Returns:
        The numbers that are there now.
    """
    missing = chain.missing_numbers(currency)
    for number in missing:
        try:
            letters = bank.statement_numbered(number=number, currency=currency)
        except bank.StatementUnavailable:
            continue
        for letter in letters:
            try:
                intake.take_in(letter, at=at)
            except MessageRefused as refusal:
                intake.keep_refused(letter, reason=str(refusal), at=at)
    return sorted(set(missing) - set(chain.missing_numbers(currency)))


def catch_up(*, on: date, currency: str, at: datetime) -> int:
    """Book what the statement shows and no notification brought; ask for lost answers.

    Args:
        on: The day the statement ends on.
        currency: The trust account's currency.
        at: Now, timezone-aware.

    Returns:
        How many entries were booked.
    """
    known = CashEntry.objects.filter(currency=currency).count()
    statement = fetch_statement(on=on, currency=currency, at=at)
    with transaction.atomic():
        intake.lock_channel()
        chain.catch_up(statement, at=at)
    # The bank answers an order that it has seen before by repeating its answer.
    unanswered = Message.objects.filter(instructions__state=InstructionState.SENT)
    for message in unanswered.distinct().order_by("id"):
        _submit(message, at=at)
        message.save(update_fields=["reason"])
    return CashEntry.objects.filter(currency=currency).count() - known
