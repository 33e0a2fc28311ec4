"""Losses, claims taken over and cures, told by hand; pure.

One loan of 1,200.00 at 12 % (30E/360), paid out on 31 January 2024, twelve months, 100.00
of principal each, held by A with two parts in three and B with one: 800.00 and 400.00.
"""

from __future__ import annotations

from datetime import date

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.dues import advance, coming_dues
from longtail.servicing.events import (
    Chargeback,
    Cured,
    DefaultDeclared,
    FeeCharged,
    GuaranteePayment,
    PartialWriteOff,
    Payment,
    PaymentHoliday,
    ReAged,
    Restructured,
    Treatment,
    WriteOff,
)
from longtail.servicing.rules import Status
from longtail.servicing.state import Holder, Open
from longtail.servicing.step import fold, steps
from tests.servicing.scenarios import drawdown, terms

LOAN = terms(amortization=Amortization.LINEAR)
A, B = "FND-0", "FND-1"
FIRST, MARCH, APRIL = date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)
DEFAULT = DefaultDeclared(key="default", value_date=date(2024, 2, 10))


def story(*events):
    return [drawdown(LOAN, (2, 1)), *events]


def after(*events):
    return fold(LOAN, story(*events))


def held(state, name):
    return {h.party: getattr(h, name) for h in state.holders}


def paid(day, minor, key="paid"):
    return Payment(key=key, value_date=day, amount_minor=minor)


def lost(day, minor):
    return PartialWriteOff(key=f"lost:{day}", value_date=day, amount_minor=minor)


def fee(day, minor, payee=""):
    return FeeCharged(
        key=f"fee:{day}", value_date=day, amount_minor=minor, name="visit", payee=payee
    )


def restructured(day, **forgiven):
    none = {"principal_minor": 0, "interest_minor": 0, "penalty_minor": 0}
    return Restructured(
        key=f"new:{day}",
        value_date=day,
        rate_bps=1200,
        n_periods=6,
        first_due_date=date(2024, 12, 1),
        amortization=Amortization.LINEAR,
        treatment=Treatment.DEFERRED,
        **none | forgiven,
    )


def test_losses_add_up_and_are_booked_by_what_is_still_on_the_books():
    state = after(lost(date(2024, 2, 10), 300_00), lost(date(2024, 2, 11), 300_00))
    assert held(state, "lost_minor") == {A: 400_00, B: 200_00}
    assert state.charged_off_minor == 600_00
    assert state.outstanding_minor == 600_00
    assert state.owed_minor == 1_200_00
    state = after(lost(date(2024, 2, 10), 300_00), lost(date(2024, 2, 11), 5_000_00))
    assert held(state, "lost_minor") == {A: 800_00, B: 400_00}
    assert state.charged_off_minor == 1_200_00


def test_what_is_forgiven_takes_lost_parts_first():
    state = after(
        lost(date(2024, 2, 10), 300_00),
        restructured(date(2024, 2, 11), principal_minor=600_00),
    )
    assert held(state, "forgiven_minor") == {A: 400_00, B: 200_00}
    assert held(state, "lost_minor") == {A: 0, B: 0}
    assert held(state, "position_minor") == {A: 400_00, B: 200_00}
    # 300.00 were charged off before, and 300.00 more are now.
    assert state.charged_off_minor == 600_00
    again = after(
        restructured(date(2024, 2, 10), principal_minor=600_00),
        restructured(date(2024, 2, 11), principal_minor=300_00),
    )
    assert held(again, "forgiven_minor") == {A: 600_00, B: 300_00}
    assert again.charged_off_minor == 900_00
    assert again.is_reforborne


def test_a_recovery_taken_back_after_a_write_off_is_lost_again():
    written = WriteOff(key="w", value_date=date(2024, 3, 1))
    events = (DEFAULT, written, paid(date(2024, 3, 2), 600_00))
    state = after(*events)
    assert held(state, "lost_minor") == {A: 400_00, B: 200_00}
    back = Chargeback(
        key="back", value_date=date(2024, 3, 3), of="paid", amount_minor=600_00
    )
    state = after(*events, back)
    assert held(state, "position_minor") == {A: 800_00, B: 400_00}
    assert held(state, "lost_minor") == {A: 800_00, B: 400_00}
    assert state.outstanding_minor == 0


def test_fees_of_the_holders_add_up_and_each_is_told_once():
    history = story(
        fee(date(2024, 2, 1), 30_00),
        paid(date(2024, 2, 2), 30_00),
        fee(date(2024, 2, 3), 60_00),
        paid(date(2024, 2, 4), 60_00, "more"),
    )
    *_, last = steps(LOAN, history)
    assert held(last.after, "fee_minor") == {A: 60_00, B: 30_00}
    assert [(e.party, e.fee_minor, e.cash_minor) for e in last.entries] == [
        (A, 40_00, 40_00),
        (B, 20_00, 20_00),
    ]


