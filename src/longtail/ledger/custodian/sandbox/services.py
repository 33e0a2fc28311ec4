"""A custodian bank in small: it holds client money and speaks only signed ISO 20022.

``pay_in`` is the world outside and ``desk`` the bank's own people; everything else is a
message in or a message out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.sandbox import books, mail, rules
from longtail.ledger.custodian.sandbox.mail import collect, confirm, set_faults
from longtail.ledger.custodian.sandbox.models import Entry, TrustAccount
from longtail.ledger.custodian.sandbox.paying import return_payment, submit
from longtail.ledger.custodian.sandbox.recalls import take_back
from longtail.ledger.custodian.sandbox.rules import PayIn, StatementUnavailable
from longtail.ledger.custodian.sandbox.statements import statement, statement_numbered
from longtail.values.money import Money

__all__ = [
    "PayIn",
    "StatementUnavailable",
    "collect",
    "confirm",
    "pay_in",
    "pay_in_many",
    "return_payment",
    "set_faults",
    "statement",
    "statement_numbered",
    "submit",
    "take_back",
]


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
    accounts = books.locked({payment.amount.currency for payment in payments})
    for currency, account in accounts.items():
        lines = [
            _credit(payment, account, at)
            for payment in payments
            if payment.amount.currency == currency
        ]
        if lines := _unpaid(lines):
            mail.put("camt.054", books.book(account, lines, at=at), at=at)


def _credit(payment: PayIn, account: TrustAccount, at: datetime) -> CashLine:
    return CashLine(
        entry_reference="",
        direction=Direction.CREDIT,
        amount=payment.amount,
        booking_date=books.booking_day(account, at),
        value_date=payment.value_date,
        end_to_end_id=payment.key,
        counterparty=payment.remitter,
        reference=payment.reference,
        payer_account=payment.account or rules.account_of(payment.remitter),
    )


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
