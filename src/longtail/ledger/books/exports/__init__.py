"""The whole journal as a file, in the format that its name says."""

from __future__ import annotations

from pathlib import Path

from longtail.ledger.books.exports.plain_text import export_beancount
from longtail.ledger.books.exports.tables import export_csv, export_parquet
from longtail.values.refusal import Refusal

FORMATS = {
    ".csv": export_csv,
    ".parquet": export_parquet,
    ".beancount": export_beancount,
}


class UnknownFormat(Refusal):
    """No export has this suffix."""


def export_journal(target: Path) -> int:
    """Write the whole journal to a file and return how many transfers it holds.

    The file appears whole or not at all, so a run that was killed is run again.

    Args:
        target: Its suffix says the format: ``.csv``, ``.parquet`` or ``.beancount``.

    Raises:
        UnknownFormat: If the suffix is none of these.
    """
    export = FORMATS.get(target.suffix)
    if export is None:
        raise UnknownFormat(
            f"A journal is exported as {', '.join(FORMATS)}; name the file so."
        )
    return export(target)
