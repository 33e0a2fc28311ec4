"""The books through the API: balances of the past, statements, roots and proofs."""

from datetime import timedelta

import pytest

from longtail.interfaces import own_accounts
from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.books import services
from longtail.values.money import Money
from tests.funding import world
from tests.interfaces.api.caller import fields, problem

DAY = timedelta(days=1)


@pytest.fixture
def wallet(market, now):
    """The funder's wallet with three more deposits, one a day."""
    account = chart.wallet(market.funder.party.code, "USD").code
    bank = chart.custodian_cash("USD").code
    for n in (1, 2, 3):
        moved = posting.Move(debit=bank, credit=account, amount=Money(n, "USD"))
        posting.post(
            posting.Entry(
                key=f"more:{n}", kind="test", effective_at=now.at + n * DAY, moves=(moved,)
            )
        )
    return account


def day(now, n):
    return (now.at + n * DAY).date().isoformat()


def test_a_past_balance_is_read_by_value_and_by_knowledge(market, wallet, now):
    before = market.funder.get(f"/accounts/{wallet}/balance", on=day(now, 0)).json()
    for n, added in ((1, 1), (2, 3), (3, 6)):
        found = market.funder.get(f"/accounts/{wallet}/balance", on=day(now, n)).json()
        assert found["posted"]["minor"] == before["posted"]["minor"] + added
    long_ago = market.funder.get(
        f"/accounts/{wallet}/balance", known_at="2001-01-01T00:00:00Z"
    ).json()
    assert long_ago["posted"]["minor"] == 0
    shown = market.regulator.get(f"/accounts/{wallet}/balance").json()
    assert shown["posted"]["minor"] == ledger.balance(wallet).posted_minor


def test_a_statement_is_paged_and_adds_up(market, wallet, now):
    path = f"/accounts/{wallet}/statement"
    asked = {"from_date": day(now, 1), "to_date": day(now, 3), "limit": 2}
    first = market.funder.get(path, **asked).json()
    assert [x["change"]["minor"] for x in first["results"]] == [1, 2]
    second = market.funder.get(path, **asked, cursor=first["next"]).json()
    assert [x["change"]["minor"] for x in second["results"]] == [3]
    assert second["next"] == ""
    assert first["closing"]["minor"] == first["opening"]["minor"] + 6
    assert second["results"][-1]["balance"] == second["closing"]
    beyond = market.funder.get(path, **asked, cursor="Yzk5OTk").json()
    assert beyond["results"] == []


def test_what_cannot_be_asked_is_refused_by_field(market, wallet, now):
    path = f"/accounts/{wallet}/statement"
    turned = {"from_date": day(now, 2), "to_date": day(now, 1)}
    assert fields(market.funder.get(path, **turned)) == {"to_date"}
    for moment in ("0", "1e9", "2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z"):
        answer = market.funder.get(f"/accounts/{wallet}/balance", known_at=moment)
        assert fields(answer) == {"known_at"}


def test_an_account_is_shown_to_its_owner_and_to_those_who_watch(market, wallet, now):
    for tail in ("balance", "claim-proof"):
        problem(market.rival.get(f"/accounts/{wallet}/{tail}"), 404)
        problem(market.enterprise.get(f"/accounts/{wallet}/{tail}"), 404)
    nobody = "/accounts/wallet:FND-0000000000:USD/balance"
    problem(market.operator.get(nobody), 404)
    asked = {"from_date": day(now, 1), "to_date": day(now, 3)}
    problem(market.rival.get(f"/accounts/{wallet}/statement", **asked), 404)
    # Who watches sees statements; a proof holds the owner's secret number.
    own_accounts.publish_claims(on=now.at.date(), at=now.at)
    problem(market.operator.get(f"/accounts/{wallet}/claim-proof"), 404)


def test_a_funder_proves_the_book_it_is_in_but_does_not_read_it(market):
    demand = world.listed(enterprise=market.enterprise.party)
    world.commit(demand, market.funder.party, 10_000)
    book = chart.book(demand, "USD").code
    problem(market.funder.get(f"/accounts/{book}/balance"), 404)
    assert market.enterprise.get(f"/accounts/{book}/balance").status_code == 200
    assert book in own_accounts.accounts_of(market.funder.party.code)
    assert own_accounts.may_prove(market.funder.party.code, "funder", book)
    assert not own_accounts.may_prove(market.rival.party.code, "funder", book)


def test_the_trial_balance_and_the_closes_are_for_those_who_watch(market, wallet, now):  # noqa: ARG001
    services.close_period(
        to_date=now.at.date() - DAY, by="ann", seconded_by="bo", at=now.at
    )
    for path in ("/trial-balance", "/period-closes"):
        problem(market.funder.get(path), 403)
    totals = market.regulator.get("/trial-balance", currency="USD").json()["results"]
    whole = totals[-1]
    assert whole["kind"] == "all"
    assert whole["debits"] == whole["credits"]
    assert whole["balance"]["minor"] == 0
    assert {total["kind"] for total in totals} >= {"custodian", "wallet"}
    (close,) = market.operator.get("/period-closes").json()["results"]
    assert (close["closed_by"], close["seconded_by"]) == ("ann", "bo")


def test_roots_are_public_and_a_proof_leads_to_its_root(market, wallet, now):
    own_accounts.publish_claims(on=now.at.date(), at=now.at)
    answer = market.funder.http.get("/api/claims-roots")
    (root,) = answer.json()["results"]
    assert root["total"]["minor"] == ledger.claims_minor("USD")
    assert root["is_backed"] is None
    proof = market.funder.get(f"/accounts/{wallet}/claim-proof").json()
    assert proof["root"] == root["root"]
    assert proof["amount_minor"] == ledger.balance(wallet).posted_minor
    other = market.funder.get(f"/accounts/{wallet}/claim-proof", on="2020-01-01")
    problem(other, 404)
