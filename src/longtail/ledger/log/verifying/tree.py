"""The sealed log against its entries, its chain, its tree and its heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from joserfc.jwk import OKPKey

from longtail.ledger.log import heads
from longtail.ledger.log.chain import Growth, Noted, leaf_hash
from longtail.ledger.log.heads import Head, HeadRefused
from longtail.ledger.log.verifying.findings import Finding, Tally, stream

LEAVES = """
select leaf.seq, leaf.topic_id, leaf.entry_id, leaf.hash, leaf.chain,
  coalesce(entry.xid, batch.xid)::text::bigint, coalesce(entry.digest, batch.digest)
from ledger_log_leaf leaf
left join ledger_log_topic topic on topic.id = leaf.topic_id
left join ledger_log_entry entry
  on entry.id = leaf.entry_id and entry.topic_id = leaf.topic_id
left join ledger_batch batch
  on batch.id = leaf.entry_id and topic.table_name = 'ledger_batch'
order by leaf.seq
"""
HEADS = """
select size, previous, root, chain, horizon::text::bigint, sealed_at, frontier, signed
from ledger_log_head order by size
"""
SUBTREES = "select level, index, hash from ledger_log_subtree order by level, index"
MISDIGESTED = """
select entry.id from ledger_log_entry entry
where digest is distinct from case when cardinality(row_ids) = 1
    and cardinality(row_digests) = 1
  then sha256(int8send(row_ids[1]) || row_digests[1])
  else (select sha256(string_agg(int8send(row.id) || row.digest, ''::bytea
      order by row.place))
    from unnest(row_ids, row_digests) with ordinality as row(id, digest, place)) end
or not exists (select from ledger_log_topic topic where topic.id = entry.topic_id)
order by entry.id
"""
# An entry that no head covers although its transaction had ended when one was made.
UNSEALED = """
select noted.kind, noted.id, noted.xid < coalesce(
  (select horizon from ledger_log_head order by size desc limit 1), '0'::xid8)
from (
  select 'ledger_log_entry' as kind, topic_id, id, xid from ledger_log_entry
  union all
  select 'ledger_batch', topic.id, batch.id, batch.xid
  from ledger_batch batch, ledger_log_topic topic where topic.table_name = 'ledger_batch'
) noted
where not exists (select from ledger_log_leaf leaf
  where leaf.topic_id = noted.topic_id and leaf.entry_id = noted.id)
