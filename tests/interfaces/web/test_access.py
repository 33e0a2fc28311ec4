"""Who may see which page: every address, for every kind of party."""

import pytest
from django.urls import reverse

from longtail.deals import queries as deals
from longtail.interfaces.web.urls import PAGES

USERS = {
    "enterprise": "bakery.eve",
    "funder": "harbor.mia",
    "provider": "rating.pat",
    "guarantor": "guild.gus",
    "operator": "ops.ann",
    "regulator": "watch.rae",
    "custodian": "vault.cleo",
}
EVERYBODY = frozenset(USERS)
VISITORS = frozenset({"overview", "opportunities", "apply", "custody_proof", "check_claim"})
# Who gets each page that is read; everybody else is refused.
READ = {
    "overview": EVERYBODY,
    "opportunities": EVERYBODY,
    "apply": EVERYBODY,
    "home": EVERYBODY,
    "notices": EVERYBODY,
    "mandate": {"funder"},
    "portfolio": {"funder"},
    "demand_new": {"enterprise"},
    "demand_preview": {"enterprise"},
    "demand_edit": {"enterprise"},
    "demand": EVERYBODY - {"custodian"},
    "demand_schedule": {"enterprise", "funder", "guarantor", "operator", "regulator"},
    "order": {"provider"},
    "attestation": {"funder", "guarantor", "provider", "operator", "regulator"},
    "attestation_file": {"funder", "guarantor", "provider", "operator", "regulator"},
    "attestation_keys": {"funder", "guarantor", "provider", "operator", "regulator"},
    "parties": {"operator", "regulator"},
    "party": {"operator", "regulator"},
    "payments": {"operator", "custodian"},
    "custody_proof": EVERYBODY,
    "check_claim": EVERYBODY,
    "claims": EVERYBODY,
    "claim_proof": {"funder"},
    "account": {"funder", "operator", "regulator", "custodian"},
    "books": {"operator", "regulator", "custodian"},
    "desk": {"operator", "regulator", "custodian"},
    "payees": {"custodian"},
    "arrears": {"operator", "regulator"},
    "agreement": {"operator"},
}
WRITTEN = {page.name for page in PAGES[0]} - set(READ)


def code_for(stage, name):
    """Return the code that a page is asked for."""
    if name in {"demand", "demand_edit", "demand_schedule"}:
        return stage.attesting if name == "demand_edit" else stage.repaying
    return {
        "account": stage.wallet,
        "claim_proof": stage.wallet,
        "order": stage.order,
        "party": stage.applicant,
        "agreement": stage.agreement,
    }.get(name) or stage.attestation


def address(stage, name):
    page = next(page for page in PAGES[0] if page.name == name)
    needs_code = "code" in str(page.pattern)
    return reverse(f"web:{name}", args=[code_for(stage, name)] if needs_code else [])


@pytest.mark.parametrize("kind", USERS)
@pytest.mark.parametrize("name", READ)
def test_a_page_is_shown_to_those_it_is_for_and_to_nobody_else(stage, name, kind):
    response = stage.client(USERS[kind]).get(address(stage, name))
    if kind in READ[name]:
        assert response.status_code == 200, response.content[:500]
    else:
        assert response.status_code in {403, 404}


@pytest.mark.parametrize("name", READ)
def test_a_visitor_sees_the_public_pages_and_is_sent_to_log_in_from_the_rest(stage, name):
    response = stage.client().get(address(stage, name))
    if name in VISITORS:
        assert response.status_code == 200
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_write_is_never_done_by_reading_its_address(stage, name):
    page = next(page for page in PAGES[0] if page.name == name)
    path = reverse(f"web:{name}", args=["X-1"] if "code" in str(page.pattern) else [])
    assert stage.client("ops.ann").get(path).status_code == 405


