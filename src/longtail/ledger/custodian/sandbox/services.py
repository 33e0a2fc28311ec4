"""A custodian bank in small: it holds client money and speaks only ISO 20022.

``pay_in`` is the world outside; everything else is a message in or a message out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from longtail.ledger.custodian.messages import cash, orders, reading
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    CreditTransfer,
    Direction,
    Notification,
    PaymentOrder,
    StatementMessage,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.sandbox import mail, rules
from longtail.ledger.custodian.sandbox.mail import collect, confirm, set_faults
from longtail.ledger.custodian.sandbox.models import (
    Entry,
    IssuedStatement,
    Order,
    TrustAccount,
)
from longtail.ledger.custodian.sandbox.rules import PayIn, StatementUnavailable
from longtail.values.money import Money

__all__ = [
    "PayIn",
    "StatementUnavailable",
    "collect",
    "confirm",
    "pay_in",
    "pay_in_many",
    "set_faults",
    "statement",
    "submit",
]


@transaction.atomic
def submit(xml: bytes) -> None:
    """Carry out a pain.001 and leave the answers; a repeated one is only answered again.

    Args:
        xml: The order as received.

    Raises:
        MessageRefused: If it cannot be read.
    """
    _, order = reading.read(xml, "pain.001")
    assert isinstance(order, PaymentOrder)
    digest = hashlib.sha256(xml).hexdigest()
    # First, so that of two copies arriving at once the second sees the first's answer.
    accounts = _locked({t.amount.currency for t in order.transfers})
    known = Order.objects.filter(message_id=order.message_id).first()
    if known and known.digest == digest:
        mail.put("pain.002", bytes(known.report), at=order.created_at)
    elif known:
        refused = {t.end_to_end_id: rules.SAME_MESSAGE for t in order.transfers}
        mail.put("pain.002", _report(order, refused, digest), at=order.created_at)
    else:
        refused, notifications = _carry_out(order, accounts)
        report = _report(order, refused, digest)
        Order.objects.create(message_id=order.message_id, digest=digest, report=report)
        mail.put("pain.002", report, at=order.created_at)
        for notification in notifications:
            mail.put("camt.054", notification, at=order.created_at)


def _carry_out(
    order: PaymentOrder, accounts: dict[str, TrustAccount]
) -> tuple[dict[str, tuple[str, str]], list[bytes]]:
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
    refused: dict[str, tuple[str, str]] = {}
    payable: dict[str, list[CashLine]] = {currency: [] for currency in accounts}
    for transfer in transfers:
        account = accounts[transfer.amount.currency]
        left = account.balance_minor + sum(
            line.signed_minor for line in payable[account.currency]
        )
        reason = rules.refusal_of(
            transfer,
            balance_minor=left,
            is_repeated=transfer.end_to_end_id in paid,
        )
        if reason:
            refused[transfer.end_to_end_id] = reason
        else:
            paid.add(transfer.end_to_end_id)
            payable[account.currency].append(_debit(transfer, account, order.created_at))
    booked = [
        _book(accounts[currency], lines, at=order.created_at)
        for currency, lines in payable.items()
        if lines
    ]
    return refused, booked


def _debit(transfer: CreditTransfer, account: TrustAccount, at: datetime) -> CashLine:
    today = at.astimezone(UTC).date()
    on = rules.booking_date(today=today, closed_date=account.closed_date)
    return CashLine(
        entry_reference="",
        direction=Direction.DEBIT,
        amount=transfer.amount,
        booking_date=on,
        value_date=on,
        end_to_end_id=transfer.end_to_end_id,
        counterparty=transfer.payee.name,
        reference=transfer.remittance[:35],
    )


def _report(order: PaymentOrder, refused: dict[str, tuple[str, str]], digest: str) -> bytes:
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


def pay_in(
    *,
    reference: str,
    amount: Money,
    remitter: str,
    value_date: date,
    at: datetime,
    key: str = "",
) -> None:
    """Pay into the trust account from outside; see :class:`PayIn`.

    Args:
        reference: What the payer quotes.
        amount: Positive.
        remitter: Who pays.
        value_date: The day it counts from.
        at: Now, timezone-aware.
        key: The payer's own end-to-end id, at most 35 characters; never paid twice.
    """
    payment = PayIn(
        reference=reference,
        amount=amount,
        remitter=remitter,
        value_date=value_date,
        key=key,
    )
    pay_in_many([payment], at=at)


@transaction.atomic
def pay_in_many(payments: Sequence[PayIn], *, at: datetime) -> None:
    """Pay into the trust accounts from outside; one notification a currency tells of it.

    Args:
        payments: The payments; one whose key was paid before is passed over.
        at: Now, timezone-aware.
    """
    accounts = _locked({payment.amount.currency for payment in payments})
    today = at.astimezone(UTC).date()
    for currency, account in accounts.items():
        on = rules.booking_date(today=today, closed_date=account.closed_date)
        lines = [
            CashLine(
                entry_reference="",
                direction=Direction.CREDIT,
                amount=payment.amount,
                booking_date=on,
                value_date=payment.value_date,
                end_to_end_id=payment.key,
                counterparty=payment.remitter,
                reference=payment.reference,
            )
            for payment in payments
            if payment.amount.currency == currency
        ]
        if lines := _unpaid(lines):
            mail.put("camt.054", _book(account, lines, at=at), at=at)


def _unpaid(lines: list[CashLine]) -> list[CashLine]:
    keys = {line.end_to_end_id for line in lines} - {""}
    if not keys:
        return lines
    paid = set(
        Entry.objects.filter(
            direction=Direction.CREDIT, end_to_end_id__in=keys
        ).values_list("end_to_end_id", flat=True)
    )
    first = {x.end_to_end_id: x for x in reversed(lines) if x.end_to_end_id}
    return [
        line
        for line in lines
        if not line.end_to_end_id
        or (line.end_to_end_id not in paid and first[line.end_to_end_id] is line)
    ]


def _locked(currencies: set[str]) -> dict[str, TrustAccount]:
    """Return the trust accounts of some currencies under lock, opening new ones."""
    rows = TrustAccount.objects.filter(currency__in=currencies)
    missing = currencies - set(rows.values_list("currency", flat=True))
    TrustAccount.objects.bulk_create(
        [TrustAccount(currency=currency) for currency in sorted(missing)],
        ignore_conflicts=True,
    )
    locked = rows.select_for_update(no_key=True).order_by("currency")
    return {account.currency: account for account in locked}


def _book(account: TrustAccount, lines: list[CashLine], *, at: datetime) -> bytes:
    """Enter entries in the books, move the balance, and return the notification."""
    entries = [
        Entry(
            account=account,
            entry_reference=f"LSB{account.currency}{account.entry_count + n:012d}",
            direction=line.direction,
            amount_minor=line.amount.minor,
            booking_date=line.booking_date,
            value_date=line.value_date,
            end_to_end_id=line.end_to_end_id,
            counterparty=line.counterparty,
            reference=line.reference,
        )
        for n, line in enumerate(lines, start=1)
    ]
    Entry.objects.bulk_create(entries)
    account.entry_count += len(lines)
    account.balance_minor += sum(line.signed_minor for line in lines)
    account.save(update_fields=["entry_count", "balance_minor"])
    notification = Notification(
        message_id=f"NTF-{entries[0].entry_reference}",
        created_at=at,
        account=orders.trust_account(account.currency),
        lines=tuple(_line(entry, account.currency) for entry in entries),
    )
    return cash.write_notification(notification)


def _line(entry: Entry, currency: str) -> CashLine:
    return CashLine(
        entry_reference=entry.entry_reference,
        direction=Direction(entry.direction),
        amount=Money(entry.amount_minor, currency),
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        end_to_end_id=entry.end_to_end_id,
        counterparty=entry.counterparty,
        reference=entry.reference,
    )


@transaction.atomic
def statement(*, on: date, currency: str) -> bytes:
    """Close the books up to a day and return the camt.053 since the last statement.

    Asked again, the same statement is returned. What is booked afterwards falls on
    later days, so statements never overlap and each opens where the last one closed.

    Args:
        on: The last day it covers.
        currency: The trust account's currency.

    Raises:
        StatementUnavailable: If a later statement has closed that day already.
    """
    account = _locked({currency})[currency]
    issued = IssuedStatement.objects.filter(account=account, to_date=on).first()
    if issued:
        return bytes(issued.body)
    closed = account.closed_date
    if closed is not None and on <= closed:
        raise StatementUnavailable(
            f"No statement in {currency} ends on {on}: a later one, to {closed}, covers "
            "that day; ask for that one."
        )
    entries = Entry.objects.filter(account=account, booking_date__lte=on)
    if closed is not None:
        entries = entries.filter(booking_date__gt=closed)
    lines = tuple(_line(entry, currency) for entry in entries.order_by("id"))
    first = min((line.booking_date for line in lines), default=on)
    content = StatementMessage(
        message_id=f"STM-{currency}-{account.statement_count + 1}",
        created_at=datetime.combine(on, time.max, UTC),
        account=orders.trust_account(currency),
        currency=currency,
        number=account.statement_count + 1,
        from_date=closed + timedelta(days=1) if closed else first,
        to_date=on,
        opening_minor=account.closed_minor,
        closing_minor=account.closed_minor + sum(line.signed_minor for line in lines),
        lines=lines,
    )
    body = cash.write_statement(content)
    IssuedStatement.objects.create(account=account, to_date=on, body=body)
    account.closed_date, account.closed_minor = on, content.closing_minor
    account.statement_count = content.number
    account.save(update_fields=["closed_date", "closed_minor", "statement_count"])
    return body
