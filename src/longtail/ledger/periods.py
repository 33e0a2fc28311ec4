"""Where the closed past ends: what counts before it can no longer be posted.

The table is written by ``ledger.books``; the trigger on ``ledger_journal`` refuses what
comes too late. Who books what others date (the bank's value dates) asks here first.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

CLOSED = "select max(closed_before_at) from ledger_books_periodclose"
EVER = datetime.min.replace(tzinfo=UTC)


def open_from() -> datetime:
    """Return the first moment that is still open; before all time if nothing is closed."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSED)
        found: datetime | None = cursor.fetchone()[0]
    return found or EVER


def open_effective_at(value_at: datetime) -> datetime:
    """Return when an item of a given value date counts in the ledger.

    Args:
        value_at: When it would count by itself, timezone-aware.

    Returns:
        The same, or the first open moment if that period is closed: a late item goes to
        the open period, and whoever books it keeps the true value date beside it.
    """
    return max(value_at, open_from())
