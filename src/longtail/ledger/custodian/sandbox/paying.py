"""The sandbox bank carries out orders: pain.001 in, pain.002 and camt.054 out."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from longtail.ledger.custodian.messages import orders, reading, signing
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    CreditTransfer,
    Direction,
    PaymentOrder,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.messages.signing import Letter
from longtail.ledger.custodian.sandbox import books, desk, mail, rules
from longtail.ledger.custodian.sandbox.faults import falls
from longtail.ledger.custodian.sandbox.models import Entry, Order, TrustAccount
from longtail.values.money import Money

ACCOUNT_CLOSED = "AC04 Closed account number"
Refused = dict[str, tuple[str, str]]


@transaction.atomic
def submit(letter: Letter, *, at: datetime) -> None:
    """Carry out a pain.001 and leave the answers; a repeated one is only answered again.

    Args:
        letter: The order as received, with its signature.
        at: When it was received, timezone-aware.

    Raises:
        MessageRefused: If it is not the platform's to the last byte, cannot be read, was
            not let go by two people, or reuses the id of another. Nothing is answered,
            for whoever sent it may not be the one whose payments it names.
    """
    digest = hashlib.sha256(letter.body).hexdigest()
    known = Order.objects.filter(digest=digest).first()
    if known:
        mail.put("pain.002", bytes(known.report), at=at)
        return
    approvals = signing.verify(letter, desk.platform_keys(), at=at)
    _, order = reading.read(letter.body, "pain.001")
    assert isinstance(order, PaymentOrder)
    signing.require_approved(order.transfers, approvals)
    # Before the second look, so that of two copies at once one sees the other's answer.
    accounts = books.locked({t.amount.currency for t in order.transfers})
    known = Order.objects.filter(message_id=order.message_id).first()
    if known and known.digest != digest:
        raise rules.OrderRefused(f"DU01 Order {order.message_id} came before, otherwise.")
    if known:
        mail.put("pain.002", bytes(known.report), at=at)
        return
    refused, notifications = _carry_out(order, accounts, at=at)
    report = _report(order, refused, digest)
    Order.objects.create(message_id=order.message_id, digest=digest, report=report)
    mail.put("pain.002", report, at=at)
    for notification in notifications:
        mail.put("camt.054", notification, at=at)
    _send_back(order, refused, at=at)


def _carry_out(
    order: PaymentOrder, accounts: dict[str, TrustAccount], *, at: datetime
) -> tuple[Refused, list[bytes]]:
    """Pay what can be paid.

    Returns:
        Why the rest cannot be, by end-to-end id; and the notifications of what was.
    """
    transfers = sorted(order.transfers, key=lambda t: t.amount.currency)
    paid = set(
        Entry.objects.filter(
            direction=Direction.DEBIT,
            end_to_end_id__in=[t.end_to_end_id for t in transfers],
        ).values_list("end_to_end_id", flat=True)
    )
    refused: Refused = {}
    payable: dict[str, list[CashLine]] = {currency: [] for currency in accounts}
    left = {currency: account.balance_minor for currency, account in accounts.items()}
    mandates = desk.mandates(transfers)
    for transfer in transfers:
        currency = transfer.amount.currency
        reason = rules.refusal_of(
            transfer,
            balance_minor=left[currency],
            is_repeated=transfer.end_to_end_id in paid,
            mandate=_mandate(mandates, transfer),
        )
        if reason:
            refused[transfer.end_to_end_id] = reason
            continue
        paid.add(transfer.end_to_end_id)
        left[currency] -= transfer.amount.minor
        if mandates is not None:
            key = transfer.reference, currency
            mandates[key] = rules.Mandate(
                payee_accounts=mandates[key].payee_accounts,
                left_minor=mandates[key].left_minor - transfer.amount.minor,
            )
        payable[currency].append(_debit(transfer, accounts[currency], at))
    booked = [
        books.book(accounts[currency], lines, at=at)
        for currency, lines in payable.items()
        if lines
    ]
    return refused, booked


def _mandate(
    mandates: dict[tuple[str, str], rules.Mandate] | None, transfer: CreditTransfer
) -> rules.Mandate | None:
    if mandates is None:
        return None
    nobody = rules.Mandate(payee_accounts=frozenset(), left_minor=0)
    return mandates.get((transfer.reference, transfer.amount.currency), nobody)


def _debit(transfer: CreditTransfer, account: TrustAccount, at: datetime) -> CashLine:
    on = books.booking_day(account, at)
    return CashLine(
        entry_reference="",
        direction=Direction.DEBIT,
        amount=transfer.amount,
        booking_date=on,
        value_date=on,
        end_to_end_id=transfer.end_to_end_id,
        counterparty=transfer.payee.name,
        payer_account=transfer.payee.account,
        reference=transfer.reference or transfer.remittance[:35],
    )


def _send_back(order: PaymentOrder, refused: Refused, *, at: datetime) -> None:
    """Let some of the payments come back, as the present faults want."""
    faults = mail.present_faults()
    for transfer in order.transfers:
        code = transfer.end_to_end_id
        if code not in refused and falls(
            code, "return", faults.return_permille, seed=faults.seed
        ):
            return_payment(end_to_end_id=code, reason=ACCOUNT_CLOSED, at=at)


@transaction.atomic
def return_payment(*, end_to_end_id: str, reason: str, at: datetime, less: int = 0) -> None:
    """Book a payment that its payee's bank sent back, once; a notification tells of it.

    Args:
        end_to_end_id: The payment, which was paid.
        reason: Why, as ISO return reason code and words.
        at: When it came back, timezone-aware.
        less: What the other bank kept for itself, minor units.
    """
    paid = Entry.objects.select_related("account").get(
        direction=Direction.DEBIT, end_to_end_id=end_to_end_id
    )
    currency = paid.account.currency
    account = books.locked({currency})[currency]
    if Entry.objects.filter(
        account=account, direction=Direction.CREDIT, end_to_end_id=end_to_end_id
    ).exists():
        return
    on = books.booking_day(account, at)
    line = CashLine(
        entry_reference="",
        direction=Direction.CREDIT,
        amount=Money(paid.amount_minor - less, currency),
        booking_date=on,
        value_date=on,
        end_to_end_id=end_to_end_id,
        counterparty=paid.counterparty,
        payer_account=paid.counterparty_account,
        reference=paid.reference,
        return_reason=reason,
    )
    mail.put("camt.054", books.book(account, [line], at=at), at=at)


def _report(order: PaymentOrder, refused: Refused, digest: str) -> bytes:
    return orders.write_report(
        StatusReport(
            message_id=f"RPT-{digest[:24]}",
            created_at=order.created_at,
            original_message_id=order.message_id,
            statuses=tuple(
                _status(t.end_to_end_id, refused.get(t.end_to_end_id))
                for t in order.transfers
            ),
        )
    )


def _status(end_to_end_id: str, reason: tuple[str, str] | None) -> TransferStatus:
    if reason is None:
        return TransferStatus(end_to_end_id=end_to_end_id, status=Status.ACCEPTED)
    return TransferStatus(
        end_to_end_id=end_to_end_id,
        status=Status.REJECTED,
        reason_code=reason[0],
        reason=reason[1],
    )
