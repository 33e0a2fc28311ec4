"""A row's digest, as SQL: computed when a row is written, and again when it is verified.

A row is its table's name, a space, and a JSON object of the recorded columns in order;
times in UTC, bytes in hexadecimal. The digest of an entry is the SHA-256 over, for each
row in ascending id, its id as 8 bytes big-endian and the SHA-256 of its text.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

# What the text of a row depends on besides the row; set wherever one is computed.
SETTINGS = {"timezone": "UTC", "bytea_output": "hex", "extra_float_digits": "1"}
ROWS_DIGEST = "sha256(string_agg(int8send(id) || digest, ''::bytea order by id))"


def row_digests(table: str, columns: Sequence[str], *, source: str) -> sql.Composed:
    """Return a query of (id, digest) over rows.

    Args:
        table: Whose rows they are; part of what is digested.
        columns: What is digested, in order; ``id`` must be a column of the table.
        source: The relation to read, such as a transition table.
    """
    return sql.SQL(
        "select id, sha256(convert_to({prefix} || row_to_json("
        "(select said from (select {columns}) as said))::text, 'UTF8')) as digest"
        " from {source} as noted"
    ).format(
        prefix=sql.Literal(f"{table} "),
        columns=sql.SQL(", ").join(sql.Identifier("noted", name) for name in columns),
        source=sql.Identifier(source),
    )


def settings() -> sql.Composed:
    """Return a statement that fixes what digests depend on, until the transaction ends."""
    return sql.SQL("; ").join(
        sql.SQL("set local {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in SETTINGS.items()
    )
