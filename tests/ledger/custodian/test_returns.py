"""Payments that come back after they were settled, and what people are told meanwhile."""

from datetime import date

import pytest

from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, intake, outlook, queries, services
from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from tests.ledger.custodian.desk import (
    ANN,
    NOW,
    TODAY,
    balance,
    days,
    fund,
    pay_in,
    prepare,
    release,
)

pytestmark = pytest.mark.django_db
CLOSED = "AC04 Closed account number"


def settled():
    fund(1_000)
    code = release()
    courier.exchange(at=NOW)
    return code


def state(code):
    return queries.instruction(code).state


def test_a_returned_payment_is_back_on_the_paying_account_once_with_the_reason():
    code = settled()
    for _ in range(2):
        bank.return_payment(end_to_end_id=code, reason=CLOSED, at=days(1))
        courier.exchange(at=days(1))
    assert (state(code), balance().available_minor) == ("returned", 1_000)
    said = queries.outlook_of(queries.instruction(code), on=days(1).date())
    assert "Closed account number" in said.why
    assert said.expected_date is None
    assert CashEntry.objects.filter(return_reason=CLOSED).count() == 1
    found = reconcile(on=days(1).date(), currency="USD", at=days(1))
    assert found.is_balanced
    assert ledger.is_sound() == []


def test_a_return_is_no_receipt_of_anybodys():
    code = settled()
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=NOW)
    courier.exchange(at=NOW)
    receipts = queries.receipts_after(last_id=0, prefix="wallet:")
    assert [r.amount_minor for r in receipts] == [1_000]


def test_a_return_that_overtakes_its_settlement_ends_the_same():
    fund(1_000)
    code = release()
    courier._write_order(at=NOW)
    courier._deliver(at=NOW)
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=NOW)
    report, paid, returned = bank.collect(at=NOW)
    intake.take_in(returned, at=NOW)
    assert state(code) == "returning"
    assert balance().posted_minor == 1_400
    assert balance().available_minor == 1_000
    intake.take_in(report, at=NOW)
    intake.take_in(paid, at=NOW)
    assert (state(code), balance().available_minor) == ("returned", 1_000)
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


def test_a_return_less_what_banks_kept_says_so():
    code = settled()
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=NOW, less=25)
    courier.exchange(at=NOW)
    assert (state(code), balance().available_minor) == ("returned", 975)
    assert "USD 0.25 was kept by banks" in queries.instruction(code).reason


def test_a_return_is_caught_up_from_the_statement():
    code = settled()
    bank.set_faults(lose=1000)
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=NOW)
    bank.set_faults()
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert (state(code), balance().available_minor) == ("returned", 1_000)


def test_payments_that_all_come_back_leave_everything_where_it_was():
    fund(1_000)
    bank.set_faults(returned=1000)
    codes = [release(100, key=f"pay:{n}") for n in range(5)]
    courier.exchange(at=NOW)
    assert {state(code) for code in codes} == {"returned"}
    assert balance() == ledger.Balance(1_000, 0, 1_000, "USD")
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


def test_somebody_elses_return_waits_in_suspense():
    fund(1_000)
    pay_in(10, reference="nobody", key="OTHER")
    bank.collect(at=NOW)
    code = release()
    courier.exchange(at=NOW)
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=NOW)
    (letter,) = bank.collect(at=NOW)
    changed = letter.body.replace(code.encode(), b"PAY-UNKNOWN0")
    from tests.ledger.custodian.desk import by_bank

    intake.take_in(by_bank(changed), at=NOW)
    assert ledger.balance(chart.suspense("USD").code).posted_minor == 410
    assert state(code) == "settled"


@pytest.mark.parametrize(
    ("released", "today", "expected", "is_late"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 3), False),
        (date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 9), False),
        (date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 3), True),
        (None, date(2026, 3, 4), None, False),
    ],
)
def test_a_payment_under_way_is_expected_by_the_next_business_day(
    released, today, expected, is_late
):
    said = outlook.of_payment(state="sent", released=released, reason="", on=today)
    assert (said.expected_date, said.is_late) == (expected, is_late)


def test_every_state_says_why_the_money_is_where_it_is():
    fund(1_000)
    code = prepare().code
    seen = [queries.outlook_of(queries.instruction(code), on=TODAY)]
    services.release_payment(code=code, by="leo", at=NOW)
    seen.append(queries.outlook_of(queries.instruction(code), on=TODAY))
    courier.exchange(at=NOW)
    seen.append(queries.outlook_of(queries.instruction(code), on=TODAY))
    refused = release(1, key="bad", payee=Payee(name="Bo", account="?"))
    courier.exchange(at=NOW)
    seen.append(queries.outlook_of(queries.instruction(refused), on=TODAY))
    assert len({said.why for said in seen}) == 4
    assert "Incorrect account number" in seen[-1].why
    assert ANN.code == queries.instruction(code).account_code