@pytest.mark.parametrize("name", sorted(WRITTEN - {"demo_login"}))
def test_a_visitor_can_write_nothing(stage, name):
    page = next(page for page in PAGES[0] if page.name == name)
    path = reverse(f"web:{name}", args=["X-1"] if "code" in str(page.pattern) else [])
    response = stage.client().post(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("user", "name", "which"),
    [
        ("mill.eve", "demand", "attesting"),
        ("mill.eve", "demand_edit", "attesting"),
        ("harbor.mia", "demand", "attesting"),
        ("harbor.mia", "demand", "draft"),
        ("ops.ann", "demand", "draft"),
        ("audit.pat", "order", "order"),
        ("audit.pat", "attestation", "attestation"),
        ("bakery.eve", "attestation", "attestation"),
        ("vault.cleo", "demand", "listed"),
    ],
)
def test_what_belongs_to_others_is_not_found(stage, user, name, which):
    path = reverse(f"web:{name}", args=[getattr(stage, which)])
    assert stage.client(user).get(path).status_code == 404


@pytest.mark.parametrize(
    ("user", "name", "which"),
    [
        ("mill.eve", "demand_submit", "draft"),
        ("mill.eve", "accept_offer", "offered"),
        ("mill.eve", "withdraw", "attesting"),
        ("harbor.mia", "commit", "attesting"),
        ("audit.pat", "order_accept", "order"),
        ("audit.pat", "order_attest", "order"),
        ("audit.pat", "order_decline", "order"),
        ("audit.pat", "attestation_revoke", "attestation"),
    ],
)
def test_nobody_acts_on_what_belongs_to_others(stage, user, name, which):
    before = {d.code: d.state for d in deals.demands()}
    path = reverse(f"web:{name}", args=[getattr(stage, which)])
    assert stage.client(user).post(path, {"amount": "100"}).status_code == 404
    assert {d.code: d.state for d in deals.demands()} == before


def test_a_provider_sees_the_demand_it_answers_for_without_its_money(stage):
    page = stage.client("rating.pat").get(reverse("web:demand", args=[stage.listed]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Probability of default" not in text
    assert "Commitments" not in text


def test_funders_do_not_see_each_other_in_a_book(stage):
    path = reverse("web:demand", args=[stage.listed])
    assert "First Harbor" not in stage.client("summit.mia").get(path).content.decode()
    assert "First Harbor" in stage.client("mill.eve").get(path).content.decode()


@pytest.mark.parametrize("path", ["/demands/NOPE-1/", "/parties/NOPE-1/", "/nowhere/"])
def test_what_is_not_there_gets_the_pages_own_404(stage, path):
    response = stage.client("ops.ann").get(path)
    assert response.status_code == 404
    assert "There is nothing here for you" in response.content.decode()


def test_a_refused_page_says_for_whom_one_acts(stage):
    response = stage.client("harbor.mia").get(reverse("web:parties"))
    assert "First Harbor Community Bank" in response.content.decode()


def test_one_person_of_two_parties_chooses_and_nobody_chooses_a_foreign_one(stage):
    from longtail.parties import services
    from longtail.parties.rules import Role

    town = stage.town
    services.grant_role(
        username="harbor.mia", party_code=town.code("summit"), role=Role.MAKER
    )
    browser = stage.client("harbor.mia")
    path = reverse("web:act_for")
    assert browser.post(path, {"party": town.code("bakery")}).status_code == 404
    browser.post(path, {"party": town.code("summit")})
    assert "<h1>Summit Savings Cooperative</h1>" in browser.get("/home/").content.decode()


def test_a_funder_that_was_told_of_a_demand_opens_it_later_but_not_the_loan(stage):
    from longtail.parties.rules import Kind

    town = stage.town
    town.add(Kind.FUNDER, "watcher", "Patient Capital Inc.", "mia")
    town.mandate("watcher")
    path = reverse("web:demand", args=[town.repaying("mill", purpose="working-capital")])
    told = stage.client("watcher.mia").get(path)
    holder = stage.client("harbor.mia").get(path)
    assert told.status_code == 200
    assert "Received so far" not in told.content.decode()
    assert "Received so far" in holder.content.decode()
