"""The only place that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from longtail.servicing import queries

# The end-of-day job may be late by so much; a longer lag is accelerated time.
LATEST_JOB = timedelta(days=4)


def wall() -> datetime:
    """Return the wall clock's time, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the business date with the wall clock's time of day, UTC.

    The business date moves only by the end-of-day job, so in accelerated time (the
    demo) the platform lives in its own day. After midnight, until the job has run, it is
    the last moment of the old day: the time of a business day never runs backwards.
    """
    seen = wall()
    day = queries.processing_date()
    if day is None:
        return seen
    if timedelta(0) < seen.date() - day <= LATEST_JOB:
        return datetime.combine(day, time.max, UTC)
    return datetime.combine(day, seen.timetz())