order by noted.kind, noted.id
"""
NO_HEAD = "the log has leaves that no head covers."


class Walk:
    """A walk along the leaves that meets every head at its size."""

    def __init__(self, stored: Sequence[Any], outside: Sequence[Head]) -> None:
        self.growth = Growth()
        self.stored = {row[0]: row for row in stored}
        self.outside = sorted(outside, key=lambda head: head.size)
        self.subtrees: dict[tuple[int, int], bytes] = {}

    def step(self, row: Sequence[Any]) -> Iterator[Finding]:
        """Yield what is wrong with a leaf, and with the heads that end with it."""
        seq, topic_id, entry_id, leaf, chain, xid, digest = row
        place = self.growth.frontier.size
        if seq != place:
            yield Finding("ledger_log_leaf", str(seq), f"leaf {place} should come here.")
        if digest is None:
            problem = f"entry {entry_id} of topic {topic_id} is gone."
            yield Finding("ledger_log_leaf", str(seq), problem)
        elif bytes(leaf) != leaf_hash(place, Noted(topic_id, entry_id, xid, bytes(digest))):
            problem = f"it is not the hash of entry {entry_id} of topic {topic_id}."
            yield Finding("ledger_log_leaf", str(seq), problem)
        for level, index, node in self.growth.add(bytes(leaf)):
            self.subtrees[level, index] = node
        if bytes(chain) != self.growth.chain:
            problem = "its link does not follow from the one before."
            yield Finding("ledger_log_leaf", str(seq), problem)
        yield from self.heads_here()

    def heads_here(self) -> Iterator[Finding]:
        """Yield each head of this size that is not what the leaves so far make."""
        size = self.growth.frontier.size
        row = self.stored.pop(size, None)
        if row is not None and not self._fits(_head_of(row)):
            problem = "its root or chain is not that of the leaves."
            yield Finding("ledger_log_head", str(size), problem)
        if row is not None and bytes(row[6]) != self.growth.packed_frontier:
            problem = "its frontier is not that of the leaves."
            yield Finding("ledger_log_head", str(size), problem)
        while self.outside and self.outside[0].size == size:
            if not self._fits(self.outside.pop(0)):
                problem = f"the first {size} leaves are not those of the head given."
                yield Finding("ledger_log_leaf", f"0 to {size - 1}", problem)

    def rest(self) -> Iterator[Finding]:
        """Yield the heads of sizes that the log never had, or has no longer."""
        size = self.growth.frontier.size
        for missed in self.stored:
            problem = f"there are {size} leaves only; the log was cut."
            yield Finding("ledger_log_head", str(missed), problem)
        for head in self.outside:
            problem = f"there are {size} leaves only; the head given has {head.size}."
            yield Finding("ledger_log_leaf", "", problem)

    def _fits(self, head: Head) -> bool:
        growth = self.growth
        return (head.root, head.chain) == (growth.frontier.root(), growth.chain)


def findings(*, keys: list[OKPKey], outside: list[Head], tally: Tally) -> Iterator[Finding]:
    """Yield what is wrong with entries, leaves, chain, tree and heads."""
    for (entry_id,) in stream(MISDIGESTED):
        problem = "its digest or its topic is not that of the rows it lists."
        yield Finding("ledger_log_entry", str(entry_id), problem)
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        stored = cursor.fetchall()
    tally["heads"] += len(stored) + len(outside)
    for before, row in zip([None, *stored], stored, strict=False):
        yield from _unsigned(row, keys)
        if row[1] != (before[0] if before else 0):
            problem = f"the head of {row[1]} leaves should come before it."
            yield Finding("ledger_log_head", str(row[0]), problem)
    walk = Walk(stored, outside)
    yield from walk.heads_here()
    for row in stream(LEAVES):
        yield from walk.step(row)
    yield from walk.rest()
    size = tally["leaves"] = walk.growth.frontier.size
    if (stored[-1][0] if stored else 0) < size:
        yield Finding("ledger_log_head", str(size), NO_HEAD)
    yield from _subtrees(walk)
    yield from _unsealed(tally)


def _unsigned(row: Sequence[Any], keys: list[OKPKey]) -> Iterator[Finding]:
    try:
        head = heads.read(row[7], keys=keys)
    except HeadRefused as refusal:
        yield Finding("ledger_log_head", str(row[0]), str(refusal))
        return
    if head != _head_of(row):
        yield Finding("ledger_log_head", str(row[0]), "it is not what its signature says.")


def _head_of(row: Sequence[Any]) -> Head:
    size, previous, root, chain, horizon, sealed_at = row[:6]
    return Head(size, previous, bytes(root), bytes(chain), horizon, sealed_at)


def _subtrees(walk: Walk) -> Iterator[Finding]:
    expected = walk.subtrees
    for level, index, node in stream(SUBTREES):
        if expected.pop((level, index), None) != bytes(node):
            problem = "it is not the subtree of the leaves."
            yield Finding("ledger_log_subtree", f"{level}/{index}", problem)
    for level, index in expected:
        yield Finding("ledger_log_subtree", f"{level}/{index}", "the subtree is gone.")


def _unsealed(tally: Tally) -> Iterator[Finding]:
    for table, row_id, is_late in stream(UNSEALED):
        if is_late:
            problem = "it was slipped in behind the last head, or its leaf is gone."
            yield Finding(table, str(row_id), problem)
        else:
            tally["entries waiting to be sealed"] += 1
