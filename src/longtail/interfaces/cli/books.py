"""Commands over the books: export the journal, print a trial balance, close a period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Last day, inclusive.")]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        help="What the ledger knew at this moment, UTC; without it, all it knows.",
    ),
]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="By value at the end of this day."),
]


def register(app: typer.Typer, *, prepare: Callable[[], None]) -> None:
    """Add the commands to the command line; ``prepare`` as in ``commands.register``."""

    @app.command("export-journal")
    def export_journal(
        file: Annotated[Path, typer.Argument(help="Ends in .csv, .parquet or .beancount.")],
    ) -> None:
        """Write the whole journal to a file; it appears whole or not at all."""
        prepare()
        from longtail.ledger.books import exports

        count = _or_say_why(lambda: exports.export_journal(file))
        typer.echo(f"{count} transfers in {file}")

    @app.command("trial-balance")
    def trial_balance(
        at: At = None, on: On = None, currency: str = "", accounts: bool = False
    ) -> None:
        """Print debits, credits and balance by kind of account; the sums are equal."""
        prepare()
        from longtail.ledger.books import trial

        lines = trial.trial_balance(
            currency=currency or None,
            on=on and on.date(),
            at=at and at.replace(tzinfo=UTC),
        )
        rows = lines if accounts else trial.kind_totals(lines)
        for row in rows:
            typer.echo(_printed(row))

    @app.command("close-period")
    def close_period(
        to_date: Day,
        by: Annotated[str, typer.Option(help="Who closes it, of the operator.")],
        seconded_by: Annotated[str, typer.Option(help="The second person.")],
    ) -> None:
        """Close the books up to a day, for good, as two people with their passwords."""
        prepare()
        from longtail.interfaces import clock
        from longtail.interfaces.cli import staffing
        from longtail.ledger.books import services

        for username in (by, seconded_by):
            password = typer.prompt(f"Password of {username}", hide_input=True)
            staffing.require_operator(username=username, password=password)
        close = _or_say_why(
            lambda: services.close_period(
                to_date=to_date.date(), by=by, seconded_by=seconded_by, at=clock.now()
            )
        )
        typer.echo(f"Closed to {close.to_date}. Digest: {close.digest}")


def _or_say_why(call):  # type: ignore[no-untyped-def]
    from longtail.values.refusal import Refusal

    try:
        return call()
    except Refusal as refusal:
        raise typer.BadParameter(str(refusal)) from refusal


def _printed(row: object) -> str:
    from longtail.values.money import Money

    debits, credits, balance = (
        str(Money(getattr(row, name), row.currency))  # type: ignore[attr-defined]
        for name in ("debits_minor", "credits_minor", "balance_minor")
    )
    name = getattr(row, "account_code", "") or getattr(row, "kind", "") or "all"
    return f"{name:<40}{debits:>24}{credits:>24}{balance:>24}"
