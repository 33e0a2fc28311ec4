"""The ``longtail`` command: starts what is needed, then hands over to the interfaces."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from longtail.config import continuity, keys, postgres, processes

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The financing platform for small and micro enterprises.",
    pretty_exceptions_enable=False,
)


def prepare() -> None:
    """Start PostgreSQL, make missing secrets, and load Django."""
    postgres.start()
    keys.ensure(postgres.VAR)
    _load_django()


def _load_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "longtail.config.settings")
    django.setup()


@app.command()
def up() -> None:
    """Start PostgreSQL and bring the tables and translations up to date."""
    from longtail.interfaces.web import locale_files

    prepare()
    (postgres.VAR / "static").mkdir(exist_ok=True)
    locale_files.compile_all()
    _migrate()


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)


@app.command()
def run(
    port: Annotated[int, typer.Option(help="Where the site listens.")] = 8000,
    loans: Annotated[int | None, typer.Option(help="How many loans to replay.")] = None,
) -> None:
    """Replay real loans (once), then serve the site with demo log-ins."""
    processes.refuse_if_taken(port)
    up()
    from longtail.interfaces.cli.demo import command

    command.run(loans=loans)
    command.print_logins(port)
    raise typer.Exit(_serve(port, is_demo=True))


@app.command()
def demo(
    loans: Annotated[int | None, typer.Option(help="How many loans.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="A Parquet file of the sample's columns.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Drop the embedded database first.")
    ] = False,
) -> None:
    """Replay real small-business loans through the seven steps and report."""
    if fresh:
        postgres.start()
        postgres.drop_database()
        (postgres.VAR / "demo.json").unlink(missing_ok=True)
    up()
    from longtail.interfaces.cli.demo import command

    command.run(loans=loans, table=table)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where the site listens.")] = 8000,
) -> None:
    """Serve the site and run the worker, without demo log-ins."""
    processes.refuse_if_taken(port)
    up()
    raise typer.Exit(_serve(port, is_demo=False))


def _serve(port: int, *, is_demo: bool) -> int:
    return processes.serve(
        port=port, folder=postgres.VAR, is_demo=is_demo, revive=postgres.revive
    )


@app.command()
def worker() -> None:
    """Run the background jobs."""
    prepare()
    from longtail.interfaces.jobs import working

    working.run()


@app.command()
def stop() -> None:
    """Stop the site, the worker and the embedded PostgreSQL."""
    served = processes.stop(postgres.VAR)
    stopped = postgres.stop()
    typer.echo("Stopped." if served or stopped else "Nothing was running.")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def manage(context: typer.Context) -> None:
    """Run a Django management command."""
    prepare()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["longtail manage", *context.args])


def _problems() -> list[str]:
    prepare()
    from longtail.interfaces import assurance
    from longtail.ledger.log.verifying import Tally

    return [str(found) for found in assurance.verify(outside=[], tally=Tally())]


def main() -> None:
    """Run the command line."""
    from longtail.interfaces.cli import assurance, books, commands
    from longtail.interfaces.cli.resolution import commands as resolution

    commands.register(app, prepare=prepare)
    assurance.register(app, prepare=prepare)
    books.register(app, prepare=prepare)
    continuity.register(app, check=_problems)
    resolution.register(
        app, prepare=prepare, is_served=lambda: processes.is_serving(postgres.VAR)
    )
    sys.exit(app())
