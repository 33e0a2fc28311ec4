"""The only place that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from longtail.servicing import queries


def now() -> datetime:
    """Return the business date with the wall clock's time of day, UTC.

    The business date moves only by the end-of-day job, so in accelerated time (the
    demo) the platform lives in its own day.
    """
    wall = datetime.now(UTC)
    day = queries.processing_date()
    return datetime.combine(day, wall.timetz()) if day else wall
