"""The jobs of the platform; each calls services that may be called again.

A job waits in the queue at most once (``queueing_lock``), and those that move money or
the date run one after the other (``lock``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from longtail.funding import services as funding
from longtail.interfaces import clock, day_end, site_key
from longtail.ledger.custodian import courier
from longtail.ledger.log import services as log
from longtail.servicing import queries
from longtail.servicing import services as servicing
from longtail.values.refusal import Refusal

LOCK = "longtail.books"
EACH_MINUTE = "* * * * *"
# Just after midnight UTC, when the wall clock's new day has begun.
EACH_NIGHT = "5 0 * * *"
RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)


class ClockAhead(Refusal):
    """The clock jumped, or nights were missed; a person has to say which."""


@app.task(
    name="longtail.exchange", queueing_lock="longtail.exchange", lock=LOCK, retry=RETRY
)
def exchange(timestamp: int | None = None) -> dict[str, int]:  # noqa: ARG001
    """Exchange messages with the custodian and take what came of it into service.

    Args:
        timestamp: When the minute's run was due; the queue passes it.

    Returns:
        Counts of what was done.
    """
    at = clock.now()
    exchanged = courier.exchange(at=at)
    return {
        "sent": exchanged.sent,
        "taken": exchanged.taken,
        "drawn_down": servicing.confirm_drawdowns(at=at),
        "refunded": servicing.confirm_refunds(at=at),
        "returned": servicing.take_returns(at=at),
        "receipts": servicing.take_receipts(at=at),
    }


@app.task(
    name="longtail.progress", queueing_lock="longtail.progress", lock=LOCK, retry=RETRY
)
def progress(timestamp: int | None = None) -> int:  # noqa: ARG001
    """Do what is due for every demand that moves by itself.

    Args:
        timestamp: When the minute's run was due; the queue passes it.

    Returns:
        How many steps were taken.
    """
    return funding.progress_all(at=clock.now()).steps


@app.task(name="longtail.seal", queueing_lock="longtail.seal", retry=RETRY)
def seal(timestamp: int | None = None) -> int:  # noqa: ARG001
    """Give what was written its place in the tamper log.

    Args:
        timestamp: When the minute's run was due; the queue passes it.

    Returns:
        How many entries were sealed.
    """
    return log.seal(at=clock.now(), key=site_key.private()).entry_count


@app.task(
    name="longtail.end_of_day",
    queueing_lock="longtail.end_of_day",
    lock=LOCK,
    retry=RETRY,
)
def end_of_day(to: str | None = None, timestamp: int | None = None) -> dict[str, int]:
    """Close the business day and open the next.

    Args:
        to: The business date to open, ISO 8601. Without it, the day of ``timestamp``;
            without that, the day after the business date.
        timestamp: When the nightly run was due, seconds since 1970; the queue passes it.

    Returns:
        How many things each step touched; nothing if the date was opened before.

    Raises:
        ClockAhead: If the night's clock is days ahead of the business date.
    """
    now = clock.now()
    opened = _day_to_open(now, to=to, timestamp=timestamp)
    if timestamp is not None and opened < now.date():
        # The queue repeats nights it missed; the business date is past this one.
        return {}
    if timestamp is not None:
        _refuse_clock_ahead(opened)
    return day_end.end_of_day(to=opened)


def _refuse_clock_ahead(opened: date) -> None:
    current = queries.processing_date()
    if current and opened - current > clock.LATEST_JOB:
        raise ClockAhead(
            f"The clock says {opened}, but the business date is {current}, and it never "
            "moves back. Check the clock; if it is right, run: "
            f"longtail end-of-day {opened}"
        )


def _day_to_open(now: datetime, *, to: str | None, timestamp: int | None) -> date:
    if to is not None:
        return date.fromisoformat(to)
    if timestamp is not None:
        return datetime.fromtimestamp(timestamp, UTC).date()
    return now.date() + timedelta(days=1)


app.periodic(cron=EACH_MINUTE, periodic_id="exchange")(exchange)
app.periodic(cron=EACH_MINUTE, periodic_id="progress")(progress)
app.periodic(cron=EACH_MINUTE, periodic_id="seal")(seal)
if not settings.DEMO:
    # The demo lives in its own time, which moves only when it says so.
    app.periodic(cron=EACH_NIGHT, periodic_id="end-of-day")(end_of_day)
