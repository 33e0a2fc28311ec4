"""The sandbox bank closes its books and issues statements, in pages, each signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from longtail.ledger.custodian.messages import cash, orders
from longtail.ledger.custodian.messages.contents import CashLine, StatementMessage
from longtail.ledger.custodian.messages.signing import Letter
from longtail.ledger.custodian.sandbox import books, mail
from longtail.ledger.custodian.sandbox.faults import regrouped
from longtail.ledger.custodian.sandbox.models import (
    Entry,
    IssuedStatement,
    TrustAccount,
)
from longtail.ledger.custodian.sandbox.rules import StatementUnavailable

PAGE_LINES = 5_000
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic
def statement(*, on: date, currency: str) -> list[Letter]:
    """Close the books up to a day and return the camt.053 since the last statement.

    Asked again, the same statement is returned. What is booked afterwards falls on
    later days, so statements never overlap and each opens where the last one closed.

    Args:
        on: The last day it covers.
        currency: The trust account's currency.

    Returns:
        Its pages.

    Raises:
        StatementUnavailable: If a later statement has closed that day already.
    """
    account = books.locked({currency})[currency]
    issued = _letters(IssuedStatement.objects.filter(account=account, to_date=on))
    if issued:
        return issued
    closed = account.closed_date
    if closed is not None and on <= closed:
        raise StatementUnavailable(
            f"No statement in {currency} ends on {on}: a later one, to {closed}, covers "
            "that day; ask for that one."
        )
    return _issue(account, on)


def statement_numbered(*, number: int, currency: str) -> list[Letter]:
    """Return an issued statement again, by its number.

    Raises:
        StatementUnavailable: If there is none.
    """
    rows = IssuedStatement.objects.filter(account__currency=currency, number=number)
    issued = _letters(rows)
    if not issued:
        raise StatementUnavailable(f"There is no statement {number} in {currency}.")
    return issued


def _letters(rows) -> list[Letter]:  # type: ignore[no-untyped-def]
    found = rows.order_by("number", "page").values_list("body", "signature")
    return [
        # Those of before statements were signed are signed when they are asked for.
        Letter(bytes(body), signature) if signature else mail.signed(bytes(body), at=NEVER)
        for body, signature in found
    ]


def _issue(account: TrustAccount, on: date) -> list[Letter]:
    closed, opening = account.closed_date, account.closed_minor
    entries = Entry.objects.filter(account=account, booking_date__lte=on)
    if closed is not None:
        entries = entries.filter(booking_date__gt=closed)
    faults = mail.present_faults()
    lines = regrouped(
        [books.line_of(entry, account.currency) for entry in entries.order_by("id")],
        split=faults.split_permille,
        merge=faults.merge_permille,
        seed=faults.seed,
    )
    first = min((line.booking_date for line in lines), default=on)
    period = (closed + timedelta(days=1) if closed else first, on)
    pages = [lines[n : n + PAGE_LINES] for n in range(0, len(lines), PAGE_LINES)] or [[]]
    letters = []
    for page, found in enumerate(pages, start=1):
        content = _page(account, period, found, opening, page, is_last=page == len(pages))
        letter = mail.signed(cash.write_statement(content), at=content.created_at)
        letters.append(letter)
        opening = content.closing_minor
    number = account.statement_count + 1
    IssuedStatement.objects.bulk_create(
        IssuedStatement(
            account=account,
            number=number,
            page=page,
            to_date=on,
            body=letter.body,
            signature=letter.signature,
        )
        for page, letter in enumerate(letters, start=1)
    )
    account.closed_date, account.closed_minor = on, opening
    account.statement_count = number
    account.save(update_fields=["closed_date", "closed_minor", "statement_count"])
    return letters


def _page(
    account: TrustAccount,
    period: tuple[date, date],
    lines: list[CashLine],
    opening_minor: int,
    page: int,
    *,
    is_last: bool,
) -> StatementMessage:
    currency, number = account.currency, account.statement_count + 1
    suffix = "" if page == 1 else f"-{page}"
    return StatementMessage(
        message_id=f"STM-{currency}-{number}{suffix}",
        created_at=datetime.combine(period[1], time.max, UTC),
        account=orders.trust_account(currency),
        currency=currency,
        number=number,
        from_date=period[0],
        to_date=period[1],
        opening_minor=opening_minor,
        closing_minor=opening_minor + sum(line.signed_minor for line in lines),
        lines=tuple(lines),
        page=page,
        is_last_page=is_last,
    )
