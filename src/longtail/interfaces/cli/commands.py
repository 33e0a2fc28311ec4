"""Commands that work on the platform's rooms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer, *, prepare: Callable[[], None]) -> None:
    """Add the commands to the command line.

    Args:
        app: The command line.
        prepare: Starts PostgreSQL and loads Django; called before any room is imported.
    """

    @app.command()
    def demo(
        loans: Annotated[int | None, typer.Option(help="How many loans.")] = None,
        table: Annotated[
            Path | None, typer.Option(help="A Parquet file of the sample's columns.")
        ] = None,
    ) -> None:
        """Replay real small-business loans through the seven steps and report."""
        prepare()
        from longtail.interfaces.cli.demo import command

        command.run(loans=loans, table=table)

    @app.command("end-of-day")
    def end_of_day(
        to: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Business date.")],
    ) -> None:
        """Close every business day up to a date."""
        prepare()
        from longtail.interfaces import clock
        from longtail.servicing import eod

        eod.end_of_day(to=to.date(), at=clock.now())

    @app.command()
    def model() -> None:
        """Fit the scorecard on the shipped sample and print its figures out of time."""
        prepare()
        from longtail.interfaces.cli.demo import sample_model

        sample_model.print_metrics()
