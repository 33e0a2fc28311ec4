"""How far an end of day has come, and how long it will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from longtail.servicing import models


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """A step of an end of day, as its last batch left it.

    Attributes:
        date: The business date that it opens.
        step: Its name.
        done_count, total_count: Agreements looked at, and to look at; the second is an
            estimate until the step is done.
        touched_count: How many of them it changed.
        started_at, moved_at: When it began and when its last batch ended, by the
            server's clock.
        is_done: Whether it is done.
    """

    date: date
    step: str
    done_count: int
    total_count: int
    touched_count: int
    started_at: datetime
    moved_at: datetime
    is_done: bool

    @property
    def rate_per_second(self) -> float | None:
        """Agreements a second so far; nothing before the first batch."""
        seconds = (self.moved_at - self.started_at).total_seconds()
        return self.done_count / seconds if seconds > 0 and self.done_count else None

    @property
    def left_seconds(self) -> float | None:
        """How long the rest takes at that rate; nothing while that is unknown."""
        if self.is_done:
            return 0.0
        rate = self.rate_per_second
        return (self.total_count - self.done_count) / rate if rate else None


def progress_of(row: models.EndOfDayStep) -> StepProgress:
    """Return a step's progress as its row says."""
    return StepProgress(
        date=row.date,
        step=row.step,
        done_count=row.done_count,
        total_count=row.total_count,
        touched_count=row.touched_count,
        started_at=row.started_at,
        moved_at=row.moved_at,
        is_done=row.done_at is not None,
    )


def day_end_progress(on: date | None = None) -> list[StepProgress]:
    """Return the steps of an end of day in their order, done or under way.

    Args:
        on: The business date that it opens; the latest if not given.
    """
    rows = models.EndOfDayStep.objects.order_by("id")
    latest = on or rows.order_by("-date").values_list("date", flat=True).first()
    return [progress_of(row) for row in rows.filter(date=latest)]
