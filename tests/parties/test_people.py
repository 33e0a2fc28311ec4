import pytest

from longtail.parties import models, queries, services
from longtail.parties.rules import Kind, Role
from longtail.values.refusal import InvalidInput
from tests.parties.cases import admitted

pytestmark = pytest.mark.django_db


def register(party, username="ann", **changes):
    said = {
        "username": username,
        "full_name": "Ann Lee",
        "password": None,
        "party_code": party.code,
        "role": Role.MAKER,
    }
    return services.register_person(**(said | changes))


def test_a_person_gets_a_log_in_and_a_role():
    party = admitted()
    person = register(party, password="correct horse battery")
    assert person.check_password("correct horse battery")
    assert str(person) == "Ann Lee"
    assert queries.person("ann") == person
    assert queries.roles_of(person, party) == {Role.MAKER}
    assert queries.parties_of(person) == [party]
    (found,) = queries.people_of(party.code)
    assert [m.role for m in found.memberships.all()] == ["maker"]


def test_without_a_password_nothing_logs_in():
    person = register(admitted())
    assert not person.has_usable_password()
    assert not person.check_password("")


def test_every_bad_field_of_a_person_is_listed():
    party = admitted()
    with pytest.raises(InvalidInput) as refusal:
        register(party, "no spaces", full_name="A\x00", password="short", role="boss")
    assert set(refusal.value.problems) == {"username", "full_name", "password", "role"}
    assert "12" in refusal.value.problems["password"]
    assert models.Person.objects.count() == 0


@pytest.mark.parametrize("username", ["", "a\x00", "x" * 151, "\ud800"])
def test_odd_usernames_are_refused_by_name(username):
    party = admitted()
    with pytest.raises(InvalidInput, match="username"):
        register(party, username)
    assert not queries.is_registered(username)
    with pytest.raises(queries.UnknownPerson):
        queries.person(username)


def test_a_username_is_taken_in_any_case():
    party = admitted()
    register(party)
    with pytest.raises(services.UsernameTaken, match="Ann"):
        register(party, "Ann")
    assert models.Person.objects.count() == 1
    assert queries.is_registered("ANN")


def test_nobody_is_registered_for_a_party_that_is_not_there():
    with pytest.raises(queries.UnknownParty):
        services.register_person(
            username="ann",
            full_name="Ann Lee",
            password=None,
            party_code="ENT-0",
            role=Role.MAKER,
        )
    assert models.Person.objects.count() == 0


def test_a_role_is_granted_once_however_often():
    mill, club = admitted(legal_name="Mill"), admitted(kind=Kind.FUNDER, legal_name="Club")
    ann = register(mill)
    for _retry in range(2):
        services.grant_role(username="ann", party_code=club.code, role=Role.CHECKER)
    assert queries.parties_of(ann) == [club, mill]
    assert queries.roles_of(ann, club) == {Role.CHECKER}
    assert models.Membership.objects.count() == 2


def test_parties_that_share_a_person_are_linked():
    mill, club, other = admitted(), admitted(kind=Kind.FUNDER), admitted()
    register(mill)
    register(other, "bo")
    services.grant_role(username="ann", party_code=club.code, role=Role.CHECKER)
    assert queries.linked_codes(mill.code) == {club.code}
    assert queries.linked_codes(other.code) == frozenset()


def test_only_a_partys_people_and_the_system_act_for_it():
    mill, operator = admitted(legal_name="Mill"), admitted(kind=Kind.OPERATOR)
    ann = register(mill)
    register(operator, "olivia")
    queries.require_acts_for("ann", mill)
    queries.require_acts_for(queries.SYSTEM, mill)
    for stranger in ("olivia", "nobody", ""):
        with pytest.raises(queries.NotEntitled, match="no role at Mill"):
            queries.require_acts_for(stranger, mill)
    assert queries.is_operator("olivia")
    assert queries.is_operator("system")
    assert not queries.is_operator("ann")
    ann.is_active = False
    ann.save()
    with pytest.raises(queries.NotEntitled):
        queries.require_acts_for("ann", mill)
