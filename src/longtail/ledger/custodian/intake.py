"""Taking in what the bank says: each message once, each entry once, in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from django.db import transaction

from longtail.ledger import chart, posting
from longtail.ledger.custodian import models, rules, services
from longtail.ledger.custodian.messages import orders, reading
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
    Notification,
    StatementMessage,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.models import CashEntry, Instruction, Message
from longtail.ledger.custodian.rules import InstructionState, Step
from longtail.values.money import Money

IN = Message.Way.IN


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of a message.

    Attributes:
        kind: Such as ``camt.054``.
        message: The row that keeps it.
        is_new: Whether it said anything new.
        booked: How many entries it booked.
        content: What it says; None when the very same bytes came before.
    """

    kind: str
    message: Message
    is_new: bool
    booked: int = 0
    content: reading.Content | None = None


@dataclass(slots=True)
class _Booking:
    """Entries on their way into the ledger."""

    journals: list[posting.Entry] = field(default_factory=list)
    rows: list[CashEntry] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def lock_channel() -> None:
    """Wait until nobody else sends or takes in, until the transaction ends.

    So messages are taken in one after another, and the numbers of receipts ascend in
    the order in which they can be seen.
    """
    channel = models.Channel.objects.select_for_update(no_key=True)
    channel.get_or_create(name="custodian")


@transaction.atomic
def take_in(xml: bytes, *, at: datetime) -> TakenIn:
    """Take in a message of the bank's; a repeated one changes nothing.

    Args:
        xml: The message as received, never trusted.
        at: When it arrived, timezone-aware.

    Raises:
        MessageRefused: If it is unsafe, broken, or contradicts what was taken in.
    """
    lock_channel()
    digest = digest_of(xml)
    known = Message.objects.filter(way=IN, digest=digest).first()
    if known:
        return TakenIn(known.kind, known, is_new=False)
    kind, content = reading.read(xml, "pain.002", "camt.053", "camt.054")
    if Message.objects.filter(way=IN, message_id=content.message_id).exists():
        raise MessageRefused(
            f"Message {content.message_id} was received before with other contents."
        )
    message = Message.objects.create(
        way=IN,
        kind=kind,
        message_id=content.message_id,
        digest=digest,
        body=xml,
        at=at,
        delivered_at=at,
    )
    booked = 0
    if isinstance(content, StatusReport):
        _answer(content, message=message, at=at)
    elif isinstance(content, Notification):
        _refuse_contradictions(content)
        booked = book(content.lines, message=message, at=at)
    elif isinstance(content, StatementMessage):
        _keep_balances(content, message=message)
    return TakenIn(kind, message, is_new=True, booked=booked, content=content)


def digest_of(xml: bytes) -> str:
    """Return the SHA-256 of a message as received, in hexadecimal."""
    return hashlib.sha256(xml).hexdigest()


def keep_refused(xml: bytes, *, reason: str, at: datetime) -> Message:
    """Keep a message that could not be taken in, as evidence, once."""
    digest = digest_of(xml)
    message, _ = Message.objects.get_or_create(
        way=Message.Way.REFUSED,
        message_id=digest,
        defaults={"digest": digest, "body": xml, "reason": reason[:500], "at": at},
    )
    return message


def _refuse_contradictions(content: Notification) -> None:
    """Refuse a notification of a foreign account, or of an entry that read otherwise."""
    for line in content.lines:
        if content.account != orders.trust_account(line.amount.currency):
            raise MessageRefused(f"{content.account} holds no {line.amount.currency}.")
    known = {x.entry_reference: x for x in taken(content.lines)}
    for line in content.lines:
        before = known.get(line.entry_reference)
        if before and (before.amount, before.direction) != (line.amount, line.direction):
            raise MessageRefused(
                f"Entry {line.entry_reference} was booked as {before.amount}; now it is "
                f"{line.amount}."
            )


def taken(lines: Sequence[CashLine]) -> list[CashLine]:
    """Return, as we booked them, those of these entries that are booked."""
    references = [line.entry_reference for line in lines]
    return [
        line_of(entry) for entry in CashEntry.objects.filter(entry_reference__in=references)
    ]


def line_of(entry: CashEntry) -> CashLine:
    """Return a booked entry in the words of the messages."""
    return CashLine(
        entry_reference=entry.entry_reference,
        direction=Direction(entry.direction),
        amount=Money(entry.amount_minor, entry.currency),
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        end_to_end_id=entry.end_to_end_id,
        counterparty=entry.counterparty,
        reference=entry.reference,
    )


