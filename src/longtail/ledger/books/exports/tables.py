"""The journal as a table: CSV that no spreadsheet runs, and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import astuple
from pathlib import Path

import duckdb

from longtail.ledger.books.exports.files import whole_file
from longtail.ledger.books.exports.rows import COLUMNS, Row, journal_rows

# A cell that starts with one of these is run as a formula by spreadsheets; the quote
# itself is among them, so that what was added can be told and taken off again.
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
TYPES = {
    "journal_id": "bigint",
    "effective_at": "timestamptz",
    "recorded_at": "timestamptz",
    "transfer_id": "bigint",
    "amount_minor": "bigint",
    "resolves_id": "bigint",
    "held_minor": "bigint",
}


def inert(text: str) -> str:
    """Return a cell that no spreadsheet runs: a quote before what would be a formula."""
    return f"'{text}" if text.startswith(ACTIVE) else text


def original(cell: str) -> str:
    """Return what :func:`inert` was given."""
    return cell[1:] if cell.startswith("'") else cell


def export_csv(target: Path) -> int:
    """Write the whole journal as CSV, UTF-8 with a heading, and return how many rows.

    Times are ISO 8601 in UTC, amounts integer minor units. The file appears whole.
    """
    with journal_rows() as rows, whole_file(target) as draft:
        return _write_csv(draft, rows, inert)


def export_parquet(target: Path) -> int:
    """Write the whole journal as Parquet and return how many rows.

    It is converted from an exact CSV beside it, so that memory stays bounded.
    """
    raw = target.with_name(f"{target.name}.rows")
    try:
        with journal_rows() as rows:
            count = _write_csv(raw, rows, str)
        with whole_file(target) as draft, duckdb.connect() as engine:
            engine.execute("set memory_limit = '512MB'; set timezone = 'UTC'")
            engine.execute("set preserve_insertion_order = true; set threads = 1")
            columns = {name: TYPES.get(name, "varchar") for name in COLUMNS}
            table = engine.read_csv(
                str(raw),
                header=True,
                columns=columns,
                delimiter=",",
                quotechar='"',
                escapechar='"',
                # An empty cell is a missing number; text is never missing.
                na_values=[""],
                parallel=False,
            )
            table.write_parquet(str(draft), compression="zstd")
        return count
    finally:
        raw.unlink(missing_ok=True)


def _write_csv(draft: Path, rows: Iterable[Row], text: Callable[[str], str]) -> int:
    count = 0
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            count += 1
            writer.writerow([_cell(value, text) for value in astuple(row)])
    return count


def _cell(value: object, text: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return text(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
