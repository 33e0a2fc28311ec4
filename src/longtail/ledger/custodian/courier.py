"""Carrying messages between the platform and its custodian; each step stands alone.

A message leaves only after the transaction that wrote it has committed, and is ticked
off only after the transaction that took it in has. A crash in between repeats a step,
which both sides recognise by the message's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from longtail.ledger.custodian import intake, services
from longtail.ledger.custodian.messages import orders, reading
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    PaymentOrder,
    StatementMessage,
)
from longtail.ledger.custodian.models import Instruction, Message, Statement
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
        for xml in messages:
            try:
                result = intake.take_in(xml, at=at)
            except Refusal as refusal:
                intake.keep_refused(xml, reason=str(refusal), at=at)
                refused += 1
            else:
                taken += result.is_new
                booked += result.booked
            bank.confirm(xml, at=at)
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
    order = PaymentOrder(
        message_id=mint("ORD"),
        created_at=at,
        transfers=tuple(
            CreditTransfer(
                end_to_end_id=row.code,
                amount=Money(row.amount_minor, row.currency),
                payee=services.payee_of(row),
                remittance=f"{row.reference} {row.purpose}".strip(),
            )
            for row in rows
        ),
    )
    xml = orders.write_order(order)
    return Message.objects.create(
        way=Message.Way.OUT,
        kind="pain.001",
        message_id=order.message_id,
        digest=intake.digest_of(xml),
        body=xml,
        at=at,
    )


def _deliver(*, at: datetime) -> None:
    waiting = Message.objects.filter(way=Message.Way.OUT, delivered_at__isnull=True)
    for message in waiting.order_by("id"):
        bank.submit(bytes(message.body))
        message.delivered_at = at
        message.save(update_fields=["delivered_at"])


def fetch_statement(
    *, on: date, currency: str, at: datetime
) -> tuple[Statement, StatementMessage]:
    """Ask the bank for the statement that ends on a day, and keep it.

    Returns:
        Its balances as kept, and all it says.

    Raises:
        MessageRefused: If it is broken or contradicts one received before.
        StatementUnavailable: If the bank has none that ends on that day.
    """
    xml = bank.statement(on=on, currency=currency)
    result = intake.take_in(xml, at=at)
    content = result.content or reading.read(xml, "camt.053")[1]
    assert isinstance(content, StatementMessage)
    return Statement.objects.get(message=result.message), content


def catch_up(*, on: date, currency: str, at: datetime) -> int:
    """Book what the statement shows and no notification brought; ask for lost answers.

    Args:
        on: The day the statement ends on.
        currency: The trust account's currency.
        at: Now, timezone-aware.

    Returns:
        How many entries were booked.
    """
    statement, content = fetch_statement(on=on, currency=currency, at=at)
    with transaction.atomic():
        intake.lock_channel()
        booked = intake.book(content.lines, message=statement.message, at=at)
    # The bank answers an order that it has seen before by repeating its answer.
    unanswered = Message.objects.filter(instructions__state=InstructionState.SENT)
    for message in unanswered.distinct().order_by("id"):
        bank.submit(bytes(message.body))
    return booked
