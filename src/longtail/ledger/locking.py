"""What the books say about a batch, read under the locks of its accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from longtail.ledger.chart import Phase
from longtail.ledger.entries import Entry, Move, Resolve
from longtail.ledger.judging import Account, Hold
from longtail.values.money import Money

HOLDS = """
select id, debit_account_id, credit_account_id, amount_minor, currency
from ledger_transfer where id = any(%s) and phase = 'PENDING'
"""
RESOLVED = "select resolves_id from ledger_transfer where resolves_id = any(%s)"
LOCK = """
select id, code, currency, "limit",
  debits_pending, debits_posted, credits_pending, credits_posted
from ledger_account
where code = any(%s::text[]) or id = any(%s::bigint[])
order by id for no key update
"""
JOURNALS = """
select j.key, j.kind, j.effective_at, t.id, t.phase, d.code, c.code, t.amount_minor,
  t.currency, t.resolves_id
from ledger_journal j left join ledger_transfer t on t.journal_id = j.id
left join ledger_account d on d.id = t.debit_account_id
left join ledger_account c on c.id = t.credit_account_id
where j.key = any(%s::text[]) order by t.id
"""


def held(entries: Sequence[Entry]) -> dict[int, Hold]:
    """Return the holds that entries end, by id; not yet whether they are resolved."""
    ids = {m.hold_id for entry in entries for m in entry.moves if isinstance(m, Resolve)}
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, [list(ids)])
        return {row[0]: Hold(*row, is_resolved=False) for row in cursor.fetchall()}


def mark_resolved(holds: dict[int, Hold]) -> None:
    """Mark the holds that were posted or voided."""
    if not holds:
        return
    with connection.cursor() as cursor:
        cursor.execute(RESOLVED, [list(holds)])
        for (hold_id,) in cursor.fetchall():
            holds[hold_id].is_resolved = True


def lock_accounts(entries: Sequence[Entry], holds: dict[int, Hold]) -> list[Account]:
    """Lock the accounts of entries and holds, in ascending id, and return them."""
    moves = [m for entry in entries for m in entry.moves if isinstance(m, Move)]
    codes = {code for move in moves for code in (move.debit, move.credit)}
    ids = {i for hold in holds.values() for i in (hold.debit_id, hold.credit_id)}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(codes), list(ids)])
        return [Account(*row[:4], totals=list(row[4:])) for row in cursor.fetchall()]


def known_journals(entries: Sequence[Entry]) -> dict[str, tuple[Entry, tuple[int, ...]]]:
    """Return what was posted before under the same keys, with its transfer ids."""
    with connection.cursor() as cursor:
        cursor.execute(JOURNALS, [[entry.key for entry in entries]])
        rows = cursor.fetchall()
    known: dict[str, tuple[Entry, tuple[int, ...]]] = {}
    for key, kind, effective_at, transfer_id, *said in rows:
        blank = Entry(key=key, kind=kind, effective_at=effective_at, moves=()), ()
        entry, ids = known.get(key, blank)
        if transfer_id is not None:
            entry = replace(entry, moves=(*entry.moves, _move(*said)))
            ids = (*ids, transfer_id)
        known[key] = entry, ids
    return known


def _move(
    phase: str, debit: str, credit: str, minor: int, currency: str, hold: int | None
) -> Move | Resolve:
    if hold is not None:
        is_post = phase == Phase.POST
        return Resolve(hold, post=is_post, amount_minor=minor if is_post else None)
    return Move(
        debit=debit,
        credit=credit,
        amount=Money(minor, currency),
        pending=phase == Phase.PENDING,
    )
