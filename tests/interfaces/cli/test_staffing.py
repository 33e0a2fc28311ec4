import pytest
import typer

from longtail.interfaces.cli import staffing
from longtail.parties import models, queries

PASSWORD = "a long walk at low tide"


@pytest.fixture
def operator(db):  # noqa: ARG001
    return staffing.open_operator(legal_name="City Finance Office", country="DE")


def test_a_fresh_site_gets_its_operator_people_and_clients(operator):
    assert queries.require_admitted(operator).legal_name == "City Finance Office"
    staffing.register(
        username="ada",
        full_name="Ada Park",
        password=PASSWORD,
        party_code=operator,
        role="maker",
    )
    ada = queries.person("ada")
    assert ada.check_password(PASSWORD)
    assert queries.is_operator("ada")
    identifier, secret = staffing.open_client(
        party_code=operator, username="ada", name="Night desk"
    )
    assert identifier
    assert len(secret) >= 32


def test_there_is_one_operator(operator):
    with pytest.raises(typer.BadParameter, match="has its operator already"):
        staffing.open_operator(legal_name="Another", country="DE")
    assert models.Party.objects.get().code == operator


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"role": "boss"}, "maker or checker"),
        ({"password": "short"}, "password"),
        ({"party_code": "OPR-NOBODY"}, "no party"),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_registered(operator, changed, message):
    given = {
        "username": "ada",
        "full_name": "Ada Park",
        "password": PASSWORD,
        "party_code": operator,
        "role": "maker",
    }
    with pytest.raises(typer.BadParameter, match=message):
        staffing.register(**(given | changed))
    assert not queries.is_registered("ada")
