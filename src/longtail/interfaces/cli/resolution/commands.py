"""Commands for the day the operator is gone: ``wind-down`` and ``take-over``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="The resolution pack.")]


def register(
    app: typer.Typer, *, prepare: Callable[[], None], is_served: Callable[[], bool]
) -> None:
    """Add the commands to the command line; see ``commands.register``.

    Args:
        app: The command line.
        prepare: Starts PostgreSQL and loads Django.
        is_served: Says whether this site is being served.
    """

    def refuse_if_served() -> None:
        if is_served():
            raise typer.BadParameter("This site is being served; first: longtail stop")

    @app.command("wind-down")
    def wind_down(folder: Folder) -> None:
        """Write a pack from which a stranger recomputes and collects every claim."""
        refuse_if_served()
        prepare()
        from longtail.interfaces import assurance, clock
        from longtail.interfaces.cli.resolution import pack, recompute
        from longtail.values.refusal import Refusal

        try:
            head = assurance.signed_head()
            digest = pack.write(folder, at=clock.now(), head=head)
        except Refusal as refusal:
            raise typer.BadParameter(str(refusal)) from refusal
        typer.echo(f"Written to {folder}. Note down, away from it: manifest {digest}")
        if wrong := recompute.problems(folder):
            typer.echo("\n".join(["The pack says what is wrong itself:", *wrong]))
            raise typer.Exit(1)

    @app.command("take-over")
    def take_over(
        folder: Folder,
        operator: Annotated[
            str, typer.Option(prompt=True, help="The firm that takes over.")
        ],
        country: Annotated[
            str, typer.Option(prompt=True, help="Its country, two letters.")
        ],
        manifest: Annotated[str, typer.Option(help="What the manifest must hash to.")] = "",
    ) -> None:
        """Load a pack into this fresh, empty site, to go on collecting."""
        refuse_if_served()
        prepare()
        from longtail.interfaces import clock
        from longtail.interfaces.cli.resolution import taking
        from longtail.values.refusal import Refusal

        try:
            loaded = taking.load(folder, manifest_sha256=manifest)
        except Refusal as refusal:
            raise typer.BadParameter(str(refusal)) from refusal
        code = taking.succeed(legal_name=operator, country=country, at=clock.now())
        typer.echo(f"{sum(loaded.values()):,} rows in {len(loaded)} tables.")
        typer.echo(
            f"{operator} is {code}. Register your staff with longtail person, and have the "
            "custodian register this site's key; then longtail serve."
        )
