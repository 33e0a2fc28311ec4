"""The end of a business day: close it, and publish what clients are owed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from longtail.interfaces import own_accounts
from longtail.servicing import eod


def end_of_day(*, to: date, watch: eod.Watch | None = None) -> dict[str, int]:
    """Close every business day before a date; safe to call again.

    Args:
        to: The business date to open.
        watch: Told after every batch how far its step has come.

    Returns:
        How many things each step touched; only the steps that ran.
    """
    # As of the new day's first moment: nothing that ends later today is over yet.
    at = datetime.combine(to, time.min, UTC)
    touched = eod.end_of_day(to=to, at=at, watch=watch).touched
    own_accounts.publish_claims(on=to - timedelta(days=1), at=at)
    return touched
