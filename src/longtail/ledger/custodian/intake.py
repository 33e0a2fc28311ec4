"""Taking in what the bank says: each message once, in any order, none that is forged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from longtail.ledger import posting
from longtail.ledger.custodian import booking, chain, keyring, models, rules, services
from longtail.ledger.custodian.messages import orders, reading, signing
from longtail.ledger.custodian.messages.contents import (
    MessageRefused,
    Notification,
    StatementMessage,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.messages.signing import Letter, TrustedKey
from longtail.ledger.custodian.models import CustodianKey, Instruction, Message
from longtail.ledger.custodian.rules import Step

IN = Message.Way.IN
KINDS = ("pain.002", "camt.053", "camt.054")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of a message.

    Attributes:
        kind: Such as ``camt.054``.
        message: The row that keeps it.
        is_new: Whether it said anything new.
        booked: How many entries it booked.
    """

    kind: str
    message: Message
    is_new: bool
    booked: int = 0


def lock_channel() -> None:
    """Wait until nobody else sends or takes in, until the transaction ends.

    So messages are taken in one after another, and the numbers of receipts ascend in
    the order in which they can be seen.
    """
    channel = models.Channel.objects.select_for_update(no_key=True)
    channel.get_or_create(name="custodian")


def custodian_keys() -> list[TrustedKey]:
    """Return the custodian's public keys, as the platform knows them."""
    return keyring.trusted(CustodianKey, settings.CUSTODIAN_TRUSTED_KEY)


@transaction.atomic
def take_in(letter: Letter, *, at: datetime) -> TakenIn:
    """Take in a message of the bank's; a repeated one changes nothing.

    Args:
        letter: The message as received, never trusted, and the signature beside it.
        at: When it arrived, timezone-aware.

    Raises:
        MessageRefused: If it is not the bank's to the last byte, is unsafe or broken, or
            contradicts what was taken in.
    """
    lock_channel()
    digest = digest_of(letter.body)
    known = Message.objects.filter(way=IN, digest=digest).first()
    if known:
        return TakenIn(known.kind, known, is_new=False)
    signing.verify(letter, custodian_keys(), at=at)
    kind, content = reading.read(letter.body, *KINDS)
    if Message.objects.filter(way=IN, message_id=content.message_id).exists():
        raise MessageRefused(
            f"Message {content.message_id} was received before with other contents."
        )
    message = Message.objects.create(
        way=IN,
        kind=kind,
        message_id=content.message_id,
        digest=digest,
        body=letter.body,
        signature=letter.signature,
        at=at,
        delivered_at=at,
    )
    booked = 0
    if isinstance(content, StatusReport):
        _answer(content, message=message, at=at)
    elif isinstance(content, Notification):
        _refuse_contradictions(content)
        booked = booking.book(content.lines, message=message, at=at)
    elif isinstance(content, StatementMessage):
        whole = chain.keep(content, message=message)
        booked = chain.catch_up(whole, at=at) if whole else 0
    return TakenIn(kind, message, is_new=True, booked=booked)


def digest_of(xml: bytes) -> str:
    """Return the SHA-256 of a message as received, in hexadecimal."""
    return hashlib.sha256(xml).hexdigest()


def keep_refused(letter: Letter, *, reason: str, at: datetime) -> Message:
    """Keep a message that could not be taken in, as evidence, once."""
    digest = digest_of(letter.body)
    message, _ = Message.objects.get_or_create(
        way=Message.Way.REFUSED,
        message_id=digest,
        defaults={
            "digest": digest,
            "body": letter.body,
            "signature": letter.signature[:10_000],
            "reason": reason[:500],
            "at": at,
        },
    )
    return message


def _refuse_contradictions(content: Notification) -> None:
    """Refuse a notification of a foreign account, or of an entry that read otherwise."""
    for line in content.lines:
        if content.account != orders.trust_account(line.amount.currency):
            raise MessageRefused(f"{content.account} holds no {line.amount.currency}.")
    known = booking.taken(line.entry_reference for line in content.lines)
    for line in content.lines:
        before = known.get(line.entry_reference)
        if before and (before.amount, before.direction) != (line.amount, line.direction):
            raise MessageRefused(
                f"Entry {line.entry_reference} was booked as {before.amount}; now it is "
                f"{line.amount}."
            )


def _answer(report: StatusReport, *, message: Message, at: datetime) -> None:
    """Move instructions on by what the bank answered; give rejected money back.

    An answer counts for the payments of the order it answers. That a bank will not pay
    the same twice says nothing of the first time.
    """
    statuses = {status.end_to_end_id: status for status in report.statuses}
    found = Instruction.objects.select_for_update(no_key=True).filter(
        code__in=statuses, message__message_id=report.original_message_id
    )
    voids, ignored = [], statuses.keys() - {i.code for i in found}
    for instruction in found.order_by("id"):
        status = statuses[instruction.code]
        is_rejected = status.status is Status.REJECTED
        step = Step.REJECT if is_rejected else Step.ACCEPT
        is_repetition = is_rejected and status.reason_code in rules.REPETITIONS
        if is_repetition or not rules.can(instruction.state, step):
            ignored |= {instruction.code} if is_rejected else set()
            continue
        instruction.state = rules.after(instruction.state, step)
        if is_rejected:
            instruction.reason, instruction.ended_at = _why(status), at
            voids.append(services.void(instruction, at=at))
        instruction.save(update_fields=["state", "reason", "ended_at"])
    posting.post_many(voids)
    _note_ignored(ignored, message)


def _note_ignored(codes: Iterable[str], message: Message) -> None:
    if codes := sorted(codes):
        message.reason = f"Without effect on: {', '.join(codes)}"[:500]
        message.save(update_fields=["reason"])


def _why(status: TransferStatus) -> str:
    return f"{status.reason or 'Rejected by the bank'} ({status.reason_code})"
