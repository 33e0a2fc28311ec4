"""Money whose owner is not known: two people send it where it belongs, once."""

import pytest
from django.db import IntegrityError, transaction

from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries, suspense
from longtail.ledger.custodian.cases import Disposal
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.models import Entry
from longtail.values.eyes import FourEyesRequired
from longtail.values.refusal import InvalidInput
from tests.ledger.custodian.desk import ANN, NOW, TODAY, balance, days, fund, pay_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attended")]
BIN = chart.suspense("USD").code


@pytest.fixture
def stray():
    """70 minor units that nobody's reference came with."""
    fund(1_000)
    pay_in(70, reference="rent for March")
    courier.exchange(at=NOW)
    return Entry.objects.get(amount_minor=70).entry_reference


def propose(
    stray, account_code=ANN.code, reason="Ann wrote that she mistyped it.", by="mia"
):
    return suspense.propose(
        entry_reference=stray, account_code=account_code, reason=reason, by=by, at=NOW
    )


def confirm(stray, by="leo"):
    return suspense.confirm(entry_reference=stray, by=by, at=NOW)


def in_suspense():
    return ledger.balance(BIN).posted_minor


def test_money_in_suspense_says_why_it_waits_and_until_when(stray):
    (found,) = queries.suspended(on=TODAY)
    assert (found.entry.entry_reference, found.proposal) == (stray, None)
    assert "names no account" in found.outlook.why
    assert found.outlook.expected_date == days(2).date()
    propose(stray)
    (found,) = queries.suspended(on=days(5).date())
    assert found.outlook.is_late
    assert "second person" in found.outlook.why


def test_two_people_assign_it_and_it_is_a_receipt_like_any_other(stray):
    seen = queries.receipts_after(last_id=0, prefix="")[-1].id
    propose(stray)
    assert in_suspense() == 70
    confirm(stray)
    assert (in_suspense(), balance().posted_minor) == (0, 1_070)
    assert queries.suspended(on=TODAY) == []
    (receipt,) = queries.receipts_after(last_id=seen, prefix="wallet:")
    assert (receipt.amount_minor, receipt.account_code) == (70, ANN.code)
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert reconcile(on=days(1).date(), currency="USD", at=days(1)).is_balanced
    assert ledger.is_sound() == []


def test_it_goes_back_to_where_it_came_from_and_nowhere_else(stray):
    propose(stray, account_code="")
    found = confirm(stray)
    courier.exchange(at=NOW)
    paid = queries.instruction(found.instruction.code)
    came_from = Entry.objects.get(entry_reference=stray).counterparty_account
    assert (paid.state, paid.payee_account) == ("settled", came_from)
    assert in_suspense() == 0
    with pytest.raises(suspense.NotInSuspense):
        propose(stray)
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


def test_money_that_comes_back_again_waits_again(stray):
    propose(stray, account_code="")
    code = confirm(stray).instruction.code
    courier.exchange(at=NOW)
    bank.return_payment(end_to_end_id=code, reason="AC04 Closed", at=NOW)
    courier.exchange(at=NOW)
    assert in_suspense() == 70
    assert len(queries.suspended(on=TODAY)) == 1
    propose(stray)
    confirm(stray)
    assert (in_suspense(), balance().posted_minor) == (0, 1_070)


def test_one_person_alone_moves_nothing(stray):
    propose(stray)
    with pytest.raises(FourEyesRequired):
        confirm(stray, by="mia")
    with pytest.raises(FourEyesRequired):
        suspense.decline(entry_reference=stray, by="mia", at=NOW)
    with pytest.raises(suspense.DisposalPending):
        propose(stray, account_code="", by="leo")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Disposal.objects.update(decided_by="mia")
    assert (in_suspense(), balance().posted_minor) == (70, 1_000)


def test_a_declined_proposal_moves_nothing_and_another_may_follow(stray):
    propose(stray)
    suspense.decline(entry_reference=stray, by="leo", at=NOW)
    with pytest.raises(suspense.NothingProposed):
        confirm(stray)
    assert in_suspense() == 70
    propose(stray, by="leo")
    confirm(stray, by="mia")
    with pytest.raises(suspense.NothingProposed):
        confirm(stray, by="mia")
    assert in_suspense() == 0


def test_what_makes_no_sense_is_refused_and_nothing_moves(stray):
    with pytest.raises(InvalidInput):
        propose(stray, reason=" ")
    with pytest.raises(posting.UnknownAccount):
        propose(stray, account_code="wallet:NOBODY:USD")
    with pytest.raises(suspense.NotInSuspense):
        propose(stray, account_code="custodian:USD")
    with pytest.raises(suspense.NotInSuspense):
        propose("LSBUSD000000000001")
    euro = chart.wallet("ANN", "EUR")
    posting.open_account(euro)
    with pytest.raises(posting.CurrencyDiffers):
        propose(stray, account_code=euro.code)
    assert (in_suspense(), Disposal.objects.count()) == (70, 0)


def test_a_payer_the_bank_did_not_name_cannot_be_paid(stray, monkeypatch):
    entry = queries.suspended(on=TODAY)[0].entry
    entry.payer_account = ""
    monkeypatch.setattr(suspense, "_waiting", lambda _: entry)
    with pytest.raises(suspense.PayerUnknown):
        propose(stray, account_code="")


def test_what_is_decided_stays(stray):
    propose(stray)
    confirm(stray)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Disposal.objects.update(reason="Another story.")
