"""Everybody sees their own and what their role entitles them to; the rest is not there."""

import pytest

from longtail.deals import queries as deals
from longtail.funding import queries as funding_queries
from longtail.funding import services as funding
from longtail.interfaces.api.app import api
from longtail.ledger import queries as ledger
from longtail.parties import services as parties
from longtail.servicing import services as servicing
from tests.funding import world
from tests.interfaces.api.caller import Caller, problem

ROLES = ("enterprise", "stranger", "provider", "funder", "rival", "operator", "regulator")
SEES = {"enterprise", "funder", "operator", "regulator"}


@pytest.fixture
def deal(market, now):
    """A demand of the enterprise, funded by the funder and ready to be drawn down."""
    code = world.accepted(enterprise=market.enterprise.party)
    funding.open_book(demand_code=code, at=world.AT)
    world.commit(code, market.funder.party, world.TARGET)
    now.at = world.AT + world.DAY
    funding.close_book(demand_code=code, at=now.at)
    agreement = deals.agreement_of(code)
    servicing.prepare_drawdown(agreement_code=agreement.code, by="system", at=now.at)
    return {
        "demand": code,
        "agreement": agreement.code,
        "commitment": funding_queries.commitments(code)[0].code,
    }


def statuses(market, path):
    return {role: getattr(market, role).get(path).status_code for role in ROLES}


def test_a_funded_demand_is_hidden_from_those_it_does_not_concern(market, deal):
    demand, agreement = f"/demands/{deal['demand']}", f"/agreements/{deal['agreement']}"
    # The rival was told of the demand and may look at how it ended, not at the loan.
    seen_by = {
        f"{demand}/timeline": SEES | {"rival"},
        f"{demand}/book": SEES | {"rival"},
        agreement: SEES,
        f"{agreement}/schedule": SEES,
        # The provider answered for evidence, so it sees what it was asked about.
        demand: SEES | {"rival", "provider"},
    }
    for path, sees in seen_by.items():
        found = statuses(market, path)
        assert {r for r, s in found.items() if s == 200} == sees, (path, found)
        assert {s for r, s in found.items() if r not in sees} == {404}, (path, found)
    assert market.provider.read(demand)["offer"] is None
    assert market.funder.read(demand)["offer"]["rate_bps"] == 900


def test_a_commitment_is_its_funders_affair(market, deal):
    path = f"/commitments/{deal['commitment']}"
    found = statuses(market, path)
    assert {r for r, s in found.items() if s == 200} == {"funder", "operator", "regulator"}
    problem(market.rival.post(f"{path}/withdraw"), 404)
    problem(market.operator.post(f"{path}/withdraw"), 404)
    listed = f"/demands/{deal['demand']}/commitments"
    assert len(market.enterprise.read(listed)["results"]) == 1
    assert len(market.funder.read(listed)["results"]) == 1


def test_funders_do_not_see_each_other(market):
    code = world.listed()
    world.commit(code, market.funder.party, 10_000)
    assert market.rival.read(f"/demands/{code}/commitments")["results"] == []
    assert len(market.operator.read(f"/demands/{code}/commitments")["results"]) == 1


