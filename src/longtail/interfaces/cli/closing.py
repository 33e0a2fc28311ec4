"""The end of day at a terminal: a bar for every step, and what it changed."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from longtail.interfaces import day_end
from longtail.servicing.queries import StepProgress


def close(*, to: date) -> None:
    """This will close every business day before a date and say what was done."""
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}

    def show(place: StepProgress) -> None:
        rate = place.rate_per_second
        said = f"{rate:,.0f}/s" if rate else ""
        if place.step not in tasks:
            tasks[place.step] = bars.add_task(place.step, rate=said)
        bars.update(
            tasks[place.step],
            completed=place.done_count,
            total=place.total_count,
            rate=said,
        )

    with bars:
        touched = day_end.end_of_day(to=to, watch=show)
    for step, count in touched.items():
        console.print(f"{step}: {count:,}")
