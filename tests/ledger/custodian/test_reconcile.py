"""Ledger = custodian = claims, every day, and every difference by its name."""

import pytest
from django.db import connection

from longtail.ledger import chart, posting
from longtail.ledger.custodian import courier, queries
from longtail.ledger.custodian.messages import orders
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    MessageRefused,
    PaymentOrder,
)
from longtail.ledger.custodian.messages.signing import Approval, payment_digest
from longtail.ledger.custodian.models import Instruction
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from tests.ledger.custodian.desk import (
    ANN,
    NOW,
    PAYEE,
    TODAY,
    balance,
    by_bank,
    by_platform,
    days,
    fund,
    prepare,
    release,
    untie_instructions,
    usd,
)

pytestmark = pytest.mark.django_db


def kinds(found):
    return sorted(b.kind for b in found.breaks.all())


def test_a_quiet_day_and_a_day_nobody_ever_paid_on_balance():
    assert reconcile(on=TODAY, currency="CNY", at=NOW).is_balanced
    fund(1_000)
    for n in range(3):
        found = reconcile(on=days(n).date(), currency="USD", at=days(n))
        assert found.is_balanced
        assert found.ledger_minor == 1_000


def test_held_money_is_still_its_owners():
    fund(1_000)
    prepare(400)
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert (found.claims_minor, found.is_balanced) == (1_000, True)


def test_what_is_booked_after_the_close_counts_for_the_next_day():
    fund(1_000)
    assert reconcile(on=TODAY, currency="USD", at=NOW).custodian_minor == 1_000
    fund(500)
    again = reconcile(on=TODAY, currency="USD", at=NOW)
    assert (again.custodian_minor, again.is_balanced) == (1_000, True)
    assert balance().posted_minor == 1_500
    later = reconcile(on=days(1).date(), currency="USD", at=days(1))
    assert (later.custodian_minor, later.is_balanced) == (1_500, True)


def test_a_break_stays_with_its_first_day_until_it_is_gone(monkeypatch):
    fund(1_000)
    spoil(monkeypatch, (b"LSBUSD000000000001", b"LSBUSD999999999999"))
    first = reconcile(on=TODAY, currency="USD", at=NOW).breaks.get(kind="missing")
    monkeypatch.undo()
    fund(20, at=days(1))
    later = reconcile(on=days(1).date(), currency="USD", at=days(1))
    assert kinds(later) == ["extra", "missing"]
    still = later.breaks.get(kind="missing")
    assert (still.case, still.first_seen_date) == (first.case, TODAY)


def test_money_that_the_ledger_made_up_is_found():
    fund(1_000)
    move = posting.Move(
        debit=chart.custodian_cash("USD").code, credit=ANN.code, amount=usd(77)
    )
    posting.post(posting.Entry(key="x", kind="forged", effective_at=NOW, moves=(move,)))
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    (only,) = found.breaks.all()
    assert (only.kind, only.difference_minor) == ("unexplained", -77)
    assert not found.is_balanced
    assert found.ledger_minor == found.claims_minor == 1_077


def test_a_claim_edited_in_the_database_is_found():
    fund(1_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "update ledger_account set credits_posted = credits_posted + 5 where code = %s",
            [ANN.code],
        )
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    (only,) = found.breaks.all()
    assert (only.kind, only.difference_minor) == ("claims", -5)


def spoil(monkeypatch, *swaps):
    """Let the bank's statements say something else than its books."""
    honest = bank.statement

    def dishonest(**asked):
        (letter,) = honest(**asked)
        xml = letter.body
        for old, new in swaps:
            assert old in xml
            xml = xml.replace(old, new)
        return [by_bank(xml)]

    monkeypatch.setattr(bank, "statement", dishonest)


def test_a_payment_that_is_not_on_the_statement_is_extra(monkeypatch):
    fund(1_000)
    spoil(monkeypatch, (b"LSBUSD000000000001", b"LSBUSD999999999999"))
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert kinds(found) == ["extra", "missing"]


def test_a_wrong_amount_on_the_statement_is_an_amount_break(monkeypatch):
    fund(1_000)
    spoil(monkeypatch, (b">10.00<", b">10.01<"))
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert kinds(found) == ["amount"]
    assert found.custodian_minor - found.ledger_minor == 1


def test_money_that_left_unasked_is_uninstructed():
    fund(1_000)
    code = release()
    untie_instructions()
    Instruction.objects.update(code="PAY-OTHER")
    bank.submit(_order(code), at=NOW)
    courier.exchange(at=NOW)
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert "uninstructed" in kinds(found)
    assert balance().posted_minor == 1_000


def _order(code):
    transfer = CreditTransfer(
        end_to_end_id=code, amount=usd(400), payee=PAYEE, remittance=""
    )
    approval = Approval(
        end_to_end_id=code,
        sha256=payment_digest(transfer),
        prepared_by="mia",
        released_by="leo",
    )
    order = PaymentOrder(message_id="FORGED", created_at=NOW, transfers=(transfer,))
    return by_platform(orders.write_order(order), approvals=[approval])


def test_a_statement_that_does_not_follow_the_last_is_a_break(monkeypatch):
    fund(1_000)
    reconcile(on=TODAY, currency="USD", at=NOW)
    spoil(monkeypatch, (b">10.00<", b">10.05<"))
    found = reconcile(on=days(1).date(), currency="USD", at=days(1))
    assert kinds(found) == ["opening"]
    monkeypatch.undo()
    spoil(
        monkeypatch,
        (b"<ElctrncSeqNb>3<", b"<ElctrncSeqNb>5<"),
    )
    found = reconcile(on=days(2).date(), currency="USD", at=days(2))
    assert "sequence" in kinds(found)


def test_a_second_statement_with_the_same_number_is_refused(monkeypatch):
    fund(1_000)
    reconcile(on=TODAY, currency="USD", at=NOW)
    spoil(monkeypatch, (b"STM-USD-1", b"STM-USD-X"))
    with pytest.raises(MessageRefused, match="before with other contents"):
        reconcile(on=TODAY, currency="USD", at=NOW)


def test_a_closed_day_has_no_statement_of_its_own():
    fund(1_000)
    reconcile(on=days(5).date(), currency="USD", at=days(5))
    with pytest.raises(bank.StatementUnavailable, match="ask for that one"):
        reconcile(on=days(3).date(), currency="USD", at=days(5))


def test_the_latest_of_each_currency_is_shown():
    fund(1_000)
    for n in (0, 1):
        for currency in ("USD", "EUR"):
            reconcile(on=days(n).date(), currency=currency, at=days(n))
    latest = queries.latest_reconciliations()
    assert [(x.currency, x.on_date) for x in latest] == [
        ("EUR", days(1).date()),
        ("USD", days(1).date()),
    ]
    assert len(queries.reconciliations("USD")) == 2
