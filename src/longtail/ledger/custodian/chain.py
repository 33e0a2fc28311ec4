"""The chain of statements: every number, each opening where the last one closed.

Statements may come in any order and in several pages. One counts once all its pages are
there; then what it shows and no notification brought is booked at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from django.db.models import Q

from longtail.ledger.custodian import booking, breaks
from longtail.ledger.custodian.breaks import BreakKind, Difference
from longtail.ledger.custodian.messages import orders, reading
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
    StatementMessage,
)
from longtail.ledger.custodian.models import (
    CashEntry,
    Instruction,
    Message,
    Statement,
    StatementPage,
)
from longtail.ledger.custodian.rules import InstructionState
from longtail.values.money import Money

PAYABLE = [InstructionState.SENT, InstructionState.ACCEPTED, InstructionState.RETURNING]


def keep(content: StatementMessage, *, message: Message) -> Statement | None:
    """Keep a page's balances; return the statement once all its pages are there.

    Raises:
        MessageRefused: If it is of a foreign account, was received before with other
            contents, or its pages do not go on where the one before ended.
    """
    if content.account != orders.trust_account(content.currency):
        raise MessageRefused(f"{content.account} is not the account in {content.currency}.")
    numbered = {"currency": content.currency, "number": content.number}
    if StatementPage.objects.filter(**numbered, page=content.page).exists():
        raise MessageRefused(
            f"Statement {content.number} in {content.currency} was received before with "
            "other contents."
        )
    StatementPage.objects.create(
        message=message,
        page=content.page,
        is_last=content.is_last_page,
        from_date=content.from_date,
        to_date=content.to_date,
        opening_minor=content.opening_minor,
        closing_minor=content.closing_minor,
        **numbered,
    )
    pages = list(StatementPage.objects.filter(**numbered).order_by("page"))
    _refuse_disorder(pages)
    is_whole = pages[-1].is_last and pages[-1].page == len(pages)
    return _whole(pages) if is_whole else None


def _refuse_disorder(pages: list[StatementPage]) -> None:
    name = f"Statement {pages[0].number} in {pages[0].currency}"
    if any(page.is_last for page in pages[:-1]):
        raise MessageRefused(f"{name} has a page after its last.")
    for one, other in pairwise(pages):
        if (one.from_date, one.to_date) != (other.from_date, other.to_date):
            raise MessageRefused(f"The pages of {name} cover different days.")
        if one.page + 1 == other.page and one.closing_minor != other.opening_minor:
            raise MessageRefused(
                f"Page {other.page} of {name} does not open where page {one.page} closed."
            )


def _whole(pages: list[StatementPage]) -> Statement:
    first, last = pages[0], pages[-1]
    return Statement.objects.create(
        message=first.message,
        currency=first.currency,
        number=first.number,
        from_date=first.from_date,
        to_date=first.to_date,
        opening_minor=first.opening_minor,
        closing_minor=last.closing_minor,
    )


def lines_of(statement: Statement) -> list[CashLine]:
    """Return every entry of a statement, from the messages that carried its pages."""
    messages = Message.objects.filter(
        page__currency=statement.currency, page__number=statement.number
    )
    pages = messages.order_by("page__page")
    return [line for message in pages for line in _page_lines(bytes(message.body))]


# A statement is read when it comes and again when the day is reconciled.
@lru_cache(maxsize=16)
def _page_lines(body: bytes) -> tuple[CashLine, ...]:
    _, content = reading.read(body, "camt.053")
    assert isinstance(content, StatementMessage)
    return content.lines


def catch_up(statement: Statement, *, at: datetime) -> int:
    """Book what a statement shows and no notification brought.

    What another entry of ours may be, in other parts or under another reference, is left
    to a person. The caller holds the channel's lock.

    Returns:
        How many entries were booked.
    """
    theirs = lines_of(statement)
    found = breaks.compare(
        theirs=theirs,
        ours=ours(statement, {line.entry_reference for line in theirs}),
        currency=statement.currency,
        payable=payable(theirs),
    )
    return booking.book(breaks.unbooked(found), message=statement.message, at=at)


def ours(statement: Statement, references: Iterable[str]) -> list[CashLine]:
    """Return our entries of a statement's days, and those with certain references."""
    booked_then = Q(
        currency=statement.currency,
        booking_date__range=(statement.from_date, statement.to_date),
    )
    entries = CashEntry.objects.filter(
        booked_then | Q(entry_reference__in=list(references)), assigned_from__isnull=True
    )
    return [booking.line_of(entry) for entry in entries]


def payable(theirs: Iterable[CashLine]) -> dict[str, Money]:
    """Return the amounts of the instructions that entries may be the payment of."""
    codes = [x.end_to_end_id for x in theirs if x.direction is Direction.DEBIT]
    if not codes:
        return {}
    under_way = Instruction.objects.filter(code__in=codes, state__in=PAYABLE)
    rows = under_way.values_list("code", "amount_minor", "currency")
    return {code: Money(minor, currency) for code, minor, currency in rows}


def missing_numbers(currency: str) -> list[int]:
    """Return the numbers of statements that never came, though a later one did."""
    whole = Statement.objects.filter(currency=currency).values_list("number", flat=True)
    begun = StatementPage.objects.filter(currency=currency)
    known = set(begun.values_list("number", flat=True))
    if not known:
        return []
    return sorted(set(range(min(known), max(known) + 1)) - set(whole))


def differences(currency: str) -> list[Difference]:
    """Return every fault of a currency's chain: gaps, and openings off the last close."""
    found = [
        _fault(BreakKind.SEQUENCE, number, 0, f"Statement {number} never came, or in part.")
        for number in missing_numbers(currency)
    ]
    rows = Statement.objects.filter(currency=currency).order_by("number")
    ends = rows.values_list("number", "opening_minor", "closing_minor")
    for (before, _, closed), (number, opened, _) in pairwise(ends):
        gap = opened - closed
        if before + 1 == number and gap:
            said = f"Statement {number} opens {gap} minor units off the last close."
            found.append(_fault(BreakKind.OPENING, number, gap, said))
    return found


def _fault(kind: BreakKind, number: int, minor: int, detail: str) -> Difference:
    return Difference(
        kind=kind,
        entry_reference=f"statement {number}",
        difference_minor=minor,
        detail=detail,
    )