def test_a_draft_is_seen_by_its_enterprise_alone(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    found = statuses(market, f"/demands/{code}")
    assert {r for r, s in found.items() if s == 200} == {"enterprise"}


def test_the_list_of_demands_depends_on_who_asks(market, asked):
    draft = market.enterprise.do("/demands", asked)["code"]
    listed = world.listed()

    def codes(role, **query):
        found = getattr(market, role).read("/demands", **query)["results"]
        return {row["code"] for row in found}

    assert codes("enterprise") == {draft}
    assert codes("stranger") == set()
    assert codes("funder") == {listed}
    assert codes("funder", state=["draft", "attesting"]) == set()
    assert codes("operator") == {listed}
    problem(market.provider.get("/demands"), 403)


def test_writes_on_what_is_another_partys_find_nothing(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    for role in set(ROLES) - {"enterprise"}:
        other = getattr(market, role)
        for act in ("submit", "accept-offer"):
            problem(other.post(f"/demands/{code}/{act}"), 404)
        problem(other.post(f"/demands/{code}/edit", asked), 404)
        problem(other.post(f"/demands/{code}/withdraw", {}), 404)
    assert deals.demand(code).state == "draft"


def test_a_provider_sees_and_answers_its_own_orders_alone(market, asked):
    code = market.enterprise.do("/demands", asked)["code"]
    market.enterprise.do(f"/demands/{code}/submit")
    order = f"/orders/{market.provider.read('/orders')['results'][0]['code']}"
    other = Caller(world.provider())
    assert other.read("/orders")["results"] == []
    problem(other.get(order), 404)
    problem(other.post(f"{order}/accept"), 404)
    problem(other.post(f"{order}/decline", {"reason": "Not mine to answer."}), 404)
    problem(market.funder.get("/orders"), 403)
    market.provider.do(f"{order}/accept")
    assert market.provider.read(order)["state"] == "accepted"


def test_an_attestation_is_read_by_those_who_see_the_terms(market, now):
    code = world.listed(enterprise=market.enterprise.party)
    rows = market.enterprise.read(f"/demands/{code}/attestations")["results"]
    assert {row["state"] for row in rows} == {"valid"}
    path = f"/attestations/{rows[0]['code']}"
    found = statuses(market, path)
    assert {r for r, s in found.items() if s == 404} == {"stranger"}
    for role in ("enterprise", "funder", "regulator"):
        answer = getattr(market, role).post(f"{path}/revoke", {"reason": "I say so."})
        problem(answer, 404)
    revoked = market.provider.do(f"{path}/revoke", {"reason": "The document was forged."})
    assert revoked["state"] == "revoked"
    now.at += world.HOUR
    assert funding.freeze_revoked(at=now.at).frozen == 1


def test_wallets_and_portfolios_are_ones_own(market, deal):
    assert deal
    assert market.stranger.read("/wallets")["results"] == []
    lines = market.funder.read("/wallets/USD/statement")["results"]
    assert [line["phase"] for line in lines] == ["post", "pending", "single"]
    problem(market.stranger.get("/wallets/USD/statement"), 404)
    assert market.rival.read("/holdings")["results"] == []
    assert market.rival.read("/agreements")["results"] == []
    assert len(market.funder.read("/holdings")["results"]) == 1
    assert len(market.funder.read("/portfolio")["results"]) == 1
    assert market.funder.read("/cash-flows")["results"][0]["amount"]["minor"] < 0
    problem(market.enterprise.get("/portfolio"), 403)


def test_only_the_desk_sees_payments_and_only_a_checker_releases(market, deal):
    assert deal
    for role in ("enterprise", "stranger", "provider", "funder"):
        problem(getattr(market, role).get("/instructions"), 403)
    (payment,) = market.regulator.read("/instructions", state="prepared")["results"]
    assert payment["payee_account_end"] == "5678"
    path = f"/instructions/{payment['code']}"
    before = ledger.balances()
    problem(market.operator.post(f"{path}/release"), 403)
    problem(market.regulator.post(f"{path}/release"), 403)
    assert ledger.balances() == before
    assert market.checker.do(f"{path}/release")["state"] == "released"


def test_who_prepared_a_payment_cannot_release_it(market, now):
    both = Caller(market.operator.party, role="maker")
    parties.grant_role(
        username=both.person.username, party_code=both.party.code, role="checker"
    )
    code = world.listed(enterprise=market.enterprise.party)
    world.commit(code, market.funder.party, world.TARGET)
    funding.close_book(demand_code=code, at=now.at + world.DAY)
    agreement = deals.agreement_of(code)
    payment = both.do(f"/agreements/{agreement.code}/drawdown")
    answer = both.post(f"/instructions/{payment['code']}/release")
    assert problem(answer, 409)["type"].endswith("four-eyes-required")
    assert market.checker.do(f"/instructions/{payment['code']}/release")


def test_parties_are_shown_to_whom_they_concern(market):
    hidden = f"/parties/{market.stranger.party.code}"
    problem(market.funder.get(hidden), 404)
    assert market.stranger.read(hidden)["legal_name"]
    assert market.regulator.read(hidden)["legal_name"]
    assert market.funder.read(f"/parties/{market.provider.party.code}")
    kinds = {row["kind"] for row in market.funder.read("/parties")["results"]}
    assert kinds == {"provider", "operator", "regulator", "funder"}
    everybody = market.regulator.read("/parties", kind="enterprise")["results"]
    assert len(everybody) == 2
    assert "bank_account" not in everybody[0]


def test_reconciliations_are_for_those_who_supervise(market):
    for role in ("enterprise", "provider", "funder"):
        problem(getattr(market, role).get("/reconciliations"), 403)
    assert market.regulator.read("/reconciliations") == {"results": []}


# What clients are owed in all, and its root: for anyone to hold against us.
PUBLIC = {("get", "/api/claims-roots")}


def test_no_route_but_the_published_ones_is_open_to_everybody():
    schema = api.get_openapi_schema(path_prefix="api/")
    open_routes = {
        (method, path)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") != [{"ClientToken": []}]
    }
    assert open_routes == PUBLIC
