"""The desks of custody over the API: maker, checker, and those who only watch."""

import pytest

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries
from longtail.ledger.custodian import services as desk
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.parties.rules import Kind, Role
from longtail.values.money import Money
from tests.funding import world
from tests.interfaces.api.caller import Caller, problem


@pytest.fixture
def trouble(market, now):
    """Money without an owner, and a break."""
    bank.pay_in(
        reference="rent",
        amount=Money(7_000, "USD"),
        remitter="Ann",
        value_date=now.at.date(),
        at=now.at,
    )
    courier.exchange(at=now.at)
    bank.set_faults(split=1000)
    reconcile(on=now.at.date(), currency="USD", at=now.at)
    bank.set_faults()
    return market.operator.read("/breaks")["results"][0]["code"]


def test_a_break_is_assigned_proposed_declined_and_closed(market, trouble):
    path = f"/breaks/{trouble}"
    owner = {"owner": market.checker.person.username}
    assert market.operator.do(f"{path}/assign", owner)["owner"] == owner["owner"]
    problem(market.operator.post(f"{path}/assign", {"owner": "nobody"}), 404)
    reason = {"reason": "Booked in two parts; the sum agrees."}
    problem(market.checker.post(f"{path}/propose-closing", reason), 403)
    problem(market.checker.post(f"{path}/confirm-closing"), 409)
    assert market.operator.do(f"{path}/propose-closing", reason)["state"] == "proposed"
    problem(market.operator.post(f"{path}/confirm-closing"), 403)
    assert market.checker.do(f"{path}/decline-closing", reason)["state"] == "open"
    market.operator.do(f"{path}/propose-closing", reason)
    closed = market.checker.do(f"{path}/confirm-closing")
    assert closed["state"] == "closed"
    assert [e["kind"] for e in closed["events"]][-2:] == ["proposed", "closed"]
    shown = market.regulator.read(path)
    assert (shown["kind"], shown["bucket"], shown["age_days"]) == ("split", "0-1", 0)
    assert trouble in {
        x["code"] for x in market.operator.read("/breaks", state="closed")["results"]
    }


def test_one_person_with_both_roles_closes_nothing(market, trouble):
    from longtail.parties import services as parties

    both = Caller(market.operator.party, role=Role.MAKER)
    parties.grant_role(
        username=both.person.username, party_code=both.party.code, role=Role.CHECKER
    )
    path = f"/breaks/{trouble}"
    both.do(f"{path}/propose-closing", {"reason": "Because I say so."})
    answer = both.post(f"{path}/confirm-closing")
    assert problem(answer, 409)["type"].endswith("four-eyes-required")
    assert market.operator.read(path)["state"] == "proposed"


def test_money_in_suspense_goes_to_its_owner(market, trouble):
    assert trouble
    (found,) = market.regulator.read("/suspense")["results"]
    assert found["amount"]["minor"] == 7_000
    assert found["expected_date"]
    path = f"/suspense/{found['entry_reference']}"
    account = f"wallet:{market.funder.party.code}:USD"
    said = {
        "reference": desk.assign_reference(account_code=account),
        "reason": "The funder wrote that it mistyped the reference.",
    }
    problem(market.operator.post(f"{path}/propose", said | {"reference": "RF0"}), 404)
    problem(market.checker.post(f"{path}/propose", said), 403)
    market.operator.do(f"{path}/propose", said)
    before = ledger.balance(account).posted_minor
    problem(market.operator.post(f"{path}/confirm"), 403)
    market.checker.do(f"{path}/decline")
    market.operator.do(f"{path}/propose", said)
    assert market.checker.do(f"{path}/confirm")["state"] == "done"
    assert ledger.balance(account).posted_minor == before + 7_000
    assert market.operator.read("/suspense")["results"] == []


def test_those_who_supervise_nothing_see_nothing(market, trouble):
    for role in ("enterprise", "provider", "funder"):
        caller = getattr(market, role)
        for path in ("/breaks", f"/breaks/{trouble}", "/suspense", "/payees"):
            problem(caller.get(path), 403)
        problem(caller.post(f"/breaks/{trouble}/confirm-closing"), 403)
        problem(caller.post("/suspense/X/confirm"), 403)
    problem(market.regulator.post(f"/breaks/{trouble}/confirm-closing"), 403)
    problem(market.operator.get("/breaks/BRK-0000000000"), 404)
    assert len(queries.break_cases(on=world.AT.date())) >= 1


def test_the_banks_own_people_confirm_payees(market):
    vault = world.admitted(Kind.CUSTODIAN)
    maker, checker = Caller(vault), Caller(vault, role=Role.CHECKER)
    said = {
        "reference": "AGR-1",
        "name": "Bo's Bakery",
        "account": "GB82WEST12345698765432",
        "limit": {"value": "400.00", "currency": "USD"},
    }
    problem(market.operator.post("/payees", said), 403)
    problem(checker.post("/payees", said), 403)
    problem(maker.post("/payees", said | {"account": "GB82WEST12345698765431"}), 422)
    made = maker.do("/payees", said)
    path = f"/payees/{made['id']}/confirm"
    problem(maker.post(path), 403)
    assert checker.do(path)["confirmed_by"] == checker.person.username
    problem(checker.post("/payees/999999/confirm"), 404)
    assert len(maker.read("/payees")["results"]) == 1


def test_a_maker_does_not_cancel_payments(market):
    problem(
        market.operator.post("/instructions/PAY-0000000000/cancel", {"reason": "no"}), 403
    )
