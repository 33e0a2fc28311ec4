"""Statements, trial balance, period close and proofs, as people meet them."""

import csv
import io
import subprocess
import sys

import pytest
from django.urls import reverse

from longtail.interfaces import own_accounts
from longtail.interfaces.web import formats
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.books import queries, trial
from longtail.ledger.books.models import PeriodClose
from tests.interfaces.web import town as towns


def page(stage, user, path, **query):
    return stage.client(user).get(path, query)


def text_of(response):
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


@pytest.fixture
def statement(stage):
    """The address of the funder's statement."""
    return reverse("web:account", args=[stage.wallet])


def test_a_wallet_leads_to_its_statement_and_its_proofs(stage, statement):
    home = text_of(page(stage, "harbor.mia", "/home/"))
    assert f'href="{statement}"' in home
    assert f'href="{reverse("web:claims")}"' in home


def test_a_statement_opens_closes_and_is_had_as_csv(stage, statement):
    shown = text_of(page(stage, "harbor.mia", statement))
    balance = ledger.balance(stage.wallet)
    assert formats.money(balance.posted_minor, "USD") in shown
    exported = page(stage, "harbor.mia", statement, export="statement")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode())))
    assert rows
    last = formats.plain_amount(balance.posted_minor, "USD")
    assert rows[-1]["balance"] == last
    before = {"from_date": "2026-01-01", "to_date": "2026-01-31"}
    assert "Nothing moved in these days" in text_of(
        page(stage, "harbor.mia", statement, **before)
    )


@pytest.mark.parametrize(
    "query",
    [
        {"from_date": "x"},
        {"from_date": "2026-03-05", "to_date": "2026-03-01"},
        {"from_date": "0001-01-01", "to_date": "9999-12-31"},
        {"to_date": "1970-01-01"},
    ],
)
def test_days_that_cannot_be_are_pointed_out_and_never_fail(stage, statement, query):
    assert page(stage, "harbor.mia", statement, **query).status_code == 200
    if "to_date" in query and "from_date" in query:
        shown = text_of(page(stage, "harbor.mia", statement, **query))
        assert 'role="alert"' in shown


def test_an_account_of_nobody_is_not_found(stage):
    for code in ("wallet:NOBODY:USD", "x", "wallet:NOBODY:USD\n"):
        path = reverse("web:account", args=[code])
        assert page(stage, "watch.rae", path).status_code == 404
        path = reverse("web:claim_proof", args=[code])
        assert page(stage, "harbor.mia", path).status_code == 404


def test_a_client_downloads_a_proof_that_the_public_script_accepts(stage, tmp_path):
    listed = text_of(page(stage, "harbor.mia", reverse("web:claims")))
    address = reverse("web:claim_proof", args=[stage.wallet])
    assert f'href="{address}"' in listed
    proof, script = tmp_path / "claim.json", tmp_path / "check_claim.py"
    proof.write_bytes(page(stage, "harbor.mia", address).content)
    script.write_bytes(page(stage, "", reverse("web:check_claim")).content)
    (root,) = queries.latest_claims_roots()
    public = text_of(page(stage, "", reverse("web:custody_proof")))
    assert root.root in public
    assert str(root.total_minor) in public
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, proof, root.root, str(root.total_minor)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_public_page_says_whether_the_bank_has_it(stage):
    (root,) = queries.latest_claims_roots()
    assert root.is_backed is True
    assert "In full" in text_of(page(stage, "", reverse("web:custody_proof")))


def test_every_claim_has_an_owner_who_can_prove_it(stage):
    """What all parties find of their own, with what is in suspense, is everything."""
    owed = {
        line.account_code: line.balance_minor
        for line in trial.trial_balance()
        if chart.is_client_claim(line.account_code) and line.balance_minor
    }
    proved = {}
    for party in stage.town.parties.values():
        for code in own_accounts.accounts_of(party.code):
            assert own_accounts.may_prove(party.code, party.kind, code)
            if code in owed:
                proved[code] = own_accounts.claim_proof(code)["amount_minor"]
    assert proved == owed
    (root,) = queries.latest_claims_roots()
    assert sum(proved.values()) == root.total_minor == ledger.custodian_minor("USD")


def test_the_trial_balance_sums_are_equal_and_lead_to_the_accounts(stage, statement):
    for user in ("ops.ann", "watch.rae", "vault.cleo"):
        shown = text_of(page(stage, user, reverse("web:books")))
        assert "Trial balance" in shown
        assert f'href="{statement}"' in shown
    # Only the operator is offered the close.
    assert reverse("web:books_close") in text_of(page(stage, "ops.ann", "/ledger/"))
    assert reverse("web:books_close") not in text_of(page(stage, "watch.rae", "/ledger/"))
    assert "Nothing was posted" in text_of(
        page(stage, "ops.ann", "/ledger/", on="2020-01-01")
    )
    assert page(stage, "ops.ann", "/ledger/", on="never").status_code == 200


def close(stage, to_date, *, second="ops.bob", password=towns.PASSWORD):
    said = {"to_date": to_date, "seconded_by": second, "password": password}
    return stage.client("ops.ann").post(reverse("web:books_close"), said)


def test_a_period_is_closed_by_two_people(stage):
    before = PeriodClose.objects.count()
    for refused in (
        close(stage, "2026-02-28", password="a guess"),
        close(stage, "2026-02-28", second="ops.ann"),
        close(stage, "2026-02-28", second="harbor.mia"),
        close(stage, "tomorrow"),
        close(stage, "2100-01-01"),
    ):
        assert refused.status_code == 422
        assert PeriodClose.objects.count() == before
    done = close(stage, "2026-02-28")
    assert done.status_code == 302
    shown = text_of(page(stage, "watch.rae", reverse("web:books")))
    assert PeriodClose.objects.get().digest in shown


def test_only_the_operator_closes(stage):
    for user in ("watch.rae", "vault.cleo", "harbor.mia"):
        answer = stage.client(user).post(reverse("web:books_close"), {})
        assert answer.status_code == 403
