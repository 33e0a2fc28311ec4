"""The sandbox bank's ledger: trust accounts under lock, entries, notifications."""

from __future__ import annotations

from datetime import UTC, date, datetime

from longtail.ledger.custodian.messages import cash, orders
from longtail.ledger.custodian.messages.contents import CashLine, Direction, Notification
from longtail.ledger.custodian.sandbox import rules
from longtail.ledger.custodian.sandbox.models import Entry, TrustAccount
from longtail.values.money import Money


def locked(currencies: set[str]) -> dict[str, TrustAccount]:
    """Return the trust accounts of some currencies under lock, opening new ones."""
    rows = TrustAccount.objects.filter(currency__in=currencies)
    missing = currencies - set(rows.values_list("currency", flat=True))
    TrustAccount.objects.bulk_create(
        [TrustAccount(currency=currency) for currency in sorted(missing)],
        ignore_conflicts=True,
    )
    held = rows.select_for_update(no_key=True).order_by("currency")
    return {account.currency: account for account in held}


def booking_day(account: TrustAccount, at: datetime) -> date:
    """Return the day an entry is booked on now: never one whose books are closed."""
    today = at.astimezone(UTC).date()
    return rules.booking_date(today=today, closed_date=account.closed_date)


def book(account: TrustAccount, lines: list[CashLine], *, at: datetime) -> bytes:
    """Enter entries in the books, move the balance, and return the notification.

    Args:
        account: Under lock.
        lines: What is booked; the account that money goes to or comes from is in
            ``payer_account``, in and out alike.
        at: Now, timezone-aware.
    """
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
            counterparty_account=line.payer_account,
            reference=line.reference,
            return_reason=line.return_reason,
            original_reference=line.original_reference,
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
        lines=tuple(line_of(entry, account.currency) for entry in entries),
    )
    return cash.write_notification(notification)


def line_of(entry: Entry, currency: str) -> CashLine:
    """Return an entry in the words of the messages; a payee's account is not repeated."""
    is_credit = entry.direction == Direction.CREDIT
    return CashLine(
        entry_reference=entry.entry_reference,
        direction=Direction(entry.direction),
        amount=Money(entry.amount_minor, currency),
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        end_to_end_id=entry.end_to_end_id,
        counterparty=entry.counterparty,
        reference=entry.reference,
        payer_account=entry.counterparty_account if is_credit else "",
        return_reason=entry.return_reason,
        original_reference=entry.original_reference,
    )
