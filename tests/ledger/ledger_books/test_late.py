"""What the bank dates into a closed period counts in the open one, and says its date."""

from datetime import UTC, date, datetime, time

import pytest

from longtail.ledger import queries as ledger
from longtail.ledger.books import queries, services, statements
from longtail.ledger.custodian import courier
from longtail.ledger.custodian.sandbox import services as bank
from tests.ledger.custodian import desk

FEBRUARY_END, VALUE = date(2026, 2, 28), date(2026, 2, 27)


@pytest.mark.django_db
def test_a_receipt_of_a_closed_month_counts_in_the_open_one_and_names_its_day():
    reference = desk.open_wallet()
    services.close_period(to_date=FEBRUARY_END, by="ann", seconded_by="bo", at=desk.NOW)
    bank.pay_in(
        reference=reference,
        amount=desk.usd(500),
        remitter="Ann Ltd",
        value_date=VALUE,
        at=desk.NOW,
    )
    courier.exchange(at=desk.NOW)
    # Heard of twice, it is booked once all the same.
    courier.exchange(at=desk.NOW)
    assert ledger.balance(desk.ANN.code).posted_minor == 500
    assert queries.balance_as_of(desk.ANN.code, on=FEBRUARY_END).posted_minor == 0
    march = statements.statement(desk.ANN.code, from_date=VALUE, to_date=desk.TODAY)
    (line,) = march
    assert line.effective_at == datetime.combine(date(2026, 3, 1), time.min, UTC)
    assert line.value_date == VALUE
    assert ledger.is_sound() == []
