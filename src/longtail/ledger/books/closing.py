"""The close of a period: its balances are fixed, and nothing is posted into it any more."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from longtail.ledger.books import movements
from longtail.ledger.books.models import ClosedBalance, PeriodClose
from longtail.ledger.books.rules import (
    TOTALS,
    BooksDisagree,
    OnePersonAlone,
    PeriodAlreadyClosed,
    PeriodNotOver,
    Totals,
    closing_digest,
    day_end,
)
from longtail.ledger.chart import describe

# Waits for every posting under way and lets none begin until the close is committed;
# reads go on. The first lock of its transaction, so it can stand in no circle.
LOCK = "lock table ledger_journal in share row exclusive mode"
BOUNDARY = """
select clock_timestamp(),
  coalesce(pg_sequence_last_value(pg_get_serial_sequence('ledger_journal', 'id')), 0),
  coalesce((select min(t.id) from ledger_journal o join ledger_transfer t
      on t.journal_id = o.id where o.effective_at >= %s),
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('ledger_transfer', 'id')), 0)
      + 1)
"""
STORE = """
insert into ledger_books_closedbalance (close_id, account_id, debits_pending,
  debits_posted, credits_pending, credits_posted)
select %s, * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
  %s::bigint[])
"""
# Added up, not joined: a plan without statistics would compare every pair of accounts.
DIFFERING = """
, gaps as (
  select account_id, dp, d, cp, c from totals
  union all
  select id, -debits_pending, -debits_posted, -credits_pending, -credits_posted
  from ledger_account
)
select a.code from gaps g join ledger_account a on a.id = g.account_id
group by a.code having (sum(dp), sum(d), sum(cp), sum(c)) <> (0, 0, 0, 0)
order by a.code limit 1
"""


def close_period(*, to_date: date, by: str, seconded_by: str, at: datetime) -> PeriodClose:
    """Close everything up to a day, in every currency, for good.

    A journal may move several currencies, so they are closed together. The opening
    balances are the previous closing's; opening, what moved in the period and what moved
    since must add up to the running totals, or nothing is closed.

    Args:
        to_date: The last day of the period.
        by: Who closes it.
        seconded_by: The second person, who agrees.
        at: Now, in business time; the period must have ended before.

    Raises:
        OnePersonAlone: If the two people are one.
        PeriodNotOver: If the day has not ended.
        PeriodAlreadyClosed: If it or a later day was closed before.
        BooksDisagree: If the transfers do not add up to the running totals.
    """
    cutoff = day_end(to_date)
    if not seconded_by or by == seconded_by:
        raise OnePersonAlone(
            "Closing a period takes two people; a colleague has to agree to it."
        )
    if at < cutoff:
        raise PeriodNotOver(
            f"{to_date} is not over, it is {at:%Y-%m-%d}; close a day that has ended."
        )
    # One statement sees one moment, so this needs no lock and holds nobody up.
    _refuse_differing(movements.Start(_latest()))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        previous = _latest()
        if previous and previous.closed_before_at >= cutoff:
            raise PeriodAlreadyClosed(
                f"The books are closed up to {previous.to_date}; choose a later day."
            )
        cursor.execute(BOUNDARY, [cutoff])
        recorded_at, last_journal_id, first_open_id = cursor.fetchone()
        window = movements.Start(previous).window(until=cutoff)
        cursor.execute(movements.OF_ALL + ROWS, window)
        rows = cursor.fetchall()
        close = PeriodClose.objects.create(
            to_date=to_date,
            closed_before_at=cutoff,
            previous=previous,
            digest=closing_digest(previous.digest if previous else "", _totals(rows)),
            last_journal_id=last_journal_id,
            first_open_transfer_id=first_open_id,
            closed_by=by,
            seconded_by=seconded_by,
            closed_at=at,
            recorded_at=recorded_at,
        )
        columns = [[row[i] for row in rows] for i in range(1, 6)]
        cursor.execute(STORE, [close.pk, *columns])
    return close


def _latest() -> PeriodClose | None:
    return PeriodClose.objects.order_by("-closed_before_at").first()


def _totals(rows: list[tuple[Any, ...]]) -> list[tuple[str, Totals]]:
    return [(code, (dp, d, cp, c)) for code, _, dp, d, cp, c in rows]


ROWS = """
select a.code, t.account_id, t.dp, t.d, t.cp, t.c from totals t
join ledger_account a on a.id = t.account_id order by a.code collate "C"
"""


def _refuse_differing(start: movements.Start) -> None:
    with connection.cursor() as cursor:
        cursor.execute(movements.OF_ALL + DIFFERING, start.window())
        found = cursor.fetchone()
    if found:
        raise BooksDisagree(
            f"{describe(found[0])}: its running totals are not what its transfers add up "
            "to. Run `longtail verify`; nothing is closed until they agree."
        )


def closing_differences() -> list[str]:
    """Return every closed period that is not what the transfers say, as a sentence."""
    problems, before = [], ""
    for close in PeriodClose.objects.order_by("closed_before_at"):
        rows = ClosedBalance.objects.filter(close=close).values_list(
            "account__code", *TOTALS
        )
        stored = sorted((code, tuple(totals)) for code, *totals in rows)
        with connection.cursor() as cursor:
            whole = movements.Start(None).window(until=close.closed_before_at)
            cursor.execute(movements.OF_ALL + ROWS, whole)
            replayed = _totals(cursor.fetchall())
        if stored != replayed:
            problems.append(f"{close}: its balances are not what its transfers add up to.")
        if closing_digest(before, stored) != close.digest:
            problems.append(f"{close}: its balances are not those that were digested.")
        before = close.digest
    return problems
