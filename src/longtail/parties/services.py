"""Writes for parties: application, admission to exit, people and their roles."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from longtail.parties import models, queries, rules
from longtail.parties.application import checked
from longtail.parties.rules import Application, Kind, Role, Step
from longtail.values import codes
from longtail.values.eyes import require_two_people
from longtail.values.refusal import InvalidInput, Refusal

PREFIXES = {
    Kind.ENTERPRISE: "ENT",
    Kind.FUNDER: "FND",
    Kind.PROVIDER: "PRV",
    Kind.GUARANTOR: "GUA",
    Kind.CUSTODIAN: "CUS",
    Kind.REGULATOR: "REG",
    Kind.OPERATOR: "OPR",
}
MAX_REASON = 2_000


class AlreadyRegistered(Refusal):
    """A party of this kind has the registration already."""


class UsernameTaken(Refusal):
    """The username belongs to somebody."""


@transaction.atomic
def apply(*, application: Application, at: datetime) -> models.Party:
    """Take in an application.

    Args:
        application: What the party says of itself.
        at: When it applies, timezone-aware.

    Returns:
        The party, standing applied.

    Raises:
        InvalidInput: If any field is wrong; it lists every one.
        AlreadyRegistered: If a party of this kind has the registration.
    """
    tidy, problems = checked(application, on=at.date())
    if problems:
        raise InvalidInput(problems)
    try:
        with transaction.atomic():
            return models.Party.objects.create(
                code=codes.mint(PREFIXES[tidy.kind]),
                size_class=rules.size_class(tidy.employees) or "",
                applied_at=at,
                **asdict(tidy),
            )
    except IntegrityError as error:
        if "party_registered_once" not in str(error):
            raise
        raise AlreadyRegistered(
            f"A {tidy.kind} with {tidy.registration_scheme.upper()} number "
            f"{tidy.registration_number} is registered already. Log in with it, or ask "
            "the operator if it is not yours."
        ) from error


@transaction.atomic
def review(
    *, code: str, by: str, at: datetime, reason: str = "Application file is complete."
) -> models.Party:
    """Record that one person has checked an application; another may then admit it.

    Args:
        code: The party.
        by: Username of the reviewer.
        at: When.
        reason: What the reviewer found.

    Returns:
        The party, standing reviewed.

    Raises:
        IllegalStanding: If it is not under application.
        InvalidInput: If the reason is empty or cannot be printed.
    """
    _require_reason(reason, _name_problems(by=by))
    return _take(Step.REVIEW, code=code, people=(by, ""), reason=reason, at=at)


@transaction.atomic
def admit(
    *, code: str, proposed_by: str, decided_by: str, reason: str, at: datetime
) -> models.Party:
    """Admit a reviewed party, so that it may act.

    Args:
        code: The party.
        proposed_by: Username of who proposes it.
        decided_by: Username of who decides; another person.
        reason: Why.
        at: When.

    Returns:
        The party, standing admitted.

    Raises:
        IllegalStanding: If it has not been reviewed, or is past admission.
        FourEyesRequired: If one person both proposes and decides.
        InvalidInput: If the reason is empty or cannot be printed.
    """
    return _decide(
        Step.ADMIT, code=code, people=(proposed_by, decided_by), reason=reason, at=at
    )


@transaction.atomic
def suspend(
    *, code: str, proposed_by: str, decided_by: str, reason: str, at: datetime
) -> models.Party:
    """Stop an admitted party from acting. What it already owes or is owed stays.

    Args and refusals are those of :func:`admit`.
    """
    return _decide(
        Step.SUSPEND, code=code, people=(proposed_by, decided_by), reason=reason, at=at
    )


@transaction.atomic
def reinstate(
    *, code: str, proposed_by: str, decided_by: str, reason: str, at: datetime
) -> models.Party:
    """Let a suspended party act again.

    Args and refusals are those of :func:`admit`.
    """
    return _decide(
        Step.REINSTATE, code=code, people=(proposed_by, decided_by), reason=reason, at=at
    )


@transaction.atomic
def exit_party(
    *, code: str, proposed_by: str, decided_by: str, reason: str, at: datetime
) -> models.Party:
    """End a party's life on the platform; its records stay.

    Args and refusals are those of :func:`admit`.
    """
    return _decide(
        Step.EXIT, code=code, people=(proposed_by, decided_by), reason=reason, at=at
    )


@transaction.atomic
def register_person(
    *, username: str, full_name: str, password: str | None, party_code: str, role: Role
) -> models.Person:
    """Give a person a log-in and a first role.

    Args:
        username: Log-in name, unique whatever its case.
        full_name: As people write it.
        password: Checked by the validators in settings; None makes one that never
            matches, for log-ins by other means.
        party_code: The party the person acts for.
        role: What the person may do there.

    Returns:
        The person.

    Raises:
        InvalidInput: If any field is wrong; it lists every one.
        UsernameTaken: If the username belongs to somebody.
        UnknownParty: If there is no such party.
    """
    person = models.Person(username=username, full_name=full_name)
    if problems := _person_problems(person, password=password, role=role):
        raise InvalidInput(problems)
    if queries.is_registered(username):
        raise UsernameTaken(f"The username {username} is taken. Choose another.")
    person.full_name = rules.clean_text(full_name)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken(f"The username {username} is taken. Choose another.") from error
    grant_role(username=username, party_code=party_code, role=role)
    return person


@transaction.atomic
def grant_role(*, username: str, party_code: str, role: Role) -> models.Membership:
    """Let a person act for a party in a role. Safe to repeat.

    Args:
        username: Who.
        party_code: For whom.
        role: As what.

    Raises:
        UnknownPerson: If there is no such person.
        UnknownParty: If there is no such party.
    """
    membership, _ = models.Membership.objects.get_or_create(
        person=queries.person(username), party=queries.party(party_code), role=Role(role)
    )
    return membership


def _decide(
    step: Step, *, code: str, people: tuple[str, str], reason: str, at: datetime
) -> models.Party:
    """Take a step that needs two people and a reason."""
    _require_reason(reason, _name_problems(proposed_by=people[0], decided_by=people[1]))
    require_two_people(*people, what="A decision on standing")
    return _take(step, code=code, people=people, reason=reason, at=at)


def _take(
    step: Step, *, code: str, people: tuple[str, str], reason: str, at: datetime
) -> models.Party:
    party = models.Party.objects.select_for_update(no_key=True).get(
        pk=queries.party(code).pk
    )
    after = rules.next_standing(party.standing, step, name=party.legal_name)
    models.StandingChange.objects.create(
        party=party,
        from_standing=party.standing,
        to_standing=after,
        proposed_by=people[0],
        decided_by=people[1],
        reason=reason.strip(),
        at=at,
    )
    party.standing = after
    party.save(update_fields=["standing"])
    return party


def _name_problems(**people: str) -> dict[str, str]:
    return {
        name: "must name a person"
        for name, who in people.items()
        if rules.text_problem(who, max_length=150) or not who.strip()
    }


def _require_reason(reason: str, problems: dict[str, str]) -> None:
    found = dict(problems)
    if problem := rules.text_problem(reason, max_length=MAX_REASON, is_multiline=True):
        found["reason"] = problem
    elif not reason.strip():
        found["reason"] = "must say why"
    if found:
        raise InvalidInput(found)


def _person_problems(
    person: models.Person, *, password: str | None, role: str
) -> dict[str, str]:
    problems = {}
    name_problem = rules.text_problem(person.full_name, max_length=120)
    if name_problem or not person.full_name.strip():
        problems["full_name"] = name_problem or "must be the person's name"
    problem = rules.text_problem(person.username, max_length=150)
    try:
        UnicodeUsernameValidator()(person.username if not problem else "")
    except ValidationError as error:
        problems["username"] = problem or " ".join(error.messages)
    if role not in tuple(Role):
        problems["role"] = f"must be one of {', '.join(Role)}"
    if password is not None:
        try:
            validate_password(password, user=person)
        except ValidationError as error:
            problems["password"] = " ".join(error.messages)
    return problems
