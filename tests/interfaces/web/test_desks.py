"""The desks of custody on the pages: two people, each with the role for it."""

import pytest
from django.urls import reverse

from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries, reconcile
from longtail.ledger.custodian import services as desk
from longtail.ledger.custodian.sandbox import desk as clerks
from longtail.ledger.custodian.sandbox import services as bank
from longtail.parties import services as parties
from longtail.parties.rules import Role
from tests.interfaces.web import town as towns

DAY = towns.TODAY


def stray(reference="rent for March"):
    """Pay in money that nobody's reference comes with, and return the bank's reference."""
    bank.pay_in(
        reference=reference,
        amount=towns.usd(70),
        remitter="Ann",
        value_date=DAY,
        at=towns.at(),
    )
    courier.exchange(at=towns.at())
    (found,) = queries.suspended(on=DAY)
    return found.entry.entry_reference


def only(stage, username, role):
    """Return a browser of an operator's person who has one role alone."""
    parties.register_person(
        username=username,
        full_name=username.title(),
        password=None,
        party_code=stage.town.code("ops"),
        role=role,
    )
    return stage.client(username)


def test_two_people_send_money_in_suspense_to_its_owner(stage):
    ref = stray()
    account = chart.wallet(stage.town.code("harbor"), "USD").code
    before = ledger.balance(account).posted_minor
    path = reverse("web:suspense_act", args=[ref])
    page = stage.client("ops.ann").get(reverse("web:desk")).content.decode()
    assert "rent for March" in page
    said = {
        "act": "propose",
        "reference": desk.assign_reference(account_code=account),
        "reason": "Harbor wrote that it mistyped the reference.",
    }
    stage.client("ops.ann").post(path, said | {"reference": "RF00NOBODY"})
    stage.client("ops.ann").post(path, said | {"reason": ""})
    assert queries.suspended(on=DAY)[0].proposal is None
    stage.client("ops.ann").post(path, said)
    stage.client("ops.ann").post(path, {"act": "confirm"})
    assert ledger.balance(account).posted_minor == before
    stage.client("ops.bob").post(path, {"act": "confirm"})
    assert ledger.balance(account).posted_minor == before + 70_00
    assert queries.suspended(on=DAY) == []


def broken():
    bank.set_faults(split=1000)
    day = DAY.replace(day=DAY.day + 20)
    bank.pay_in(
        reference="x",
        amount=towns.usd(9),
        remitter="Ann",
        value_date=day,
        at=towns.at(day),
    )
    courier.exchange(at=towns.at(day))
    reconcile.reconcile(on=day, currency="USD", at=towns.at(day))
    bank.set_faults()
    return queries.break_cases(on=day)[0].case.code


def test_two_people_close_a_break_that_somebody_looks_after(stage):
    code = broken()
    path = reverse("web:break_act", args=[code])
    ann, bob = stage.client("ops.ann"), stage.client("ops.bob")
    ann.post(path, {"act": "assign", "owner": "ops.bob"})
    assert ann.post(path, {"act": "assign", "owner": "harbor.mia"}).status_code == 404
    ann.post(path, {"act": "propose", "reason": ""})
    assert queries.break_case(code, on=DAY).case.state == "open"
    ann.post(path, {"act": "propose", "reason": "Booked in two parts; the sum agrees."})
    ann.post(path, {"act": "confirm"})
    assert queries.break_case(code, on=DAY).case.state == "proposed"
    bob.post(path, {"act": "decline", "reason": "Ask the bank first."})
    assert queries.break_case(code, on=DAY).case.state == "open"
    ann.post(path, {"act": "propose", "reason": "The bank has confirmed it in writing."})
    bob.post(path, {"act": "confirm"})
    assert queries.break_case(code, on=DAY).case.state == "closed"
    page = stage.client("watch.rae").get(reverse("web:desk")).content.decode()
    assert "The bank has confirmed it in writing." in page
    assert bob.post(path, {"act": "erase"}).status_code == 404
    missing = reverse("web:break_act", args=["BRK-NONE"])
    assert bob.post(missing, {"act": "confirm"}).status_code == 404


def test_makers_do_not_confirm_and_checkers_do_not_propose(stage):
    code, ref = broken(), None
    maker = only(stage, "ops.mo", Role.MAKER)
    checker = only(stage, "ops.che", Role.CHECKER)
    path = reverse("web:break_act", args=[code])
    assert maker.post(path, {"act": "confirm"}).status_code == 403
    assert checker.post(path, {"act": "propose", "reason": "So."}).status_code == 403
    for found in queries.suspended(on=DAY):
        ref = found.entry.entry_reference
    path = reverse("web:suspense_act", args=[ref])
    assert maker.post(path, {"act": "confirm"}).status_code == 403
    assert checker.post(path, {"act": "propose"}).status_code == 403
    assert stage.client("watch.rae").post(path, {"act": "confirm"}).status_code == 403
    cancel = reverse("web:payment_cancel", args=["PAY-1"])
    assert maker.post(cancel, {"reason": "No reason"}).status_code == 403


def test_two_of_the_banks_people_confirm_a_payee(stage):
    stage.town.register("vault", "dan")
    cleo, dan = stage.client("vault.cleo"), stage.client("vault.dan")
    path = reverse("web:payees")
    said = {
        "reference": "AGR-1",
        "name": "Bo's Bakery",
        "account": "GB82WEST12345698765432",
        "currency": "USD",
        "amount": "40,000.00",
    }
    assert cleo.post(path, said | {"account": "?"}).status_code == 422
    assert cleo.post(path, said).status_code == 302
    (found,) = clerks.payees()
    confirm = reverse("web:payee_confirm", args=[found.pk])
    assert stage.client("ops.ann").post(confirm).status_code == 403
    cleo.post(confirm)
    assert clerks.payees()[0].confirmed_by == ""
    dan.post(confirm)
    assert clerks.payees()[0].confirmed_by == "vault.dan"
    nobody = reverse("web:payee_confirm", args=["0"])
    assert dan.post(nobody).status_code == 404


@pytest.mark.parametrize("user", ["ops.ann", "vault.cleo"])
def test_every_payment_says_why_it_is_where_it_is(stage, user):
    stage.client("ops.ann").post(reverse("web:prepare_drawdown", args=[stage.funded]))
    page = stage.client(user).get(reverse("web:payments")).content.decode()
    assert "waits for a second person" in page
