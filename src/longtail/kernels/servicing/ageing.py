"""Days past due and arrears buckets of many agreements. Pure numpy."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
# Stands for no date in arrays of day numbers; far from every day that counts.
NO_DAY = -(2**31)


def day_number(day: date | None) -> int:
    """Return a date as days since 1970, or ``NO_DAY``."""
    return NO_DAY if day is None else (day - date(1970, 1, 1)).days


def days_past_due(
    unpaid_from: IntArray, paused_from: IntArray, paused_until: IntArray, *, on: date
) -> IntArray:
    """Return how many days the oldest unpaid instalment has been due.

    Args:
        unpaid_from: ``(n,)`` day numbers from which days are counted; ``NO_DAY`` if
            nothing is owed.
        paused_from: ``(n,)`` first days of a standstill, ``NO_DAY`` without one.
        paused_until: ``(n,)`` first days after it, ``NO_DAY`` without one.
        on: The day.

    Returns:
        ``(n,)`` whole days, 0 for what is not due yet.
    """
    today = day_number(on)
    begins = np.maximum(paused_from, unpaid_from)
    stood = np.maximum(np.minimum(today, paused_until) - begins, 0)
    stood[paused_from == NO_DAY] = 0
    days: IntArray = np.maximum(today - unpaid_from - stood, 0)
    days[unpaid_from == NO_DAY] = 0
    return days


def buckets(days_past_due: IntArray, starts: IntArray) -> IntArray:
    """Return the number of each agreement's bucket: 0 below the first start.

    Args:
        days_past_due: ``(n,)`` whole days.
        starts: First day of each bucket but the lowest, ascending.
    """
    found: IntArray = np.searchsorted(starts, days_past_due, side="right").astype(np.int64)
    return found


def bucket_bounds(starts: IntArray, on: date) -> list[tuple[date | None, date | None]]:
    """Return, lowest bucket first, which oldest due dates make it.

    Returns:
        ``(after, until)`` a bucket: it holds those due after the first and not after the
        second; ``None`` leaves a side open.
    """
    edges: list[date | None] = [on - timedelta(days=int(first)) for first in starts]
    return list(zip([*edges, None], [None, *edges], strict=True))
