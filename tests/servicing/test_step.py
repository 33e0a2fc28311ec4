from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing import claims
from longtail.servicing.codec import decode, encode
from longtail.servicing.dues import advance, coming_dues, days_past_due, unpaid_from
from longtail.servicing.events import (
    DefaultDeclared,
    GuaranteePayment,
    Payment,
    Reversal,
    WriteOff,
)
from longtail.servicing.rules import Bucket, Status, bucket_of, is_material
from longtail.servicing.state import State
from longtail.servicing.step import absorb, fold, in_order, step, steps
from tests.servicing.scenarios import any_terms, drawdown, histories, on_schedule, terms


def pay(key, day, amount):
    return Payment(key=key, value_date=day, amount_minor=amount)


@settings(max_examples=150, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_state_of_the_in_order_history(drawn, random):
    resolved, events = drawn
    random.shuffle(events)
    state, seen = State(), []
    for event in events:
        state = absorb(resolved, state, event, lambda: list(seen))
        seen.append(event)
        assert state == fold(resolved, seen)
    assert decode(json.loads(json.dumps(encode(state)))) == state


@settings(max_examples=300, deadline=None)
@given(histories())
def test_every_cent_received_is_distributed_or_goes_back(drawn):
    resolved, events = drawn
    state = State()
    for done in steps(resolved, events):
        before, state = done.before, done.after
        assert sum(e.cash_minor for e in done.entries) == sum(
            h.cash_minor for h in state.holders
        ) - sum(h.cash_minor for h in before.holders)
        assert state.received_minor == (
            sum(h.cash_minor for h in state.holders)
            + state.unapplied_minor
            + state.reversed_minor
            + state.charged_back_minor
        )
        assert sum(h.position_minor for h in state.holders) == state.owed_minor
        assert state.owed_minor >= state.outstanding_minor >= 0
        if state.plan is not None:
            assert (
                sum(i.principal_minor for i in state.plan[state.next_index :])
                == (state.scheduled_minor)
                or not state.bearing_minor
            )
        assert none_negative(state)
    assert state == fold(resolved, events)


def none_negative(state):
    """Say whether no amount of a state is below zero; a guarantor's have paid in."""
    amounts = [getattr(state, f.name) for f in fields(state) if f.name.endswith("_minor")]
    for unpaid in [*state.open, *state.deferred]:
        assert unpaid.unpaid_minor > 0
        amounts += [unpaid.interest_minor, unpaid.principal_minor, unpaid.penalty_minor]
    for holder in state.holders:
        assert 0 <= holder.lost_minor <= holder.position_minor
        amounts.append(holder.forgiven_minor)
    return min(amounts) >= 0


@settings(max_examples=100, deadline=None)
@given(any_terms())
def test_payments_on_schedule_give_exactly_the_resolved_schedule(resolved):
    state, _, _ = step(resolved, State(), drawdown(resolved))
    for instalment, payment in zip(
        resolved.instalments, on_schedule(resolved), strict=True
    ):
        if not payment.amount_minor:
            continue
        state, dues, entries = step(resolved, state, payment)
        assert (dues[-1].principal_minor, dues[-1].interest_minor) == (
            instalment.principal_minor,
            instalment.interest_minor,
        )
        assert sum(e.principal_minor for e in entries) == instalment.principal_minor
        assert sum(e.interest_minor for e in entries) == instalment.interest_minor
        assert sum(e.penalty_minor for e in entries) == 0
    assert state.status is Status.REPAID
    assert state.unapplied_minor == state.owed_minor == 0
    assert state.closed_date == max(
        p.value_date for p in on_schedule(resolved) if p.amount_minor
    )


@settings(max_examples=80, deadline=None)
@given(histories(), st.lists(st.integers(0, 400), max_size=6))
def test_looking_at_a_state_changes_no_cent(drawn, days):
    resolved, events = drawn
    state = fold(resolved, events)
    start = state.place[0]
    end = start + timedelta(days=400)
    looked = state
    for offset in sorted(days):
        # Looking is a copy; only an event may be kept.
        advance(resolved, looked, start + timedelta(days=offset))
    assert advance(resolved, looked, end) == advance(resolved, state, end)


@settings(max_examples=80, deadline=None)
@given(any_terms(), st.integers(0, 250), st.integers(2, 10**7), st.integers(1, 10**7))
def test_two_payments_of_one_day_count_like_one(resolved, day, amount, part):
    on = resolved.drawdown_date + timedelta(days=day)
    first = min(part, amount - 1)
    start = drawdown(resolved, (1,))
    one = fold(resolved, [start, pay("a", on, amount)])
    two = fold(resolved, [start, pay("a", on, first), pay("b", on, amount - first)])
    # Interest paid ahead of its date is not given back, so only the last cents differ.
    if resolved.instalments[-1].due_date <= on or one.status is two.status is Status.ACTIVE:
        assert abs(one.owed_minor - two.owed_minor) <= 1
        assert one.overdue_minor == two.overdue_minor


def test_late_interest_runs_on_overdue_principal_only_and_by_days():
    resolved = terms(amortization=Amortization.LINEAR)
    first = resolved.instalments[0]
    state = fold(resolved, [drawdown(resolved)])
    on_time, _ = advance(resolved, state, first.due_date)
    assert on_time.open[0].penalty_minor == 0
    late, _ = advance(resolved, state, first.due_date + timedelta(days=30))
    # 29 February to 30 March 2024 is 31 days in 30E/360; 100.00 at 12 % for 31/360 year.
    assert late.open[0].penalty_minor == 103
    assert late.overdue_minor == 100_00 + 12_00 + 103


def test_paying_a_cent_a_day_does_not_escape_late_interest():
    resolved = terms(principal=10_00, n_periods=1)
    due = resolved.instalments[0].due_date
    daily = [pay(f"p{n}", due + timedelta(days=n), 1) for n in range(1, 61)]
    state = fold(resolved, [drawdown(resolved), *daily])
    lump = fold(resolved, [drawdown(resolved), pay("p", due + timedelta(days=60), 60)])
    assert sum(h.penalty_minor for h in state.holders) >= 15
    assert abs(state.owed_minor - lump.owed_minor) <= 1


def test_the_oldest_instalment_is_paid_first_and_days_past_due_follow():
    resolved = terms()
    a, b, c = resolved.instalments[:3]
    events = [drawdown(resolved), pay("p", c.due_date, a.total_minor + 5_00)]
    state = fold(resolved, events)
    assert [o.number for o in state.open] == [2, 3]
    assert unpaid_from(resolved, state) == b.due_date
    assert days_past_due(resolved, state, c.due_date) == (c.due_date - b.due_date).days


def test_early_money_pays_the_coming_instalment_and_then_the_last_principal():
    resolved = terms(amortization=Amortization.LINEAR)
    first, second = resolved.instalments[:2]
    before_due = first.due_date - timedelta(days=10)
    state = fold(resolved, [drawdown(resolved), pay("p", before_due, 512_00)])
    assert state.status is Status.ACTIVE
    assert state.ahead_interest_minor == first.interest_minor == 12_00
    assert state.ahead_principal_minor == first.principal_minor == 100_00
    assert state.owed_minor == 700_00
    assert unpaid_from(resolved, state) == second.due_date
    rest = list(coming_dues(resolved, state))
    assert [d.principal_minor for d in rest] == [100_00] * 8
    assert [d.interest_minor for d in rest] == [
        12_00,
        7_00,
        6_00,
        5_00,
        4_00,
        3_00,
        2_00,
        1_00,
    ]


def test_paying_everything_early_costs_only_the_interest_earned():
    resolved = terms(amortization=Amortization.BULLET)
    halfway = resolved.drawdown_date + timedelta(days=183)
    state = fold(resolved, [drawdown(resolved), pay("p", halfway, 1_300_00)])
    assert state.status is Status.REPAID
    interest = sum(h.interest_minor for h in state.holders)
    assert interest == 72_00
    assert state.unapplied_minor == 1_300_00 - 1_200_00 - interest
    assert state.refundable_minor == state.unapplied_minor


def test_part_of_a_bullet_paid_early_saves_its_interest():
    resolved = terms(amortization=Amortization.BULLET)
    halfway = resolved.drawdown_date + timedelta(days=183)
    state = fold(resolved, [drawdown(resolved), pay("p", halfway, 672_00)])
    assert state.owed_minor == 600_00
    (due,) = coming_dues(resolved, state)
    assert due.interest_minor == 72_00 + 36_00


def test_default_makes_everything_due_and_stops_interest():
    resolved = terms()
    day = resolved.instalments[3].due_date + timedelta(days=5)
    history = [drawdown(resolved), DefaultDeclared(key="d", value_date=day)]
    state = fold(resolved, history)
    assert state.status is Status.DEFAULTED
    assert [o.number for o in state.open] == [1, 2, 3, 4, 0]
    assert state.owed_minor == 1_200_00
    later, _ = advance(resolved, state, day + timedelta(days=900))
    assert later.claim_minor == state.claim_minor


def test_a_payment_on_the_day_of_default_counts_before_it():
    resolved = terms()
    day = resolved.instalments[3].due_date
    a, b = pay("z", day, 5_00), DefaultDeclared(key="a", value_date=day)
    assert [type(e) for e in in_order([b, a])] == [Payment, DefaultDeclared]
    state = fold(resolved, [drawdown(resolved), b, a])
    assert state.recovered_minor == 0


def test_a_guarantor_is_subrogated_to_exactly_what_it_paid_for():
    resolved = terms(cover_bps=7500)
    day = resolved.instalments[3].due_date
    defaulted = fold(
        resolved, [drawdown(resolved), DefaultDeclared(key="d", value_date=day)]
    )
    owed = claims.guarantee_due_minor(defaulted, 7500)
    payment = GuaranteePayment(
        key="g", value_date=day, amount_minor=owed, guarantor="GUA-1"
    )
    state, _, entries = step(resolved, defaulted, payment)
    assert sum(e.cash_minor for e in entries) == 0
    guarantor = state.holders[-1]
    assert guarantor.cash_minor == -owed
    assert guarantor.position_minor == 900_00
    assert state.claim_minor == defaulted.claim_minor
    state, _, entries = step(resolved, state, pay("r", day + timedelta(days=9), 400_00))
    shares = {e.party: e.cash_minor for e in entries}
    assert shares["GUA-1"] == 300_00
    assert sum(shares.values()) == 400_00


def test_a_loss_is_booked_by_position_and_a_recovery_takes_it_back():
    resolved = terms(n_periods=1)
    day = resolved.instalments[0].due_date + timedelta(days=91)
    defaulted = fold(
        resolved, [drawdown(resolved), DefaultDeclared(key="d", value_date=day)]
    )
    written, _, losses = step(resolved, defaulted, WriteOff(key="w", value_date=day))
    assert sum(e.loss_minor for e in losses) == written.charged_off_minor == 1_200_00
    assert written.outstanding_minor == 0
    assert written.owed_minor == 1_200_00
    state, _, back = step(resolved, written, pay("r", day + timedelta(days=9), 1_000_00))
    assert sum(e.cash_minor for e in back) == 1_000_00
    assert sum(e.loss_minor for e in back) == -sum(e.principal_minor for e in back)
    assert state.recovered_minor == 1_000_00
    assert state.status is Status.WRITTEN_OFF


def test_a_reversed_payment_never_counted_and_is_to_be_returned():
    resolved = terms()
    first = resolved.instalments[0]
    payment = pay("p", first.due_date, first.total_minor)
    reversal = Reversal(
        key="r", value_date=date(2024, 5, 1), of="p", amount_minor=payment.amount_minor
    )
    state = fold(resolved, [drawdown(resolved), payment, reversal])
    never = fold(resolved, [drawdown(resolved)])
    assert state.reversed_minor == payment.amount_minor
    same, _ = advance(resolved, never, date(2024, 5, 1))
    assert state.open == same.open
    assert state.holders == never.holders


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, Bucket.CURRENT),
        (1, Bucket.DAYS_1_30),
        (30, Bucket.DAYS_1_30),
        (31, Bucket.DAYS_31_60),
        (60, Bucket.DAYS_31_60),
        (61, Bucket.DAYS_61_90),
        (90, Bucket.DAYS_61_90),
        (91, Bucket.OVER_90),
        (4000, Bucket.OVER_90),
    ],
)
def test_buckets(days, bucket):
    assert bucket_of(days) is bucket


def test_small_arrears_are_immaterial():
    assert not is_material(100_00, outstanding_minor=1_000_00, currency="USD")
    assert is_material(100_01, outstanding_minor=1_000_00, currency="USD")
    assert not is_material(100_01, outstanding_minor=10_001_00, currency="USD")
    assert is_material(101, outstanding_minor=1_000, currency="JPY")
