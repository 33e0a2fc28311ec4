"""What people do on the pages, beyond forms: pay, release, call, revoke, read, export."""

import csv
import io
import json

import pytest
from django.urls import reverse

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.evidence.verify import IssuerKey, verify
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import queries as custodian
from longtail.notices import queries as notices
from longtail.servicing import queries as servicing
from tests.interfaces.web import town as towns


def rows(response):
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_one_prepares_and_another_releases_a_payment(stage, settings):
    settings.DEMO = False
    stage.client("ops.ann").post(reverse("web:prepare_drawdown", args=[stage.funded]))
    (payment,) = custodian.instructions("prepared")
    path = reverse("web:payment_release", args=[payment.code])
    page = stage.client("ops.ann").post(path, follow=True).content.decode()
    assert "another person has to confirm it" in page
    assert custodian.instruction(payment.code).state == "prepared"
    stage.client("ops.bob").post(path)
    assert custodian.instruction(payment.code).state == "released"


def test_in_the_demonstration_the_bank_answers_at_once(stage, settings):
    settings.DEMO = True
    stage.client("ops.ann").post(reverse("web:prepare_drawdown", args=[stage.funded]))
    (payment,) = custodian.instructions("prepared")
    stage.client("ops.bob").post(reverse("web:payment_release", args=[payment.code]))
    assert deals.demand(stage.funded).state == "active"


def test_a_cancelled_payment_frees_the_money(stage):
    stage.client("ops.ann").post(reverse("web:prepare_drawdown", args=[stage.funded]))
    (payment,) = custodian.instructions("prepared")
    book = chart.book(stage.funded, "USD").code
    assert ledger.balance(book).held_minor == 40_000_00
    cancel = reverse("web:payment_cancel", args=[payment.code])
    stage.client("ops.bob").post(cancel)
    assert ledger.balance(book).held_minor == 40_000_00
    stage.client("ops.bob").post(cancel, {"reason": "cancelled at the desk"})
    assert ledger.balance(book).held_minor == 0


def test_a_guarantor_verifies_a_call_and_pays_it(stage):
    (call,) = servicing.calls(guarantor_code=stage.town.code("guild"))
    browser = stage.client("guild.gus")
    browser.post(reverse("web:call_pay", args=[call.code]))
    assert servicing.call_of(stage.agreement).state == "notice"
    browser.post(reverse("web:call_verify", args=[call.code]))
    browser.post(reverse("web:call_pay", args=[call.code]))
    paid = servicing.call_of(stage.agreement)
    assert (paid.state, paid.paid_minor) == ("subrogated", 20_000_00)


def test_two_people_write_a_loan_off(stage):
    said = {
        "act": "write_off",
        "reason": "The estate is closed and nothing is left.",
        "seconded_by": "ops.bob",
        "password": towns.PASSWORD,
    }
    path = reverse("web:agreement_decide", args=[stage.agreement])
    assert stage.client("ops.ann").post(path, said).status_code == 302
    assert deals.demand(stage.defaulted).state == "written_off"


def test_an_attestation_is_checked_offline_with_the_two_files(stage):
    browser = stage.client("harbor.mia")
    code = stage.attestation
    signed = browser.get(reverse("web:attestation_file", args=[code]))
    keys = json.loads(browser.get(reverse("web:attestation_keys", args=[code])).content)
    issuer = evidence.attestation(code).provider.code
    trusted = [
        IssuerKey(kid=k["kid"], issuer=issuer, jwk={n: k[n] for n in ("kty", "crv", "x")})
        for k in keys["keys"]
    ]
    assert signed["Content-Type"] == "application/vc+jwt"
    assert verify(signed.content, trusted).iss == issuer


def test_its_provider_revokes_an_attestation_and_the_page_says_so(stage):
    path = reverse("web:attestation_revoke", args=[stage.attestation])
    said = {"reason": "The register entry was forged."}
    page = stage.client("rating.pat").post(path, said, follow=True).content.decode()
    assert "The register entry was forged." in page
    assert evidence.attestation(stage.attestation).revoked_at


def test_reading_notices_puts_them_away(stage):
    code = stage.town.code("harbor")
    assert notices.unread_count([code])
    page = stage.client("harbor.mia").post(reverse("web:notices_read"), follow=True)
    assert notices.unread_count([code]) == 0
    assert "All notices are read." in page.content.decode()


def test_what_a_funder_mutes_is_gone_from_its_home(stage):
    browser = stage.client("harbor.mia")
    assert "Green Mountain" in browser.get("/home/").content.decode()
    browser.post(reverse("web:mute", args=[stage.listed]))
    assert "Why</summary>" not in browser.get("/home/").content.decode()


def test_a_new_funder_opens_its_wallet(stage):
    from longtail.parties.rules import Kind

    stage.town.add(Kind.FUNDER, "new", "New Funder Inc.", "mia")
    browser = stage.client("new.mia")
    browser.post(reverse("web:open_wallet"), {"currency": "EUR"})
    assert ledger.balance(chart.wallet(stage.town.code("new"), "EUR").code)
    assert browser.post(reverse("web:open_wallet"), {"currency": "XXX"}).status_code == 404


def test_the_schedule_leaves_as_csv_with_every_instalment(stage):
    path = reverse("web:demand_schedule", args=[stage.repaying])
    lines = rows(stage.client("bakery.eve").get(path))
    assert len(lines) == 24
    assert sum(round(float(line["principal"]) * 100) for line in lines) == 40_000_00


@pytest.mark.parametrize(
    ("user", "path", "name"),
    [
        ("harbor.mia", "/opportunities/", "books"),
        ("harbor.mia", "/portfolio/", "positions"),
        ("bakery.eve", "/home/", "demands"),
        ("rating.pat", "/home/", "queue"),
        ("guild.gus", "/home/", "exposures"),
        ("watch.rae", "/home/", "reconciliations"),
        ("ops.ann", "/parties/", "parties"),
        ("ops.ann", "/arrears/", "arrears"),
        ("vault.cleo", "/payments/", "payments"),
    ],
)
def test_every_list_can_be_exported(stage, user, path, name):
    response = stage.client(user).get(f"{path}?export={name}")
    assert response["Content-Type"].startswith("text/csv")
    assert response.content.decode().splitlines()[0].count(",") >= 4


def test_filters_run_over_the_whole_set(stage):
    browser, path = stage.client("harbor.mia"), reverse("web:opportunities")
    for query in ("q=green", "grade=AAA", "sector=31", "min_rate=1", "max_months=24"):
        assert "Green Mountain" in browser.get(f"{path}?{query}").content.decode()
    for query in ("q=nobody", "grade=D", "sector=72", "min_rate=90", "max_months=6"):
        assert "No open book fits" in browser.get(f"{path}?{query}").content.decode()


def test_security_headers_are_on_every_page(stage):
    response = stage.client("harbor.mia").get("/home/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "'unsafe-eval'" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert "onclick" not in response.content.decode()
