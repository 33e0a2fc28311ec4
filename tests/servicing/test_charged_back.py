"""What a payment that its payer's bank took back had paid is owed again; pure.

One loan of 1,200.00 at 12 % (30E/360), paid out on 31 January 2024, twelve months, 100.00
of principal each; a chargeback leaves the agreement as if the money had never come, except
that what it had paid of dues is due on that day.
"""

from __future__ import annotations

from datetime import date

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.dues import advance, coming_dues
from longtail.servicing.events import (
    Chargeback,
    DefaultDeclared,
    FeeCharged,
    Payment,
    Refund,
    Source,
)
from longtail.servicing.rules import Status
from longtail.servicing.state import Open
from longtail.servicing.step import fold
from tests.servicing.scenarios import drawdown, terms

LOAN = terms(amortization=Amortization.LINEAR)
FIRST = date(2024, 2, 29)
FEE = FeeCharged(
    key="fee",
    value_date=date(2024, 2, 10),
    amount_minor=150_00,
    name="visit",
    payee="PRO-1",
)
DEFAULT = DefaultDeclared(key="default", value_date=date(2024, 2, 10))


def paid(day, minor, key="paid", source=Source.BORROWER):
    return Payment(key=key, value_date=day, amount_minor=minor, source=source)


def back(day, minor, of="paid"):
    return Chargeback(key=f"back:{of}", value_date=day, of=of, amount_minor=minor)


def after(*events):
    return fold(LOAN, [drawdown(LOAN), *events])


def cash(state):
    return {h.party: h.cash_minor for h in state.holders if h.cash_minor}


def test_a_fee_is_due_on_its_day_to_whom_it_names():
    (fee,) = after(FEE).open
    day = FEE.value_date
    assert fee == Open(0, day, 0, 0, 0, 0, day, 150_00, "fee", "PRO-1")
    assert fee.unpaid_minor == 150_00
    assert not fee.is_called


def test_an_instalment_is_due_again_from_the_day_of_the_chargeback():
    day = date(2024, 3, 15)
    state = after(paid(FIRST, 112_00), back(day, 112_00))
    assert state.open == [Open(0, day, 12_00, 100_00, 0, 0, day, cause="back:paid")]
    assert cash(state) == {}
    assert state.charged_back_minor == state.received_minor == 112_00
    assert state.owed_minor == 1_200_00
    assert state.recovered_minor == 0
    # Late interest runs anew: 15 to 30 March is 15 of 360 days of 12 % on 100.00.
    later, _ = advance(LOAN, state, date(2024, 3, 30))
    assert later.open[0].penalty_minor == 50


def test_late_interest_paid_comes_back_as_it_was():
    # 60 days of 12 % on 100.00 are 2.00: the first instalment costs 114.00 then.
    day = date(2024, 4, 29)
    state = after(paid(day, 114_00), back(day, 114_00))
    again = state.open[-1]
    assert (again.interest_minor, again.principal_minor) == (12_00, 100_00)
    assert (again.late_micro, again.late_paid_minor) == (2_00_000_000, 0)
    assert again.penalty_minor == 2_00


def test_a_fee_comes_back_under_a_key_of_its_own():
    day = date(2024, 2, 25)
    state = after(FEE, paid(date(2024, 2, 20), 200_00), back(day, 200_00))
    assert state.open == [
        Open(0, day, 0, 0, 0, 0, day, 150_00, "back:paid:fee", "PRO-1"),
    ]
    assert cash(state) == {}
    assert (state.ahead_interest_minor, state.ahead_principal_minor) == (0, 0)
    due = next(coming_dues(LOAN, state))
    assert (due.interest_minor, due.principal_minor) == (12_00, 100_00)


def test_what_another_payment_paid_ahead_stays_paid():
    events = (paid(date(2024, 2, 10), 20_00), paid(date(2024, 2, 11), 30_00, "other"))
    state = after(*events, back(date(2024, 2, 12), 20_00))
    assert (state.ahead_interest_minor, state.ahead_principal_minor) == (0, 30_00)
    state = after(*events, back(date(2024, 2, 12), 30_00, "other"))
    assert (state.ahead_interest_minor, state.ahead_principal_minor) == (12_00, 8_00)
    assert state.open == []


def test_what_was_paid_ahead_of_a_day_that_came_is_due_at_once():
    day = date(2024, 3, 5)
    state = after(paid(date(2024, 2, 10), 112_00), back(day, 112_00))
    assert state.open == [Open(0, day, 12_00, 100_00, 0, 0, day, cause="back:paid")]
    assert (state.ahead_interest_minor, state.ahead_principal_minor) == (0, 0)


def test_a_prepayment_comes_back_at_the_end_of_the_term():
    early = paid(FIRST, 312_00, source=Source.PREPAYMENT)
    assert after(early).bearing_minor == 900_00
    state = after(early, back(FIRST, 312_00))
    assert state.bearing_minor == 1_100_00
    rest = [due.principal_minor for due in coming_dues(LOAN, state)]
    assert rest == [*[100_00] * 8, 300_00]
    assert state.open[0].unpaid_minor == 112_00


def test_chargebacks_add_up():
    state = after(
        paid(FIRST, 112_00),
        paid(date(2024, 3, 1), 30_00, "other"),
        back(date(2024, 3, 2), 112_00),
        back(date(2024, 3, 3), 30_00, "other"),
    )
    assert state.charged_back_minor == 142_00
    assert cash(state) == {}


def test_a_settled_agreement_runs_again_and_all_of_it_is_due():
    day = date(2024, 2, 12)
    settled = (paid(date(2024, 2, 10), 1_300_00),)
    assert after(*settled).status is Status.REPAID
    state = after(*settled, back(day, 1_300_00))
    assert (state.status, state.closed_date) == (Status.ACTIVE, None)
    assert state.unapplied_minor == 0
    # Ten of 29 days of the first period's 12.00.
    assert state.open == [Open(0, day, 4_14, 1_200_00, 0, 0, day, cause="back:paid")]


def test_a_defaulted_agreement_that_was_repaid_is_in_default_again():
    day = date(2024, 2, 20)
    events = (DEFAULT, paid(date(2024, 2, 15), 1_300_00))
    assert after(*events).status is Status.REPAID
    assert after(*events).recovered_minor == 1_204_14
    state = after(*events, back(day, 1_300_00))
    assert (state.status, state.closed_date) == (Status.DEFAULTED, None)
    assert (state.recovered_minor, state.unapplied_minor) == (0, 0)
    assert state.clear_date is None
    assert state.overdue_minor == 1_204_14


def test_a_recovery_taken_back_is_no_recovery():
    events = (
        DEFAULT,
        paid(date(2024, 2, 15), 300_00),
        paid(date(2024, 2, 16), 200_00, "other"),
    )
    state = after(*events)
    assert (state.recovered_minor, state.clear_date) == (500_00, DEFAULT.value_date)
    state = after(*events, back(date(2024, 2, 20), 300_00))
    assert (state.recovered_minor, state.clear_date) == (200_00, None)
    assert state.overdue_minor == 1_204_14 - 200_00


@pytest.mark.parametrize("of", ["", "paid"])
def test_money_sent_back_is_counted_by_why_it_went(of):
    refunds = [
        Refund(key=f"r:{n}", value_date=FIRST, amount_minor=minor, of=of)
        for n, minor in enumerate((3, 4))
    ]
    state = after(*refunds)
    expected = (0, 7) if of else (7, 0)
    assert (state.refunded_minor, state.returned_minor) == expected
