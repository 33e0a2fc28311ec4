"""Payers' banks take back what was paid in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.sandbox import books, mail
from longtail.ledger.custodian.sandbox.models import Entry
from longtail.values.money import Money


@transaction.atomic
def take_back(
    *, entry_reference: str, reason: str, at: datetime, is_named: bool = True
) -> None:
    """Book a credit's return to its payer's bank, once; a notification tells of it.

    Args:
        entry_reference: The credit.
        reason: Why, as ISO return reason code and words.
        at: When the other bank asks for it, timezone-aware.
        is_named: Whether the notification names the credit's entry; else only the
            payer's own end-to-end id tells which it was.
    """
    paid = Entry.objects.select_related("account").get(
        direction=Direction.CREDIT, entry_reference=entry_reference
    )
    currency = paid.account.currency
    account = books.locked({currency})[currency]
    same = Q(original_reference=entry_reference)
    if paid.end_to_end_id:
        same |= Q(end_to_end_id=paid.end_to_end_id)
    debits = Entry.objects.filter(account=account, direction=Direction.DEBIT)
    if debits.exclude(return_reason="").filter(same).exists():
        return
    on = books.booking_day(account, at)
    line = CashLine(
        entry_reference="",
        direction=Direction.DEBIT,
        amount=Money(paid.amount_minor, currency),
        booking_date=on,
        value_date=on,
        end_to_end_id=paid.end_to_end_id,
        counterparty=paid.counterparty,
        payer_account=paid.counterparty_account,
        reference=paid.reference,
        return_reason=reason,
        original_reference=entry_reference if is_named else "",
    )
    mail.put("camt.054", books.book(account, [line], at=at), at=at)
