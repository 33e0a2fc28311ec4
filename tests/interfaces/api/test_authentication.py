"""Who may call: tokens, scopes, clients that are stopped, and how fast."""

import pytest

from longtail.interfaces.api import services
from longtail.interfaces.api.app import api
from longtail.interfaces.api.auth import PerClient
from longtail.parties.rules import Kind
from tests.funding.world import admitted
from tests.interfaces.api.caller import Caller, problem

pytestmark = pytest.mark.usefixtures("market")


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer \x00\xff"},
    ],
)
def test_without_a_valid_token_nothing_is_shown(client, header):
    answer = client.get("/api/me", headers=header)
    problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_names_the_party_and_the_person(market):
    me = market.funder.read("/me")
    assert me["party"]["code"] == market.funder.party.code
    assert me["kind"] == "funder"
    assert me["roles"] == ["maker"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "wrong"},
        {"client_id": "nobody"},
        {"grant_type": "password"},
        {"scope": "admin"},
        {"client_id": "a\0b"},
    ],
)
def test_a_token_is_not_given_for_wrong_credentials(market, wrong):
    answer = market.funder.ask_token(**wrong)
    assert 400 <= answer.status_code < 500
    assert "access_token" not in answer.json()


def test_a_client_that_may_only_read_cannot_write(market):
    reader = Caller(market.enterprise.party, scopes=("read",))
    assert reader.get("/me").status_code == 200
    answer = reader.post("/demands", {})
    assert "scope" in problem(answer, 403)["detail"]


def test_a_token_may_be_asked_for_less_than_the_client_may(market):
    market.funder.headers = {"Authorization": f"Bearer {market.funder.token(scope='read')}"}
    problem(market.funder.post("/wallets", {"currency": "USD"}), 403)


def test_a_stopped_client_is_out_at_once(market):
    services.revoke_client(client_id=market.funder.client_id)
    problem(market.funder.get("/me"), 401)


def test_a_person_who_left_is_out_at_once(market):
    market.funder.person.is_active = False
    market.funder.person.save(update_fields=["is_active"])
    problem(market.funder.get("/me"), 401)


def test_a_client_acts_only_for_a_party_of_its_person(market):
    with pytest.raises(services.NotAMember):
        services.create_client(
            party_code=admitted(Kind.FUNDER).code,
            person=market.funder.person,
            name="foreign",
        )


def test_a_secret_is_kept_as_a_hash(market):
    from allauth.idp.oidc.models import Client

    stored = Client.objects.get(pk=market.funder.client_id).secret
    assert market.funder.secret not in stored


def test_too_many_requests_are_told_to_wait(market, monkeypatch):
    (throttle,) = api.throttle if isinstance(api.throttle, list) else [api.throttle]
    assert isinstance(throttle, PerClient)
    monkeypatch.setattr(throttle, "per_minute", 3)
    answers = [market.funder.get("/me") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    problem(answers[-1], 429)
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert market.rival.get("/me").status_code == 200


def test_what_is_nowhere_is_a_problem_too(market):
    problem(market.funder.get("/nothing/here"), 404)
    assert market.funder.http.put("/api/me").status_code == 405
