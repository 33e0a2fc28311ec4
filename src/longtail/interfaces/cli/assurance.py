"""Commands for those who do not take the platform's word: ``verify`` and ``head``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer


def register(app: typer.Typer, *, prepare: Callable[[], None]) -> None:
    """Add the commands to the command line; see ``commands.register``."""

    @app.command()
    def head(
        out: Annotated[
            Path | None, typer.Option(help="Where to write it, instead of here.")
        ] = None,
        key: Annotated[
            bool, typer.Option("--key", help="Print the site's public key instead.")
        ] = False,
    ) -> None:
        """Print the log's signed head, to be kept by outsiders."""
        prepare()
        from longtail.interfaces import assurance, site_key

        text = site_key.public_text() if key else assurance.signed_head()
        if out is None:
            typer.echo(text)
        else:
            out.write_text(text)

    @app.command()
    def verify(
        head: Annotated[
            list[Path] | None, typer.Option(help="A signed head handed out before.")
        ] = None,
        limit: Annotated[int, typer.Option(help="How many findings to name.")] = 20,
    ) -> None:
        """Recompute everything that is recorded; name the first row that is not so."""
        prepare()
        outside = [file.read_text() for file in head or []]
        raise typer.Exit(_verify(outside, limit=limit))


def _verify(outside: list[str], *, limit: int) -> int:
    from longtail.interfaces import assurance
    from longtail.ledger.log.heads import HeadRefused
    from longtail.ledger.log.verifying import Tally

    tally, started, found_count = Tally(), monotonic(), 0
    try:
        for found in assurance.verify(outside=outside, tally=tally):
            found_count += 1
            if found_count <= limit:
                typer.echo(f"{'FIRST ' if found_count == 1 else ''}{found}", err=True)
    except HeadRefused as refusal:
        typer.echo(str(refusal), err=True)
        return 2
    for name, number in tally.items():
        typer.echo(f"{name}: {number:,}")
    result = f"{found_count:,} findings" if found_count else "all is as it was recorded"
    typer.echo(f"{result}, in {monotonic() - started:.1f} s")
    return 1 if found_count else 0