def book(lines: Sequence[CashLine], *, message: Message, at: datetime) -> int:
    """Book the entries that are not booked yet, and settle what they pay.

    A credit goes to the account whose reference was quoted, else to suspense. A debit
    must be an instruction of ours that is under way, to the cent; any other is left
    out, to stand as a break until a person has looked at it.

    Args:
        lines: Entries as the bank told them.
        message: The message that told them.
        at: When they are taken in.

    Returns:
        How many were booked.
    """
    known = {line.entry_reference for line in taken(lines)}
    fresh = [line for line in lines if line.entry_reference not in known]
    if not fresh:
        return 0
    posting.open_accounts(
        [
            open_as(currency)
            for currency in sorted({line.amount.currency for line in fresh})
            for open_as in (chart.custodian_cash, chart.suspense)
        ]
    )
    booking = _Booking()
    _plan_credits([x for x in fresh if x.direction is Direction.CREDIT], booking)
    _plan_debits([x for x in fresh if x.direction is Direction.DEBIT], booking)
    for row, ids in zip(booking.rows, posting.post_many(booking.journals), strict=True):
        row.message, row.transfer_id = message, ids[0]
    CashEntry.objects.bulk_create(booking.rows)
    Instruction.objects.filter(pk__in=booking.settled).update(
        state=InstructionState.SETTLED, ended_at=at
    )
    if booking.left_out:
        message.reason = f"Not booked: {', '.join(booking.left_out)}"[:500]
        message.save(update_fields=["reason"])
    return len(booking.rows)


def _plan_credits(lines: list[CashLine], booking: _Booking) -> None:
    quoted = [rules.normal_reference(line.reference) for line in lines]
    accounts = dict(
        models.PaymentReference.objects.filter(reference__in=quoted).values_list(
            "reference", "account_id"
        )
    )
    for line, reference in zip(lines, quoted, strict=True):
        currency = line.amount.currency
        account = accounts.get(reference, "")
        # A reference reaches its account in that account's currency only.
        if not account.endswith(f":{currency}"):
            account = chart.suspense(currency).code
        cash = chart.custodian_cash(currency).code
        move = posting.Move(debit=cash, credit=account, amount=line.amount)
        _plan(line, account, move, booking)


def _plan_debits(lines: list[CashLine], booking: _Booking) -> None:
    found = Instruction.objects.select_for_update(no_key=True).filter(
        code__in=[line.end_to_end_id for line in lines]
    )
    open_by_code = {
        i.code: i for i in found.order_by("id") if rules.can(i.state, Step.SETTLE)
    }
    for line in lines:
        instruction = open_by_code.get(line.end_to_end_id)
        asked = instruction and (instruction.amount_minor, instruction.currency)
        if not instruction or asked != (line.amount.minor, line.amount.currency):
            booking.left_out.append(line.entry_reference)
            continue
        del open_by_code[line.end_to_end_id]
        booking.settled.append(instruction.pk)
        take = posting.Resolve(instruction.hold_id, post=True)
        _plan(line, instruction.account_code, take, booking)


def _plan(
    line: CashLine,
    account_code: str,
    move: posting.Move | posting.Resolve,
    booking: _Booking,
) -> None:
    is_credit = line.direction is Direction.CREDIT
    entry = posting.Entry(
        key=f"custodian:{line.entry_reference}",
        kind="pay-in" if is_credit else "pay-out",
        effective_at=datetime.combine(line.value_date, time.min, UTC),
        moves=(move,),
    )
    row = CashEntry(
        entry_reference=line.entry_reference,
        direction=line.direction,
        currency=line.amount.currency,
        amount_minor=line.amount.minor,
        booking_date=line.booking_date,
        value_date=line.value_date,
        end_to_end_id=line.end_to_end_id,
        counterparty=line.counterparty,
        reference=line.reference,
        account_id=account_code,
    )
    booking.journals.append(entry)
    booking.rows.append(row)


def _answer(report: StatusReport, *, message: Message, at: datetime) -> None:
    """Move instructions on by what the bank answered; give rejected money back."""
    statuses = {status.end_to_end_id: status for status in report.statuses}
    found = Instruction.objects.select_for_update(no_key=True).filter(code__in=statuses)
    voids, ignored = [], statuses.keys() - {i.code for i in found}
    for instruction in found.order_by("id"):
        status = statuses[instruction.code]
        is_rejected = status.status is Status.REJECTED
        step = Step.REJECT if is_rejected else Step.ACCEPT
        if not rules.can(instruction.state, step):
            ignored |= {instruction.code} if is_rejected else set()
            continue
        instruction.state = rules.after(instruction.state, step)
        if is_rejected:
            instruction.reason, instruction.ended_at = _why(status), at
            voids.append(services.void(instruction, at=at))
        instruction.save(update_fields=["state", "reason", "ended_at"])
    posting.post_many(voids)
    if ignored:
        message.reason = f"Without effect on: {', '.join(sorted(ignored))}"[:500]
        message.save(update_fields=["reason"])


def _why(status: TransferStatus) -> str:
    return f"{status.reason or 'Rejected by the bank'} ({status.reason_code})"


def _keep_balances(content: StatementMessage, *, message: Message) -> None:
    if content.account != orders.trust_account(content.currency):
        raise MessageRefused(f"{content.account} is not the account in {content.currency}.")
    numbered = {"currency": content.currency, "number": content.number}
    if models.Statement.objects.filter(**numbered).exists():
        raise MessageRefused(
            f"Statement {content.number} in {content.currency} was received before with "
            "other contents."
        )
    models.Statement.objects.create(
        message=message,
        from_date=content.from_date,
        to_date=content.to_date,
        opening_minor=content.opening_minor,
        closing_minor=content.closing_minor,
        **numbered,
    )
