"""Sealing: what was noted gets its place in the log, for good.

Entries are noted in the transactions that write the rows; only the sealer, alone, gives
them numbers, so that no two writers ever wait for each other's place in the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Any

from django.db import connection, transaction
from joserfc.jwk import OKPKey

from longtail.ledger.log import heads
from longtail.ledger.log.chain import Growth, Noted, leaf_hash, resumed

CHUNK = 10_000
# One number for this lock among PostgreSQL's advisory locks: "log" in ASCII.
LOCK = "select pg_advisory_xact_lock(7106407)"
LAST = """
select size, chain, frontier, horizon::text::bigint from ledger_log_head
order by size desc limit 1
"""
# The oldest transaction still under way. The counter is behind the last head's where the
# database was rebuilt from a dump: then everything is looked through again.
HORIZON = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Whatever can be seen is committed, or commits together with its seal. What an earlier run
# could not see yet is at or above its horizon.
WAITING = """
select noted.topic_id, noted.id, noted.xid::text::bigint, noted.digest from (
  select topic_id, id, xid, digest from ledger_log_entry where xid >= %(from)s::text::xid8
  union all
  select topic.id, batch.id, batch.xid, batch.digest
  from ledger_batch batch, ledger_log_topic topic
  where batch.xid >= %(from)s::text::xid8 and topic.table_name = 'ledger_batch'
) noted
where not exists (select from ledger_log_leaf leaf
  where leaf.topic_id = noted.topic_id and leaf.entry_id = noted.id)
order by noted.xid, noted.topic_id, noted.id
"""
COPY_LEAVES = """
copy ledger_log_leaf (seq, topic_id, entry_id, hash, chain) from stdin (format binary)
"""
COPY_SUBTREES = """
copy ledger_log_subtree (level, index, hash) from stdin (format binary)
"""
HEAD = """
insert into ledger_log_head
  (size, previous, root, chain, frontier, horizon, sealed_at, signed)
values (%s, %s, %s, %s, %s, %s::text::xid8, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealing did.

    Attributes:
        entry_count: How many entries it sealed.
        size: How many are sealed in all.
    """

    entry_count: int
    size: int


def seal(*, at: datetime, key: OKPKey) -> Sealed:
    """Give every committed entry its place in the log, and sign the new head.

    Args:
        at: Now, timezone-aware.
        key: The site's private Ed25519 key.

    Returns:
        Counts; safe to call at any time, also by several at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(HORIZON)
        (horizon,) = cursor.fetchone()
        growth, since = _resume(cursor)
        before = growth.frontier.size
        _seal_waiting(growth, since=since if since <= horizon else 0)
        size = growth.frontier.size
        if size > before:
            found = growth.frontier.root()
            head = heads.Head(size, before, found, growth.chain, horizon, at)
            _write_head(cursor, head, growth.packed_frontier, key)
        return Sealed(size - before, size)


def _resume(cursor: Any) -> tuple[Growth, int]:
    cursor.execute(LAST)
    row = cursor.fetchone()
    if row is None:
        return Growth(), 0
    size, chain, frontier, horizon = row
    growth = resumed(size=size, chain=bytes(chain), packed_frontier=bytes(frontier))
    return growth, horizon


def _waiting(since: int) -> Iterator[Noted]:
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(WAITING, {"from": since})
        while rows := cursor.fetchmany(CHUNK):
            yield from (Noted(*row[:3], bytes(row[3])) for row in rows)


def _seal_waiting(growth: Growth, *, since: int) -> None:
    numbered = zip(count(growth.frontier.size), _waiting(since), strict=False)
    while chunk := list(islice(numbered, CHUNK)):
        leaves, subtrees = [], []
        for seq, noted in chunk:
            leaf = leaf_hash(seq, noted)
            subtrees += growth.add(leaf)
            leaves.append((seq, noted.topic_id, noted.entry_id, leaf, growth.chain))
        _copy(COPY_LEAVES, ("int8", "int4", "int8", "bytea", "bytea"), leaves)
        _copy(COPY_SUBTREES, ("int2", "int8", "bytea"), subtrees)


def _copy(statement: str, types: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _write_head(cursor: Any, head: heads.Head, frontier: bytes, key: OKPKey) -> None:
    signed = heads.sign(head, key=key)
    said = [head.size, head.previous, head.root, head.chain, frontier, head.horizon]
    cursor.execute(HEAD, [*said, head.sealed_at, signed])
