"""What a batch of journals says, as bytes and as one digest. Pure.

The digest of a batch is the SHA-256 of the SHA-256s of its columns: those of its journals,
then those of its transfers, each column in ascending id. A column is written as PostgreSQL
sends an array of one dimension: five big-endian 32-bit numbers (1 dimension or 0 when
there is no row, 0, the number of the element type, how many, 1; the last two only when
there is a row), then each element behind its length in bytes. Whole numbers have 8 bytes,
text is UTF-8, a time is the microseconds since the start of 2000 UTC. So the database
computes the digest while it posts, in a few calls a column, and anyone computes it again.

**Source** ``array_send``, ``int8send``, ``timestamptz_send`` in PostgreSQL's
``src/backend/utils/adt``, stable since version 7.4.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
WHOLE_NUMBER, TEXT, TIME = 20, 25, 1184


class SealedJournal(NamedTuple):
    """A row of ``ledger_journal`` as the digest of its batch covers it."""

    id: int
    key: str
    kind: str
    effective_at: datetime
    recorded_at: datetime


class SealedTransfer(NamedTuple):
    """A row of ``ledger_transfer`` as the digest of its batch covers it.

    ``resolves_id`` is 0 where the transfer ends no hold.
    """

    id: int
    journal_id: int
    phase: str
    debit_account_id: int
    credit_account_id: int
    amount_minor: int
    currency: str
    resolves_id: int


JOURNAL_TYPES = (WHOLE_NUMBER, TEXT, TEXT, TIME, TIME)
TRANSFER_TYPES = (
    WHOLE_NUMBER,
    WHOLE_NUMBER,
    TEXT,
    WHOLE_NUMBER,
    WHOLE_NUMBER,
    WHOLE_NUMBER,
    TEXT,
    WHOLE_NUMBER,
)


def batch_digest(
    journals: Iterable[SealedJournal], transfers: Iterable[SealedTransfer]
) -> bytes:
    """This will return the digest of a batch, recomputed from its rows.

    Args:
        journals: The batch's journals, in any order.
        transfers: All transfers of those journals, in any order.

    Returns:
        32 bytes; equal to ``ledger_batch.digest`` unless a row was touched.
    """
    whole = hashlib.sha256()
    for rows, types in (
        (sorted(journals), JOURNAL_TYPES),
        (sorted(transfers), TRANSFER_TYPES),
    ):
        for place, kind in enumerate(types):
            column = _column(kind, [row[place] for row in rows])
            whole.update(hashlib.sha256(column).digest())
    return whole.digest()


def _column(kind: int, values: list[object]) -> bytes:
    if not values:
        return struct.pack(">iii", 0, 0, kind)
    head = struct.pack(">iiiii", 1, 0, kind, len(values), 1)
    return head + b"".join(map(ELEMENTS[kind], values))


def _whole_number(value: int) -> bytes:
    return struct.pack(">iq", 8, value)


def _text(value: str) -> bytes:
    said = value.encode()
    return struct.pack(">i", len(said)) + said


def _time(value: datetime) -> bytes:
    return _whole_number((value - EPOCH) // timedelta(microseconds=1))


ELEMENTS = {WHOLE_NUMBER: _whole_number, TEXT: _text, TIME: _time}
