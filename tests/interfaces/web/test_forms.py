"""Forms: every problem at once, beside its field, and nothing typed is lost."""

import html
import re

import pytest
from django.urls import reverse

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.funding import queries as funding
from longtail.market import queries as market
from longtail.parties import queries as parties
from tests.interfaces.web import town as towns

ASK = {
    "amount": "45,000",
    "currency": "USD",
    "tenor_months": "24",
    "mode_code": "p2p-unsecured",
    "purpose": "equipment",
    "use_of_funds": towns.USE,
    "employees": "14",
    "is_new_business": "no",
}
NEW = reverse("web:demand_new")


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def test_a_draft_is_kept_as_it_was_typed(stage):
    response = stage.client("bakery.eve").post(NEW, ASK)
    code = response["Location"].rstrip("/").split("/")[-1]
    version = deals.demand(code).current
    assert (version.amount_minor, version.currency) == (4_500_000, "USD")
    assert version.facts["employees"] == 14
    assert version.facts["is_new_business"] is False
    assert "is_franchise" not in version.facts


def test_every_problem_is_shown_at_once_and_nothing_typed_is_lost(stage):
    before = deals.demands().count()
    wrong = ASK | {"amount": "12.345", "tenor_months": "9000", "cover_bps": "x"}
    response = stage.client("bakery.eve").post(NEW, wrong)
    page = text_of(response)
    assert response.status_code == 422
    assert "This currency has two decimals at most." in page
    assert "less than or equal to 360" in page
    assert "Enter a percentage such as 7.5." in page
    assert "3 things are to be put right" in page
    assert 'value="12.345"' in page
    assert towns.USE in page
    assert deals.demands().count() == before


def test_what_a_service_finds_wrong_stands_beside_the_field_too(stage):
    response = stage.client("bakery.eve").post(NEW, ASK | {"amount": "900000000"})
    page = text_of(response)
    assert response.status_code == 422
    assert re.search(r'id="id_amount_error">must be more than 0 and at most', page)
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize(
    "amount",
    ["-5", "NaN", "Infinity", "1e999999", "9" * 29, "12.3.4", "\x00", "\ud800", ""],
)
def test_no_amount_breaks_the_form(stage, amount):
    posted = ASK | {"amount": amount.encode("utf-8", "surrogatepass").decode("latin-1")}
    # A NUL byte is turned away at the door, before any form reads it.
    assert stage.client("bakery.eve").post(NEW, posted).status_code in {400, 422}


def test_the_preview_follows_the_form_and_waits_while_it_is_incomplete(stage):
    browser, path = stage.client("bakery.eve"), reverse("web:demand_preview")
    page = text_of(browser.get(path, ASK | {"rate_bps": "10"}))
    assert "APR, all costs in" in page
    assert "$45,000.00" in page
    assert page.count("<tr") > 24
    assert "appear here" in text_of(browser.get(path, ASK | {"amount": ""}))
    assert "appear here" in text_of(browser.get(path, {"amount": "1e999999"}))


def test_the_edit_form_shows_what_was_said_before(stage):
    path = reverse("web:demand_edit", args=[stage.attesting])
    page = text_of(stage.client("bakery.eve").get(path))
    assert 'value="40000.00"' in page
    assert '<option value="no" selected>' in page


def test_an_incomplete_draft_cannot_be_published_and_says_why(stage):
    browser = stage.client("bakery.eve")
    made = browser.post(NEW, ASK | {"use_of_funds": "Ovens"})["Location"]
    code = made.rstrip("/").split("/")[-1]
    path = reverse("web:demand_submit", args=[code])
    page = text_of(browser.post(path, follow=True))
    assert "say in at least 20 characters what the money is for" in page
    assert deals.demand(code).state == "draft"


def test_a_refused_commitment_keeps_the_amount_and_holds_nothing(stage):
    path = reverse("web:commit", args=[stage.listed])
    said = {"amount": "999,000", "key": "k-1"}
    response = stage.client("summit.mia").post(path, said)
    page = text_of(response)
    assert response.status_code == 422
    assert "is more than the" in page
    assert 'value="999,000"' in page
    assert funding.book(stage.listed).raised_minor == 10_000_00


def test_the_same_commitment_sent_twice_is_made_once(stage):
    path = reverse("web:commit", args=[stage.listed])
    browser = stage.client("summit.mia")
    for _again in range(2):
        assert browser.post(path, {"amount": "5,000", "key": "k-2"}).status_code == 302
    assert funding.book(stage.listed).raised_minor == 15_000_00


