"""How far an end of day has come, as the API shows it."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema

from longtail.interfaces.api.schemas.types import Day
from longtail.servicing.queries import StepProgress


class DayIn(Schema):
    """Which end of day; the latest if not given."""

    on: Day | None = None


class DayEndStepOut(Schema):
    """A step; ``total`` and ``left_seconds`` are estimates until it is done."""

    step: str
    done: int
    total: int
    touched: int
    started_at: datetime
    moved_at: datetime
    is_done: bool
    left_seconds: float | None

    @classmethod
    def of(cls, found: StepProgress) -> DayEndStepOut:
        """Return a step as the API shows it."""
        return cls(
            step=found.step,
            done=found.done_count,
            total=found.total_count,
            touched=found.touched_count,
            started_at=found.started_at,
            moved_at=found.moved_at,
            is_done=found.is_done,
            left_seconds=found.left_seconds,
        )


class DayEndOut(Schema):
    """An end of day and its steps in their order; no date before the first one."""

    date: date | None
    steps: list[DayEndStepOut]
