"""Every failure is a problem that says what to do, and gives nothing away."""

import pytest
from django.db import DataError, IntegrityError, OperationalError

from longtail.deals import queries as deals
from longtail.interfaces.api.routes import demands
from longtail.parties import queries as parties
from tests.interfaces.api.caller import problem

pytestmark = pytest.mark.usefixtures("market")
KEY = "a-key-of-ours"


def fail_with(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("secret detail"), 422),
        (IntegrityError("secret detail"), 409),
        (OperationalError("secret detail"), 503),
        (RuntimeError("secret detail"), 500),
    ],
)
def test_a_failure_inside_is_answered_without_its_detail(
    market, monkeypatch, error, status
):
    monkeypatch.setattr(parties, "roles_of", fail_with(error))
    answer = market.funder.get("/me")
    problem(answer, status)
    assert b"secret" not in answer.content
    assert answer.has_header("Retry-After") is (status == 503)


def test_a_failure_inside_a_post_undoes_everything_and_leaves_the_key_unused(
    market, monkeypatch, asked
):
    with monkeypatch.context() as patch:
        patch.setattr(demands, "_written", fail_with(RuntimeError("the disk is gone")))
        problem(market.enterprise.post("/demands", asked, key=KEY), 500)
    assert deals.demands().count() == 0
    market.enterprise.do("/demands", asked, key=KEY)
    assert deals.demands().count() == 1


def test_a_refusal_says_what_why_and_what_to_do(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    found = problem(market.enterprise.post(f"/demands/{code}/accept-offer"), 409)
    assert found["title"] == "Illegal transition"
    assert code in found["detail"]
    assert "Possible now" in found["detail"]


@pytest.mark.parametrize(
    "path", ["/accounts/login/?next=%00", "/accounts/%00/", "/?a%00=1"]
)
def test_outside_the_api_nul_is_refused_at_the_door(client, path):
    assert client.get(path).status_code == 400