def test_a_payee_of_a_fee_holds_nothing_else():
    history = story(fee(date(2024, 2, 1), 30_00, "PRO-1"), paid(date(2024, 2, 2), 30_00))
    *_, last = steps(LOAN, history)
    assert [(e.party, e.fee_minor, e.principal_minor) for e in last.entries] == [
        ("PRO-1", 30_00, 0)
    ]
    assert last.after.holders[-1] == Holder("PRO-1", 0, 0, fee_minor=30_00)


def test_guarantee_payments_add_up_and_each_takes_over_its_part():
    def call(day, minor):
        return GuaranteePayment(
            key=f"g:{day}", value_date=day, amount_minor=minor, guarantor="GUA-1"
        )

    half = after(DEFAULT, call(date(2024, 2, 11), 602_07))
    assert half.guarantee_minor == 602_07
    assert held(half, "position_minor") == {A: 400_00, B: 200_00, "GUA-1": 600_00}
    assert held(half, "interest_minor") == {A: 1_38, B: 69, "GUA-1": -2_07}
    units = held(half, "units")
    assert units["GUA-1"] == units[A] + units[B] == 3 * units[B]
    whole = after(DEFAULT, call(date(2024, 2, 11), 602_07), call(date(2024, 2, 12), 900_00))
    assert whole.guarantee_minor == 602_07 + 602_07
    assert held(whole, "position_minor") == {A: 0, B: 0, "GUA-1": 1_200_00}


def test_capitalised_interest_is_owed_to_the_holders():
    aged = ReAged(
        key="aged", value_date=MARCH, treatment=Treatment.CAPITALISED, cause="Flood."
    )
    state = after(aged)
    # 12.00 and 11.00 of interest, and 31/360 of 12.00 late interest on the first 100.00.
    assert state.owed_minor == 1_200_00 + 23_00 + 1_03
    assert held(state, "position_minor") == {A: 816_02, B: 408_01}
    assert state.open == []
    assert sum(d.principal_minor for d in coming_dues(LOAN, state)) == 1_224_03


def test_deferred_interest_falls_due_with_the_last_instalment():
    aged = ReAged(key="aged", value_date=MARCH, treatment=Treatment.DEFERRED, cause="F.")
    state = after(aged)
    *_, last = coming_dues(LOAN, state)
    # The overdue 200.00 joined the last 100.00, which bear 3.00 in their last month.
    assert (last.principal_minor, last.interest_minor) == (300_00, 3_00 + 24_03)
    assert [(o.interest_minor, o.penalty_minor) for o in state.deferred] == [(23_00, 1_03)]


@pytest.mark.parametrize("paid_minor", [0, 150_00])
def test_a_cure_puts_the_schedule_back(paid_minor):
    day = date(2024, 4, 1)
    events = [DEFAULT]
    if paid_minor:
        events.append(paid(date(2024, 2, 20), paid_minor))
    state = after(*events, Cured(key="cure", value_date=day))
    assert (state.status, state.defaulted_date, state.called_minor) == (
        Status.ACTIVE,
        None,
        0,
    )
    assert state.cured_date == day
    assert (state.is_broken, state.period_start, state.interest_to) == (True, day, day)
    principal = paid_minor - 4_14 if paid_minor else 0
    left = [
        Open(1, FIRST, 0, max(100_00 - principal, 0), 0, 0, day),
        Open(2, MARCH, 0, min(200_00 - principal, 100_00), 0, 0, day),
    ]
    assert state.open == [o for o in left if o.principal_minor]
    assert state.bearing_minor == 1_000_00
    assert next(coming_dues(LOAN, state)).due_date == APRIL
    # Interest earned up to the default is due with the first instalment, if not paid.
    first = next(coming_dues(LOAN, state))
    assert first.interest_minor == (0 if paid_minor else 4_14) + 9_67
    # Late interest runs anew from the cure.
    later, _ = advance(LOAN, state, date(2024, 4, 16))
    assert {o.accrued_to for o in later.open} == {date(2024, 4, 16)}


def test_a_cure_after_the_term_makes_all_of_it_due():
    day = date(2025, 3, 1)
    state = after(DEFAULT, Cured(key="cure", value_date=day))
    assert [o.number for o in state.open] == [*range(1, 13), 0]
    assert state.open[-1] == Open(0, day, 4_14, 0, 0, 0, day, cause="cure")
    assert state.bearing_minor == 0
    assert state.owed_minor == 1_200_00


def test_a_holiday_moves_the_rest_and_keeps_the_interest():
    skip = PaymentHoliday(
        key="skip",
        value_date=date(2024, 2, 10),
        n_instalments=2,
        treatment=Treatment.DEFERRED,
    )
    state = after(skip)
    assert state.skips == 2
    rest = list(coming_dues(LOAN, state))
    assert rest[0].due_date == APRIL
    assert rest[-1].due_date == date(2025, 3, 31)
    assert sum(d.principal_minor for d in rest) == 1_200_00
    assert not state.forborne_date
