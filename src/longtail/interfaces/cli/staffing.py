"""Who may log in: the first operator, people and machines. For a site without a demo."""

from __future__ import annotations

import typer

from longtail.interfaces import clock
from longtail.interfaces.api import services as api
from longtail.parties import queries, services
from longtail.parties.rules import Application, Kind, Role, Standing
from longtail.values.refusal import Refusal

# Nobody is there yet to admit the first operator; who installs the site answers for it.
INSTALLER, WITNESS = "installer", "installer-witness"


def open_operator(*, legal_name: str, country: str) -> str:
    """Admit the operator, once, and return its party code.

    Raises:
        typer.BadParameter: If there is one already, or a field is wrong.
    """
    operators = queries.parties(kind=Kind.OPERATOR)
    if operators.exclude(standing=Standing.EXITED).exists():
        raise typer.BadParameter("This platform has its operator already.")
    # A standby servicer comes after the operator whose platform it took over.
    number = f"operator-{operators.count() + 1}" if operators else "operator"
    at = clock.now()
    application = Application(
        kind=Kind.OPERATOR,
        legal_name=legal_name,
        country=country,
        registration_scheme="internal",
        registration_number=number,
    )
    try:
        party = services.apply(application=application, at=at)
    except Refusal as refusal:
        raise typer.BadParameter(str(refusal)) from refusal
    services.review(code=party.code, by=INSTALLER, at=at)
    services.admit(
        code=party.code,
        proposed_by=INSTALLER,
        decided_by=WITNESS,
        reason="Installed as the platform's operator.",
        at=at,
    )
    return party.code


def register(
    *, username: str, full_name: str, password: str, party_code: str, role: str
) -> None:
    """Give a person a log-in and a role at a party.

    Raises:
        typer.BadParameter: If a field is wrong, saying which.
    """
    if role not in tuple(Role):
        raise typer.BadParameter(f"The role is {' or '.join(Role)}.")
    try:
        services.register_person(
            username=username,
            full_name=full_name,
            password=password,
            party_code=party_code,
            role=Role(role),
        )
    except Refusal as refusal:
        raise typer.BadParameter(str(refusal)) from refusal


def open_client(*, party_code: str, username: str, name: str) -> tuple[str, str]:
    """Return the identifier and the secret of a new API client.

    Raises:
        typer.BadParameter: If the person does not act for the party.
    """
    try:
        return api.create_client(
            party_code=party_code, person=queries.person(username), name=name
        )
    except Refusal as refusal:
        raise typer.BadParameter(str(refusal)) from refusal


def require_operator(*, username: str, password: str) -> None:
    """Refuse whoever does not act for the operator or cannot prove who they are.

    Raises:
        typer.BadParameter: If the person is unknown, the password is wrong, or the
            person has no role at the operator; nobody learns which of the first two.
    """
    try:
        person = queries.person(username)
    except Refusal:
        person = None
    if person is None or not person.is_active or not person.check_password(password):
        raise typer.BadParameter(f"This is not the password of {username}.")
    if Kind.OPERATOR not in {party.kind for party in queries.parties_of(person)}:
        raise typer.BadParameter(f"{username} does not act for the operator.")
