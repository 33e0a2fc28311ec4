"""The same POST again gives the same answer and does nothing twice."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from longtail.deals import queries as deals
from longtail.ledger import queries as ledger
from tests.funding.world import DAY, HOUR, TARGET, listed, wallet
from tests.interfaces.api.caller import fields, problem

KEY = "a-key-of-ours"
HUNDRED = {"amount": {"value": "100.00", "currency": "USD"}}


def demands():
    return deals.demands().count()


def test_a_post_without_a_key_is_refused(market, asked):
    answer = market.enterprise.http.post(
        "/api/demands",
        json.dumps(asked),
        content_type="application/json",
        headers=market.enterprise.headers,
    )
    assert fields(answer) == {"Idempotency-Key"}
    assert demands() == 0


@pytest.mark.parametrize(
    "key", ["short", "x" * 65, "with space", "tab\there-too", "ключ-ключ"]
)
def test_a_key_has_a_form(market, asked, key):
    assert fields(market.enterprise.post("/demands", asked, key=key)) == {"Idempotency-Key"}


def test_the_same_key_and_body_give_the_same_answer_once(market, asked):
    first = market.enterprise.post("/demands", asked, key=KEY)
    again = market.enterprise.post("/demands", asked, key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert not first.has_header("Idempotent-Replayed")
    assert demands() == 1


def test_the_same_key_with_another_body_or_address_is_a_conflict(market, asked):
    made = market.enterprise.do("/demands", asked, key=KEY)
    other = market.enterprise.post("/demands", asked | {"tenor_months": 13}, key=KEY)
    assert problem(other, 409)["type"].endswith("key-reused")
    problem(market.enterprise.post(f"/demands/{made['code']}/submit", key=KEY), 409)
    assert demands() == 1


def test_two_clients_may_use_the_same_key(market, asked):
    market.enterprise.do("/demands", asked, key=KEY)
    market.stranger.do("/demands", asked, key=KEY)
    assert demands() == 2


def test_a_refusal_is_an_answer_too(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    first = market.enterprise.post(f"/demands/{code}/accept-offer", key=KEY)
    again = market.enterprise.post(f"/demands/{code}/accept-offer", key=KEY)
    assert problem(first, 409)["type"].endswith("illegal-transition")
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"


def test_the_log_of_a_refused_transition_survives(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    problem(market.enterprise.post(f"/demands/{code}/accept-offer"), 409)
    assert [t.event for t in deals.transitions(code) if not t.is_taken] == ["accept"]


def test_a_request_that_cannot_be_read_leaves_its_key_unused(market, asked):
    problem(market.enterprise.post("/demands", b"{", key=KEY), 400)
    market.enterprise.do("/demands", asked, key=KEY)


def test_what_is_not_there_yet_leaves_its_key_unused(market):
    code = listed()
    market.funder.headers, funder = market.enterprise.headers, market.funder.headers
    problem(market.funder.post(f"/demands/{code}/commitments", HUNDRED, key=KEY), 403)
    market.funder.headers = funder
    market.funder.do(f"/demands/{code}/commitments", HUNDRED, key=KEY)


def test_a_refused_commitment_moves_nothing_and_a_replay_neither(market):
    code = listed()
    before = ledger.balances()
    body = {"amount": {"value": "1.00", "currency": "USD"}}
    for _ in range(2):
        answer = market.funder.post(f"/demands/{code}/commitments", body, key=KEY)
        assert problem(answer, 409)["type"].endswith("wrong-ticket")
    assert ledger.balances() == before


def test_a_replay_after_the_book_closed_still_gives_the_first_answer(market, now):
    from longtail.funding import services as funding

    code = listed()
    body = {"amount": {"value": f"{TARGET / 100:.2f}", "currency": "USD"}}
    first = market.funder.post(f"/demands/{code}/commitments", body, key=KEY)
    now.at += DAY
    funding.close_book(demand_code=code, at=now.at)
    again = market.funder.post(f"/demands/{code}/commitments", body, key=KEY)
    assert first.content == again.content
    assert wallet(market.funder.party).held_minor == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_request_eight_times_at_once_is_carried_out_once(market, now):
    code = listed()
    now.at += HOUR

    def send(_):
        try:
            return Client().post(
                f"/api/demands/{code}/commitments",
                json.dumps(HUNDRED),
                content_type="application/json",
                headers=market.funder.headers | {"Idempotency-Key": KEY},
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert wallet(market.funder.party).held_minor == 100_00
