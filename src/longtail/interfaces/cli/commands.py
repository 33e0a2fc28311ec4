"""Commands that work on the platform's rooms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

Password = Annotated[
    str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)
]


def register(app: typer.Typer, *, prepare: Callable[[], None]) -> None:
    """Add the commands to the command line.

    Args:
        app: The command line.
        prepare: Starts PostgreSQL and loads Django; called before any room is imported.
    """

    @app.command("end-of-day")
    def end_of_day(
        to: Annotated[
            datetime, typer.Argument(formats=["%Y-%m-%d"], help="Business date.")
        ],
    ) -> None:
        """Close every business day up to a date."""
        prepare()
        from longtail.interfaces.cli import closing

        closing.close(to=to.date())

    @app.command()
    def model() -> None:
        """Fit the scorecard on the shipped sample and print its figures out of time."""
        prepare()
        from longtail.interfaces.cli.demo import sample_model

        sample_model.print_metrics()

    @app.command()
    def operator(
        legal_name: Annotated[str, typer.Argument(help="The firm that runs this site.")],
        country: Annotated[str, typer.Argument(help="Two letters, such as DE.")],
    ) -> None:
        """Admit the platform's operator, before anybody else can be admitted."""
        prepare()
        from longtail.interfaces.cli import staffing

        typer.echo(staffing.open_operator(legal_name=legal_name, country=country))

    @app.command()
    def person(
        username: str, party: str, role: str, full_name: str, password: Password
    ) -> None:
        """Give a person a log-in and a role, maker or checker, at a party."""
        prepare()
        from longtail.interfaces.cli import staffing

        staffing.register(
            username=username,
            full_name=full_name,
            password=password,
            party_code=party,
            role=role,
        )

    @app.command()
    def client(party: str, username: str, name: str) -> None:
        """Let a machine act for a person of a party; print its credentials once."""
        prepare()
        from longtail.interfaces.cli import staffing

        identifier, secret = staffing.open_client(
            party_code=party, username=username, name=name
        )
        typer.echo(f"client_id: {identifier}\nclient_secret: {secret}")