def test_a_commitment_can_be_taken_back_by_who_made_it_only(stage):
    mine = funding.commitments(stage.listed).first()
    path = reverse("web:withdraw_commitment", args=[mine.code])
    assert stage.client("summit.mia").post(path).status_code == 404
    stage.client("harbor.mia").post(path)
    assert funding.book(stage.listed).raised_minor == 0


def test_an_attestation_is_signed_and_a_wrong_one_shown_again(stage):
    browser = stage.client("rating.pat")
    order = evidence.order(stage.order)
    path = reverse("web:order_attest", args=[order.code])
    good = {"value": "1", "confidence_bps": "90", "valid_days": "90"}
    response = browser.post(path, good | {"statement": ""})
    assert response.status_code == 422
    assert evidence.order(order.code).state == "requested"
    response = browser.post(path, good | {"statement": "Seen in the register."})
    assert response.status_code == 302
    assert evidence.order(order.code).attestation.confidence_bps == 9_000


def test_the_last_answer_is_assessed_at_once(stage):
    for order in evidence.orders_for(deals.matter(deals.demand(stage.attesting))):
        user = {"rating": "rating.pat", "guild": "guild.gus"}
        short = next(s for s, p in stage.town.parties.items() if p.pk == order.provider_id)
        value = {"registration": "1", "guarantee-undertaking": "20000"}.get(
            order.kind, "74"
        )
        stage.client(user.get(short, "audit.pat")).post(
            reverse("web:order_attest", args=[order.code]),
            {
                "value": value,
                "confidence_bps": "90",
                "valid_days": "90",
                "statement": "Seen.",
            },
        )
    assert deals.demand(stage.attesting).state == "offered"


def test_two_people_decide_a_referral_and_the_second_shows_who_they_are(stage):
    path = reverse("web:decide_referral", args=[stage.referred])
    browser = stage.client("ops.ann")
    said = {"decision": "decline", "reason": "Too little is known of the trade."}
    wrong = said | {"seconded_by": "ops.bob", "password": "guess"}
    response = browser.post(path, wrong)
    assert "This is not that person's password." in text_of(response)
    assert deals.demand(stage.referred).state == "referred"
    alone = said | {"seconded_by": "ops.ann", "password": towns.PASSWORD}
    assert browser.post(path, alone).status_code == 422
    right = said | {"seconded_by": "ops.bob", "password": towns.PASSWORD}
    assert browser.post(path, right).status_code == 302
    assert deals.demand(stage.referred).state == "declined"


def test_an_application_lists_every_problem_and_a_good_one_is_taken_in(stage):
    browser, path = stage.client(), reverse("web:apply")
    said = {
        "kind": "enterprise",
        "legal_name": "Harvest Moon Farms LLC",
        "country": "XX",
        "registration_scheme": "ein",
        "registration_number": "12",
    }
    page = text_of(browser.post(path, said))
    assert "is no EIN number" in page
    assert 'id="id_country_error"' in page
    assert 'value="Harvest Moon Farms LLC"' in page
    good = said | {"country": "US", "registration_number": "91-1144442"}
    assert browser.post(path, good).status_code == 302
    assert parties.parties(standing="applied").filter(legal_name__startswith="Harvest")


def test_one_reviews_and_two_admit(stage):
    browser = stage.client("ops.ann")
    browser.post(reverse("web:party_review", args=[stage.applicant]))
    assert parties.party(stage.applicant).standing == "reviewed"
    said = {
        "step": "admit",
        "reason": "Register entry and owners checked.",
        "seconded_by": "ops.bob",
        "password": towns.PASSWORD,
    }
    browser.post(reverse("web:party_decide", args=[stage.applicant]), said)
    assert parties.party(stage.applicant).standing == "admitted"
    bad = browser.post(reverse("web:party_decide", args=[stage.applicant]), {"step": "x"})
    assert bad.status_code == 404


def test_a_mandate_is_tried_out_before_it_is_set(stage):
    browser, path = stage.client("harbor.mia"), reverse("web:mandate")
    said = {
        "currency": "USD",
        "min_amount": "50,000",
        "max_amount": "60,000",
        "min_tenor_months": "1",
        "max_tenor_months": "60",
        "min_rate_bps": "0",
        "regions": "VT, NY",
    }
    before = market.mandate(stage.town.code("harbor"))
    page = text_of(browser.post(path, said | {"preview": "1"}))
    assert "0 of 1 open demands" in page
    assert market.mandate(stage.town.code("harbor")) == before
    response = browser.post(path, said | {"max_amount": "1", "save": "1"})
    assert 'id="id_max_amount_error"' in text_of(response)
    assert market.mandate(stage.town.code("harbor")) == before
    assert browser.post(path, said | {"save": "1"}).status_code == 302
    assert market.mandate(stage.town.code("harbor")).regions == {"VT", "NY"}
