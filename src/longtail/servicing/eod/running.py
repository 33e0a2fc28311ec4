"""The steps of the end of day, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from longtail.servicing.eod import arrears, defaults, falling, guarantees, moving
from longtail.servicing.eod.around import CHECKS, OTHERS, Work
from longtail.servicing.eod.batches import (
    BATCH,
    Step,
    Watch,
    done_steps,
    log,
    refuse_closed,
    run,
)

# This room's, in batches; the date moves when all else is done.
OWN: tuple[Step, ...] = (
    Step("dues-fallen", falling.due_for_roll, falling.roll),
    Step("arrears-aged", arrears.due_for_ageing, arrears.age),
    Step("defaults", defaults.due_for_default, defaults.declare),
    Step("guarantees-called", guarantees.due_for_call, guarantees.call),
    Step("date-moved", moving.nothing_due, moving.move, is_single=True),
)


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What an end of day did.

    Attributes:
        date: The business date it opened.
        touched: How many things each step changed, by step; only the steps that ran.
    """

    date: date
    touched: dict[str, int]


def end_of_day(
    *, to: date, at: datetime, batch: int = BATCH, watch: Watch | None = None
) -> DayEnd:
    """This will close the days before ``to`` and make it the business date.

    Safe to call again, after success or after a crash: what is done is not repeated.
    What came from the custodian must have been taken in before.

    Args:
        to: The business date to open.
        at: When.
        batch: How many agreements one transaction takes at most.
        watch: Told after every batch how far its step has come.

    Returns:
        What was done.

    Raises:
        DateClosed: If the business date is past ``to``, or the end of a later day began.
    """
    refuse_closed(to)
    touched = _whole(OTHERS, to, at)
    for step in OWN:
        found = run(step, to=to, at=at, size=batch, watch=watch)
        if found is not None:
            touched[step.name] = found
    return DayEnd(to, touched | _whole(CHECKS, to, at))


def _whole(works: dict[str, Work], to: date, at: datetime) -> dict[str, int]:
    done = done_steps(to)
    touched = {name: work(to, at) for name, work in works.items() if name not in done}
    log(touched, to, at)
    return touched
