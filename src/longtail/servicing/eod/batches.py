"""A step in batches: each one transaction, with a durable cursor in the step's own row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from longtail.servicing import models
from longtail.servicing.queries.progress import StepProgress, progress_of
from longtail.values.refusal import Refusal

# Of the end of day among the advisory locks; any number no other room uses.
LOCK = 20_010_101
# Agreements a transaction: long enough to be fast, short enough that payments wait little.
BATCH = 2_000
Watch = Callable[[StepProgress], None]


class DateClosed(Refusal):
    """The business date has moved past this day."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of this room.

    Attributes:
        name: Its name in the log.
        due: The agreements it has to look at on a day.
        work: Changes the agreements with these snapshot ids; returns how many it changed.
        is_single: Whether it is one batch without agreements.
    """

    name: str
    due: Callable[[date], QuerySet[models.Snapshot]]
    work: Callable[[list[int], date, datetime], int]
    is_single: bool = False


def refuse_closed(to: date) -> None:
    """This will refuse a day that is closed, or before one whose end began already.

    Raises:
        DateClosed: If so.
    """
    current = models.ProcessingDate.objects.values_list("date", flat=True).first()
    if current and to < current:
        raise DateClosed(
            f"The business date is {current}; it never moves back to {to}. Choose a later "
            "day."
        )
    later = models.EndOfDayStep.objects.filter(date__gt=to).order_by("-date").first()
    if later:
        raise DateClosed(
            f"The end of day that opens {later.date} has begun, so {to} cannot be opened "
            f"any more. Run it to {later.date}."
        )


def done_steps(to: date) -> set[str]:
    """Return the steps that are done for a business date."""
    rows = models.EndOfDayStep.objects.filter(date=to, done_at__isnull=False)
    return set(rows.values_list("step", flat=True))


def log(touched: dict[str, int], to: date, at: datetime) -> None:
    """This will record steps that were done in one piece."""
    models.EndOfDayStep.objects.bulk_create(
        [
            models.EndOfDayStep(
                date=to,
                step=name,
                touched_count=count,
                done_count=count,
                total_count=count,
                done_at=at,
            )
            for name, count in touched.items()
        ],
        ignore_conflicts=True,
    )


def run(
    step: Step, *, to: date, at: datetime, size: int, watch: Watch | None = None
) -> int | None:
    """This will do what is left of a step, batch by batch.

    Args:
        step: The step.
        to: The business date being opened.
        at: When.
        size: Agreements a batch.
        watch: Told after every batch how far the step has come.

    Returns:
        How many things the whole step changed; nothing if it was done before.
    """
    if step.name in done_steps(to):
        return None
    while True:
        place = _one_batch(step, to, at, size)
        if watch:
            watch(progress_of(place))
        if place.done_at:
            return place.touched_count


@transaction.atomic
def _one_batch(step: Step, to: date, at: datetime, size: int) -> models.EndOfDayStep:
    with connection.cursor() as cursor:
        # Batches of all runs follow one another; before the first there is no row to lock.
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    refuse_closed(to)
    place = _place(step, to)
    if place.done_at:
        return place
    # Few are due; the sum keeps the planner from going through all agreements in order.
    left = step.due(to).filter(pk__gt=place.last_id).order_by(F("pk") + 0)
    ids = list(left.values_list("pk", flat=True)[:size])
    if ids or step.is_single:
        place.touched_count += step.work(ids, to, at)
    place.last_id = ids[-1] if ids else place.last_id
    place.done_count += len(ids)
    # What was paid or drawn since the step began; the total is an estimate until the end.
    place.total_count = max(place.total_count, place.done_count)
    if len(ids) < size:
        place.done_at, place.total_count = at, place.done_count
    place.moved_at = Now()
    place.save()
    place.refresh_from_db(fields=["moved_at"])
    return place


def _place(step: Step, to: date) -> models.EndOfDayStep:
    rows = models.EndOfDayStep.objects
    found = rows.filter(date=to, step=step.name).first()
    return found or rows.create(date=to, step=step.name, total_count=step.due(to).count())
