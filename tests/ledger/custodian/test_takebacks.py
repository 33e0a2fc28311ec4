"""Money on a wallet or in suspense that its payer's bank takes back."""

import pytest

from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier
from longtail.ledger.custodian.breaks import BreakKind
from longtail.ledger.custodian.messages import cash, reading
from longtail.ledger.custodian.messages.contents import CashLine, Direction, Notification
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from tests.ledger.custodian.desk import (
    NOW,
    TODAY,
    balance,
    days,
    fund,
    pay_in,
    prepare,
    usd,
)

pytestmark = pytest.mark.django_db
WHY = "MD06 Refund requested by the payer"


def take_back(entry, at=NOW):
    bank.take_back(entry_reference=entry.entry_reference, reason=WHY, at=at)
    courier.exchange(at=at)


def test_free_money_goes_back_at_once_and_only_once():
    fund(1_000)
    entry = CashEntry.objects.get()
    for _ in range(2):
        take_back(entry)
    assert balance().available_minor == 0
    taken = CashEntry.objects.get(takes_back=entry)
    assert (taken.return_reason, taken.amount_minor) == (WHY, 1_000)
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert ledger.is_sound() == []


def test_money_in_suspense_goes_back():
    pay_in(70, reference="nobody")
    courier.exchange(at=NOW)
    take_back(CashEntry.objects.get())
    assert ledger.balance(chart.suspense("USD").code).posted_minor == 0
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


def test_money_that_is_held_stands_as_a_break_until_it_is_free():
    fund(1_000)
    code = prepare(400).code
    take_back(CashEntry.objects.get())
    assert balance().available_minor == 600
    made = reconcile(on=TODAY, currency="USD", at=NOW)
    found = [(b.kind, b.difference_minor) for b in made.breaks.all()]
    assert found == [(BreakKind.CHARGED_BACK, -1_000)]
    from longtail.ledger.custodian import services

    services.cancel_payment(code=code, by="leo", at=days(1))
    later = reconcile(on=days(1).date(), currency="USD", at=days(1))
    assert later.is_balanced
    assert balance().available_minor == 0
    assert ledger.is_sound() == []


def test_what_a_bank_says_of_payer_and_original_is_read_as_written():
    line = CashLine(
        entry_reference="X2",
        direction=Direction.DEBIT,
        amount=usd(5),
        booking_date=TODAY,
        value_date=TODAY,
        payer_account="GB82WEST12345698765432",
        payer_bic="NWBKGB2L",
        return_reason=WHY,
        original_reference="X1",
    )
    said = Notification(message_id="N1", created_at=NOW, account="TRUST-USD", lines=(line,))
    _, content = reading.read(cash.write_notification(said), "camt.054")
    (read,) = content.lines
    for name in ("payer_account", "payer_bic", "return_reason", "original_reference"):
        assert getattr(read, name) == getattr(line, name)
