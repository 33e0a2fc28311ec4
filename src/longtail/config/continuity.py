"""The commands that keep the database safe: back-up and restore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from longtail.config import backup, postgres, processes
from longtail.config import restore as restoring

Folder = Annotated[Path, typer.Argument(help="The back-up folder, best on another disk.")]


def register(app: typer.Typer, *, check: Callable[[], list[str]]) -> None:
    """Add the commands to the command line.

    Args:
        app: The command line.
        check: Loads the platform and says what is wrong with its books.
    """

    @app.command("backup")
    def back_up(
        folder: Folder,
        point: Annotated[
            str, typer.Option(help="Only give this moment a name to restore to.")
        ] = "",
        keep: Annotated[
            int, typer.Option(help="How many back-ups to keep; 0 for all.")
        ] = 0,
    ) -> None:
        """Copy the embedded database, and archive its log to the folder from now on."""
        at = datetime.now(UTC)
        if point:
            typer.echo(f"{point} is {backup.mark(folder, point, at=at)}.")
            return
        typer.echo(f"Copied and verified: {backup.back_up(folder, at=at)}")
        for copy in backup.prune(folder, keep=keep) if keep else ():
            typer.echo(f"Deleted: {copy}")
        typer.echo(
            "Keep these elsewhere, apart from the back-up; they are not in it: "
            + ", ".join(str(file) for file in secrets())
        )

    @app.command()
    def restore(
        folder: Folder,
        to: Annotated[str, typer.Option(help="A named place or a log position.")] = "",
    ) -> None:
        """Restore the database of an empty installation, and check its books."""
        if processes.is_serving(postgres.VAR):
            raise backup.BackupRefused("This site is being served; nothing was restored.")
        done = restoring.restore(folder, to=to)
        typer.echo(f"Restored from {done['copy']} up to {done['reached']}.")
        if wrong := check():
            typer.echo("\n".join(wrong))
            raise typer.Exit(1)
        typer.echo(
            "The books agree. This site is not backed up yet: run longtail backup. Its "
            "keys are those in this folder; see docs/operations.md."
        )


def secrets() -> list[Path]:
    """Return the files beside the database that only their owner may read."""
    files = (path for path in postgres.VAR.iterdir() if path.is_file())
    return sorted(path for path in files if not path.stat().st_mode & 0o077)
