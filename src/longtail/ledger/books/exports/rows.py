"""The whole journal as a stream: one row a transfer, in the order of posting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, transaction

READ_AT_ONCE = 2_000
READ = """
select j.id, j.key, j.kind, j.effective_at, j.recorded_at, t.id, t.phase, d.code, c.code,
  t.amount_minor, t.currency, t.resolves_id, h.amount_minor
from ledger_journal j join ledger_transfer t on t.journal_id = j.id
join ledger_account d on d.id = t.debit_account_id
join ledger_account c on c.id = t.credit_account_id
left join ledger_transfer h on h.id = t.resolves_id
order by t.id
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A transfer with its journal.

    Attributes:
        journal_id: Journals of one posting have consecutive transfers.
        key: Names the business event.
        kind: What happened.
        effective_at: When it counts.
        recorded_at: When the ledger came to know.
        transfer_id: Ascends through the export.
        phase: ``SINGLE``, ``PENDING``, ``POST`` or ``VOID``.
        debit_account: Code of the account that gives.
        credit_account: Code of the account that receives.
        amount_minor: Positive, minor units.
        currency: ISO 4217 code.
        resolves_id: The hold that it ends, else None.
        held_minor: The amount of that hold, else None.
    """

    journal_id: int
    key: str
    kind: str
    effective_at: datetime
    recorded_at: datetime
    transfer_id: int
    phase: str
    debit_account: str
    credit_account: str
    amount_minor: int
    currency: str
    resolves_id: int | None
    held_minor: int | None


COLUMNS = tuple(field.name for field in fields(Row))


@contextmanager
def journal_rows() -> Iterator[Iterator[Row]]:
    """Give the rows of one snapshot, read by a cursor of the server's a few at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(READ)
        yield _stream(cursor)


def _stream(cursor) -> Iterator[Row]:  # type: ignore[no-untyped-def]
    while found := cursor.fetchmany(READ_AT_ONCE):
        for row in found:
            yield Row(*row)
