"""Reads over the sealed log: heads, and proofs about it."""

from __future__ import annotations

from django.db import connection

from longtail.kernels import merkle
from longtail.ledger.log.chain import LEVEL_STEP
from longtail.values.refusal import Refusal


class NothingSealed(Refusal):
    """The log has no head yet."""


class NoSuchSize(Refusal):
    """The log has not that many entries."""


SUBTREES = """
select hash from ledger_log_subtree where level = %s and index >= %s and index < %s
order by index
"""
LEAVES = "select hash from ledger_log_leaf where seq >= %s and seq < %s order by seq"


def newest_head() -> str:
    """Return the newest signed head, a compact JWS.

    Raises:
        NothingSealed: If there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute("select signed from ledger_log_head order by size desc limit 1")
        found = cursor.fetchone()
    if found is None:
        raise NothingSealed("Nothing was sealed yet, so there is no head to hand out.")
    return str(found[0])


def size() -> int:
    """Return how many entries the newest head covers."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(size), 0) from ledger_log_head")
        return int(cursor.fetchone()[0])


def consistency_proof(*, first: int, second: int) -> list[bytes]:
    """Return the proof that the log's first entries are an earlier log.

    Args:
        first: Size of the earlier log.
        second: Size of the later one, at most the newest head's.

    Raises:
        NoSuchSize: If the sizes are out of order, or past the newest head.
    """
    if not 0 <= first <= second <= size():
        raise NoSuchSize(
            f"There is no proof from {first} to {second}: the log has {size()} entries."
        )
    return merkle.consistency_proof(first, second, _subtree)


def _subtree(level: int, index: int) -> bytes:
    """Return a perfect subtree's hash, from at most 256 hashes that are kept."""
    kept = level - level % LEVEL_STEP
    width = 1 << level - kept
    with connection.cursor() as cursor:
        if kept:
            cursor.execute(SUBTREES, [kept, index * width, (index + 1) * width])
        else:
            cursor.execute(LEAVES, [index * width, (index + 1) * width])
        return merkle.root([bytes(row[0]) for row in cursor.fetchall()])
