"""The demonstration's doors, and that they are shut anywhere else."""

import pytest
from django.urls import reverse

from longtail.ledger import chart
from longtail.ledger import queries as ledger

LOGIN, PAY_IN = reverse("web:demo_login"), reverse("web:demo_pay_in")


def wallet(stage, short):
    return ledger.balance(chart.wallet(stage.town.code(short), "USD").code)


def reference(stage, short):
    from longtail.interfaces.web.money_desk import wallets

    return wallets(stage.town.code(short))[0].reference


def test_outside_the_demonstration_nobody_logs_in_without_a_password(stage, settings):
    settings.DEMO = False
    browser = stage.client()
    assert browser.post(LOGIN, {"username": "ops.ann"}).status_code == 404
    assert "_auth_user_id" not in browser.session
    assert "Demonstration" not in browser.get("/accounts/login/").content.decode()


def test_outside_the_demonstration_nobody_plays_the_bank(stage, settings):
    settings.DEMO = False
    before = wallet(stage, "harbor")
    said = {"reference": reference(stage, "harbor"), "amount": "5", "currency": "USD"}
    assert stage.client("harbor.mia").post(PAY_IN, said).status_code == 404
    assert wallet(stage, "harbor") == before


def test_in_the_demonstration_one_click_is_enough(stage, settings):
    settings.DEMO = True
    browser = stage.client()
    page = browser.get("/accounts/login/").content.decode()
    assert "Mia Harbor" in page
    browser.post(LOGIN, {"username": "harbor.mia"})
    assert "First Harbor" in browser.get("/home/").content.decode()


@pytest.mark.parametrize("username", ["nobody", "", "system"])
def test_only_people_of_a_party_can_be_chosen(stage, settings, username):
    settings.DEMO = True
    assert stage.client().post(LOGIN, {"username": username}).status_code == 404


def test_a_transfer_arrives_in_the_wallet(stage, settings):
    settings.DEMO = True
    before = wallet(stage, "harbor").available_minor
    said = {
        "reference": reference(stage, "harbor"),
        "amount": "1,000.50",
        "currency": "USD",
    }
    stage.client("harbor.mia").post(PAY_IN, said)
    assert wallet(stage, "harbor").available_minor == before + 100_050


def test_nobody_pays_into_a_foreign_account(stage, settings):
    settings.DEMO = True
    said = {"reference": reference(stage, "summit"), "amount": "1", "currency": "USD"}
    assert stage.client("harbor.mia").post(PAY_IN, said).status_code == 404


def test_a_wrong_amount_is_said_and_moves_nothing(stage, settings):
    settings.DEMO = True
    before = wallet(stage, "harbor")
    said = {"reference": reference(stage, "harbor"), "amount": "lots", "currency": "USD"}
    page = stage.client("harbor.mia").post(PAY_IN, said, follow=True).content.decode()
    assert "The amount is not a number" in page
    assert wallet(stage, "harbor") == before
