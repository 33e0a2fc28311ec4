"""An account's statement: opening balance, lines with a running balance, closing balance.

A statement is by value: a line stands on the day it counts. Lines of one moment stand in
the order they were posted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from longtail.ledger.books import movements, queries
from longtail.ledger.books.rules import Line, day_end, day_start
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.queries import account_currency

READ_AT_ONCE = 1_000
LINES = """
select e.id, e.key, e.kind, e.effective_at, e.recorded_at, e.phase, a.code,
  e.amount_minor, e.sign * e.posted as change,
  case when e.sign < 0 then e.pending else 0 end as held_change,
  %(balance)s + sum(e.sign * e.posted) over so_far,
  %(held)s + sum(case when e.sign < 0 then e.pending else 0 end) over so_far
from effects e join ledger_account a on a.id = e.other_id
window so_far as (order by e.effective_at, e.id)
order by e.effective_at, e.id limit %(limit)s offset %(offset)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account over a range of days; its lines are read when they are asked for.

    Attributes:
        account_code: The account.
        currency: ISO 4217 code.
        from_date: First day.
        to_date: Last day, inclusive.
        known_at: What the ledger knew then; None for all.
        opening_minor: The balance before the first day.
        opening_held_minor: What was held out of it.
        closing_minor: The balance at the end of the last day.
        closing_held_minor: What was held out of it.
        line_count: How many lines there are.
    """

    account_code: str
    currency: str
    from_date: date
    to_date: date
    known_at: datetime | None
    opening_minor: int
    opening_held_minor: int
    closing_minor: int
    closing_held_minor: int
    line_count: int

    def __len__(self) -> int:
        return self.line_count

    def __getitem__(self, part: slice) -> list[Line]:
        """Return the lines of a slice, oldest first."""
        first, last, _ = part.indices(self.line_count)
        return _lines(self, offset=first, limit=max(last - first, 0))

    def __iter__(self) -> Iterator[Line]:
        for first in range(0, self.line_count, READ_AT_ONCE):
            yield from self[first : first + READ_AT_ONCE]


def statement(
    account_code: str, *, from_date: date, to_date: date, known_at: datetime | None = None
) -> Statement:
    """Return an account's statement over a range of days.

    Args:
        account_code: The account.
        from_date: First day, by value.
        to_date: Last day, inclusive; not before the first.
        known_at: Only what the ledger knew then, timezone-aware; None for all.

    Raises:
        UnknownAccount: If there is no such account.
        ValueError: If the range ends before it begins.
    """
    if to_date < from_date:
        raise ValueError(f"a statement cannot end ({to_date}) before it begins")
    account = queries.account_id(account_code)
    before, after = (
        movements.totals_before(account, until=moment, known_at=known_at)
        for moment in (day_start(from_date), day_end(to_date))
    )
    asked = _window(account, from_date, to_date, known_at)
    with connection.cursor() as cursor:
        cursor.execute(movements.OF_ACCOUNT + movements.COUNT, asked)
        count = cursor.fetchone()[0]
    return Statement(
        account_code=account_code,
        currency=account_currency(account_code),
        from_date=from_date,
        to_date=to_date,
        known_at=known_at,
        opening_minor=before[3] - before[1],
        opening_held_minor=before[0],
        closing_minor=after[3] - after[1],
        closing_held_minor=after[0],
        line_count=count,
    )


def _window(
    account: int, from_date: date, to_date: date, known_at: datetime | None
) -> dict[str, Any]:
    since = day_start(from_date)
    start = movements.start_of(account, until=since, known_at=known_at)
    window = start.window(until=day_end(to_date), known_at=known_at)
    return window | {"account": account, "since": since}


def _lines(of: Statement, *, offset: int, limit: int) -> list[Line]:
    asked = _window(
        queries.account_id(of.account_code), of.from_date, of.to_date, of.known_at
    )
    asked |= {"balance": of.opening_minor, "held": of.opening_held_minor}
    with connection.cursor() as cursor:
        cursor.execute(
            movements.OF_ACCOUNT + LINES, asked | {"limit": limit, "offset": offset}
        )
        lines = [Line(*row[:10], int(row[10]), int(row[11])) for row in cursor.fetchall()]
    booked = CashEntry.objects.filter(transfer_id__in=[line.id for line in lines])
    dates = dict(booked.values_list("transfer_id", "value_date"))
    return [replace(line, value_date=dates.get(line.id)) for line in lines]
