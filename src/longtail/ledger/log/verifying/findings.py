"""What verification finds, and the one moment of the database that it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from longtail.ledger.log import digests

Tally = Counter[str]
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that is not what was recorded of it.

    Attributes:
        table: Where it is, or was.
        row_id: Its id; empty where the finding is not about one row.
        problem: What differs.
    """

    table: str
    row_id: str
    problem: str

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}: {self.problem}".replace(" : ", ": ")


@contextmanager
def snapshot() -> Iterator[None]:
    """Look at one moment, whatever is written meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute(digests.settings())
        # Sorts and joins of a large history stay in memory longer, and never all of it.
        cursor.execute("set local work_mem = '64MB'")
        yield


def stream(query: Any, params: Any = None) -> Iterator[Sequence[Any]]:
    """Yield a query's rows without ever holding them all."""
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(query, params)
        while found := cursor.fetchmany(CHUNK):
            yield from found


def count(query: str) -> int:
    """Return the one number that a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
