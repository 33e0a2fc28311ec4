"""Reads over parties and people. No writes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from longtail.parties import models
from longtail.parties.application import registration, scheme_code
from longtail.parties.rules import Kind, Role, Standing, text_problem
from longtail.values.refusal import Refusal

# What these return, for annotations in other rooms.
Party = models.Party
Person = models.Person
# The platform's own acts (end of day, jobs, the replay) carry this name.
SYSTEM = "system"


class UnknownParty(Refusal):
    """No party has this code."""


class UnknownPerson(Refusal):
    """No person has this username."""


class NotAdmitted(Refusal):
    """The party may not act now: it is not admitted, or it is suspended or gone."""


class NotEntitled(Refusal):
    """The person may not act for the party."""


def party(code: str) -> models.Party:
    """Return a party by its code.

    Raises:
        UnknownParty: If there is none.
    """
    found = None
    if not text_problem(code, max_length=24):
        found = models.Party.objects.filter(code=code).first()
    if found is None:
        raise UnknownParty(f"There is no party {code!r}. Check the code.")
    return found


def parties(
    kind: Kind | str | None = None, standing: Standing | str | None = None
) -> QuerySet[models.Party]:
    """Return parties by name, of one kind and standing or of all."""
    found = models.Party.objects.order_by("legal_name", "id")
    if kind is not None:
        found = found.filter(kind=kind)
    if standing is not None:
        found = found.filter(standing=standing)
    return found


def legal_names(codes: Iterable[str]) -> dict[str, str]:
    """Return legal names by party code, in one query."""
    return dict(
        models.Party.objects.filter(code__in=set(codes)).values_list("code", "legal_name")
    )


def registered(*, kind: Kind | str, scheme: str, number: str) -> models.Party | None:
    """Return the party of a kind that has this registration, or None.

    Args:
        kind: Its kind; one firm may be here as several kinds.
        scheme: uscc, lei, ein or internal.
        number: As entered; one that fails its check belongs to nobody.
    """
    try:
        canonical = registration(scheme, number)
    except ValueError:
        return None
    return models.Party.objects.filter(
        kind=kind, registration_scheme=scheme_code(scheme), registration_number=canonical
    ).first()


def require_admitted(code: str) -> models.Party:
    """Return a party that may act.

    Args:
        code: Its code.

    Raises:
        UnknownParty: If there is none.
        NotAdmitted: If it is not admitted; says since when, by whom and why.
    """
    found = party(code)
    refuse_unless_admitted(found)
    return found


def refuse_unless_admitted(found: models.Party) -> None:
    """Refuse a party, just read, that may not act.

    Raises:
        NotAdmitted: If it is not admitted; says since when, by whom and why.
    """
    if found.standing != Standing.ADMITTED:
        raise NotAdmitted(_why_not_admitted(found))


def standing_changes(code: str) -> QuerySet[models.StandingChange]:
    """Return the steps of a party's life, oldest first."""
    return models.StandingChange.objects.filter(party__code=code).order_by("id")


def person(username: str) -> models.Person:
    """Return a person by username.

    Raises:
        UnknownPerson: If there is none.
    """
    found = None
    if not text_problem(username, max_length=150):
        found = models.Person.objects.filter(username=username).first()
    if found is None:
        raise UnknownPerson(f"There is no person {username!r}. Check the username.")
    return found


def is_registered(username: str) -> bool:
    """Return whether a username is taken, in whatever case."""
    if text_problem(username, max_length=150):
        return False
    return models.Person.objects.filter(username__iexact=username).exists()


def parties_of(person: models.Person) -> list[models.Party]:
    """Return the parties that a person may act for, by name."""
    return list(
        models.Party.objects.filter(memberships__person_id=person.pk)
        .distinct()
        .order_by("legal_name", "id")
    )


def roles_of(person: models.Person, party: models.Party) -> frozenset[Role]:
    """Return what a person may do for a party; empty when nothing."""
    roles = models.Membership.objects.filter(person_id=person.pk, party_id=party.pk)
    return frozenset(Role(role) for role in roles.values_list("role", flat=True))


def people_of(party_code: str) -> list[models.Person]:
    """Return a party's people by name, with ``memberships`` of that party loaded."""
    of_party = models.Membership.objects.filter(party__code=party_code)
    return list(
        models.Person.objects.filter(pk__in=of_party.values("person"))
        .prefetch_related(Prefetch("memberships", queryset=of_party.order_by("role")))
        .order_by("full_name", "id")
    )


def linked_codes(party_code: str) -> frozenset[str]:
    """Return the codes of the other parties that share a person with a party."""
    people = models.Membership.objects.filter(party__code=party_code).values("person")
    codes = (
        models.Membership.objects.filter(person__in=people)
        .exclude(party__code=party_code)
        .values_list("party__code", flat=True)
    )
    return frozenset(codes)


def is_operator(username: str) -> bool:
    """Return whether a username acts for the platform: its people, or the system."""
    return username == SYSTEM or _members(username, kind=Kind.OPERATOR)


def require_acts_for(username: str, party: models.Party) -> None:
    """Refuse a person who has no role at a party; the system may act for any.

    Args:
        username: Who acts.
        party: For whom.

    Raises:
        NotEntitled: If the person has no role there.
    """
    if username != SYSTEM and not _members(username, code=party.code):
        raise NotEntitled(
            f"{username} has no role at {party.legal_name}, so cannot act for it. "
            "Ask one of its people to do it, or to have you registered there."
        )


def _members(username: str, **of_party: str) -> bool:
    if text_problem(username, max_length=150):
        return False
    roles = models.Membership.objects.filter(
        person__username=username, person__is_active=True
    )
    if "code" in of_party:
        roles = roles.filter(party__code=of_party["code"])
    if "kind" in of_party:
        roles = roles.filter(party__kind=of_party["kind"])
    return roles.exists()


def _why_not_admitted(found: models.Party) -> str:
    last = found.standing_changes.order_by("id").last()
    if found.standing in (Standing.APPLIED, Standing.REVIEWED):
        return (
            f"{found.legal_name} has applied but is not admitted yet. "
            "It can act once the operator has reviewed and admitted it."
        )
    assert last is not None, "every change of standing is recorded"
    remedy = (
        "The operator can reinstate it."
        if found.standing == Standing.SUSPENDED
        else "It would have to apply anew."
    )
    return (
        f"{found.legal_name} is {found.standing} since {last.at:%d %B %Y} "
        f"by {last.proposed_by} and {last.decided_by}: {last.reason} {remedy}"
    )
