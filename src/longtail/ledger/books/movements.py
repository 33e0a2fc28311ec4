"""The SQL of what moved, on one account or on all, between two moments.

One account is read through ``transfer_debit_line`` and ``transfer_credit_line`` (account,
id) from a floor on: the first transfer that counts after the closed period the sum starts
from. Nothing reads the whole ledger for one account, and a busy account costs what moved
since the last close, not since ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from longtail.ledger.books.models import ClosedBalance, PeriodClose
from longtail.ledger.books.rules import NOTHING, TOTALS, Totals, day_end

# A post or void takes away the whole of its hold, whatever part of it was posted. The
# hold is looked up by its key and never joined: a join may be planned as a full scan.
EFFECTS = """
  case {t}.phase when 'PENDING' then {t}.amount_minor when 'SINGLE' then 0
    else -(select h.amount_minor from ledger_transfer h where h.id = {t}.resolves_id)
    end as pending,
  case when {t}.phase in ('SINGLE', 'POST') then {t}.amount_minor else 0 end as posted
"""
WINDOW = """
  j.effective_at >= %(since)s::timestamptz and j.effective_at < %(until)s::timestamptz
  and j.recorded_at <= %(known)s::timestamptz
"""
OF_ACCOUNT = f"""
with sides as (
  select id, journal_id, phase, amount_minor, resolves_id, -1 as sign,
    credit_account_id as other_id
  from ledger_transfer where debit_account_id = %(account)s and id >= %(floor)s
  union all
  select id, journal_id, phase, amount_minor, resolves_id, 1, debit_account_id
  from ledger_transfer where credit_account_id = %(account)s and id >= %(floor)s
), effects as (
  select s.id, s.phase, s.amount_minor, s.sign, s.other_id, j.key, j.kind,
    j.effective_at, j.recorded_at, {EFFECTS.format(t="s")}
  from sides s cross join lateral (
    -- The offset keeps it a look-up a line: what an account costs is its own lines.
    select * from ledger_journal where id = s.journal_id offset 0
  ) j
  where {WINDOW}
)
"""  # nosec: fixed text, values are parameters
OF_ALL = f"""
with effects as (
  select t.debit_account_id, t.credit_account_id, {EFFECTS.format(t="t")}
  from ledger_transfer t join ledger_journal j on j.id = t.journal_id
  where t.id >= %(floor)s and {WINDOW}
), sides as (
  select debit_account_id as account_id, pending as dp, posted as d, 0 as cp, 0 as c
  from effects
  union all
  select credit_account_id, 0, 0, pending, posted from effects
  union all
  select account_id, debits_pending, debits_posted, credits_pending, credits_posted
  from ledger_books_closedbalance where close_id = %(close)s
), totals as (
  select account_id, sum(dp)::bigint as dp, sum(d)::bigint as d, sum(cp)::bigint as cp,
    sum(c)::bigint as c from sides group by account_id
)
"""  # nosec: fixed text, values are parameters


@dataclass(frozen=True, slots=True)
class Start:
    """Where a sum begins: a closed period, or nothing at all.

    Attributes:
        close: The closed period, or None.
        totals: The account's totals at its end.
    """

    close: PeriodClose | None
    totals: Totals = NOTHING

    def window(
        self, *, until: datetime | None = None, known_at: datetime | None = None
    ) -> dict[str, Any]:
        """Return the parameters of what moved from here on.

        Args:
            until: Only what counts before; None for all.
            known_at: Only what the ledger knew then; None for all.
        """
        close = self.close
        return {
            "floor": _floor(close) if close else 0,
            "since": close.closed_before_at if close else "-infinity",
            "close": close.pk if close else 0,
            "until": until or "infinity",
            "known": known_at or "infinity",
        }


def _floor(close: PeriodClose) -> int:
    """Return an id below which no transfer counts after a close.

    Numbers are drawn before rows are written, so a posting that waited for the close may
    have drawn its own before it; those few journals are kept as stragglers.
    """
    with connection.cursor() as cursor:
        cursor.execute(STRAGGLERS, [close.pk])
        first = cursor.fetchone()[0]
    floor = close.first_open_transfer_id
    return floor if first is None else min(floor, first)


def latest_close(
    *, until: datetime | None, known_at: datetime | None
) -> PeriodClose | None:
    """Return the last closed period that lies wholly before both moments."""
    found = PeriodClose.objects.order_by("-closed_before_at")
    if until is not None:
        found = found.filter(closed_before_at__lte=until)
    if known_at is not None:
        # Everything inside the period was recorded before it was closed.
        found = found.filter(recorded_at__lte=known_at)
    return found.first()


def start_of(
    account_id: int, *, until: datetime | None, known_at: datetime | None
) -> Start:
    """Return where the sum for one account begins."""
    close = latest_close(until=until, known_at=known_at)
    if close is None:
        return Start(None)
    rows = ClosedBalance.objects.filter(close=close, account_id=account_id)
    return Start(close, rows.values_list(*TOTALS).first() or NOTHING)


def totals_at(
    account_id: int, *, on: date | None = None, at: datetime | None = None
) -> Totals:
    """Return an account's four totals at a moment.

    Args:
        account_id: The account.
        on: Value: only what counts up to the end of this day; None for all.
        at: Knowledge: only what was recorded by then, timezone-aware; None for all.
    """
    until = None if on is None else day_end(on)
    return totals_before(account_id, until=until, known_at=at)


def totals_before(
    account_id: int, *, until: datetime | None, known_at: datetime | None = None
) -> Totals:
    """Return an account's four totals just before a moment; arguments as there."""
    start = start_of(account_id, until=until, known_at=known_at)
    asked = start.window(until=until, known_at=known_at) | {"account": account_id}
    with connection.cursor() as cursor:
        cursor.execute(OF_ACCOUNT + SUMS, asked)
        moved = cursor.fetchone()
    return tuple(a + b for a, b in zip(start.totals, moved, strict=True))  # type: ignore[return-value]


COUNT = "select count(*) from effects"
STRAGGLERS = """
select min(t.id) from ledger_books_straggler s
join ledger_transfer t on t.journal_id = s.journal_id where s.close_id = %s
"""
SUMS = """
select coalesce(sum(pending) filter (where sign < 0), 0)::bigint,
  coalesce(sum(posted) filter (where sign < 0), 0)::bigint,
  coalesce(sum(pending) filter (where sign > 0), 0)::bigint,
  coalesce(sum(posted) filter (where sign > 0), 0)::bigint
from effects
"""
