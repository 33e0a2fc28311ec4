from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing import queries, services
from longtail.servicing.dues import advance
from longtail.servicing.events import Payment
from longtail.servicing.queries.rows import RowKind
from longtail.servicing.queries.tracing import trace
from longtail.servicing.rules import Status
from longtail.servicing.state import State
from longtail.servicing.step import fold
from tests.servicing import world
from tests.servicing.scenarios import drawdown, histories, on_schedule, terms
from tests.servicing.world import at, days


@settings(max_examples=120, deadline=None)
@given(histories())
def test_what_the_rows_say_was_paid_is_what_was_paid(drawn):
    resolved, events = drawn
    state = fold(resolved, events)
    traced = trace(resolved, events, on=state.place[0] + timedelta(days=30))
    assert sum(row.paid_minor for row in traced.rows) == (
        state.received_minor
        - state.unapplied_minor
        - state.reversed_minor
        - state.charged_back_minor
    )
    if state.drawn_date:
        paid = [r for r in traced.rows if not r.unpaid_minor]
        assert all(r.paid_date for r in paid if r.total_minor)
        paid = sum(h.principal_minor for h in state.holders)
        now, _ = advance(resolved, state, state.place[0] + timedelta(days=30))
        if not now.skips:
            assert sum(r.principal_minor for r in traced.rows) == paid + now.owed_minor
    rows = [r for r in traced.rows if r.kind is not RowKind.TAKEN_BACK]
    assert all(0 <= row.unpaid_minor <= row.total_minor for row in rows)


def test_an_agreement_on_schedule_shows_paid_rows_and_what_is_to_come():
    resolved = terms()
    events = [drawdown(resolved), *on_schedule(resolved)[:3]]
    day = resolved.instalments[3].due_date
    rows = trace(resolved, events, on=day).rows
    assert [r.kind for r in rows] == [RowKind.PAID] * 3 + [RowKind.DUE] + [
        RowKind.COMING
    ] * 8
    assert [r.paid_date for r in rows[:3]] == [r.due_date for r in rows[:3]]
    late = trace(resolved, events, on=day + days(12)).rows
    assert (late[3].kind, late[3].days_late) == (RowKind.LATE, 12)
    assert late[3].late_minor > 0


def test_money_ahead_of_the_schedule_has_a_row_of_its_own():
    resolved = terms(amortization=Amortization.LINEAR)
    day = resolved.instalments[0].due_date - days(10)
    events = [drawdown(resolved), Payment(key="p", value_date=day, amount_minor=512_00)]
    rows = trace(resolved, events, on=day).rows
    assert rows[0].kind == RowKind.EARLY
    assert (rows[0].principal_minor, rows[0].interest_minor) == (400_00, 0)
    assert rows[1].kind == RowKind.PAID
    assert sum(r.principal_minor for r in rows) == 1_200_00


def test_the_state_before_drawdown_owes_nothing():
    assert State().status is Status.PENDING
    assert State().owed_minor == 0


@pytest.mark.django_db
def test_the_schedule_of_an_agreement_with_its_sums():
    agreement = world.funded()
    before = queries.schedule(agreement.code, on=world.START)
    assert before.total.principal_minor == 100_000
    assert {row.kind for row in before.rows} == {RowKind.COMING}
    world.draw_down(agreement)
    first = before.rows[0]
    world.pay(agreement, first.total_minor, first.due_date)
    after = queries.schedule(agreement.code, on=first.due_date)
    assert after.rows[0].kind == RowKind.PAID
    assert after.total.paid_minor == first.total_minor
    assert after.outstanding_minor == 100_000 - first.principal_minor
    assert [year.year for year in after.years] == [2024]
    assert after.years[0].total_minor == after.total.total_minor


@pytest.mark.django_db
def test_a_funder_sees_positions_flows_and_its_return():
    agreement = world.drawn()
    a, b = world.holders(agreement)
    rows = queries.schedule(agreement.code, on=world.START).rows
    (position,) = queries.portfolio(a, on=world.START)
    assert (position.funded_minor, position.outstanding_minor) == (60_000, 60_000)
    assert position.next_due.due_date == rows[0].due_date
    total = sum(row.total_minor for row in rows)
    assert abs(position.expected_minor - total * 6 // 10) <= len(rows)
    for row in rows:
        world.pay(agreement, row.total_minor, row.due_date)
    flows = queries.cash_flows(a)
    assert flows[0].amount_minor == -60_000
    assert sum(f.amount_minor for f in flows[1:]) == world.wallet(a)
    # Monthly instalments at 12 % a year: about (1 + 1 %)^12 - 1 a year.
    assert queries.xirr_of(a) == pytest.approx(0.1268, abs=0.004)
    assert queries.xirr_of("FND-NOBODY") is None
    (position,) = queries.portfolio(b)
    assert (position.outstanding_minor, position.status) == (0, Status.REPAID)
    assert position.paid_minor == world.wallet(b)


@pytest.mark.django_db
def test_the_book_adds_up():
    good, bad = world.drawn(), world.drawn()
    rows = queries.schedule(good.code, on=world.START).rows
    world.pay(good, rows[0].total_minor, rows[0].due_date)
    day = rows[0].due_date + days(40)
    late = queries.arrears(day)
    assert [r.agreement_code for r in late.rows] == [bad.code, good.code]
    assert late.rows[0].days_past_due == 40
    assert late.par_fraction("USD") == pytest.approx(100_000 / (200_000 - 16_255), abs=0.01)
    services.declare_default(agreement_code=bad.code, reason="Fire.", by="ann", at=at(day))
    services.write_off(
        agreement_code=bad.code, by="ann", seconded_by="bob", reason="Fire.", at=at(day)
    )
    (vintage,) = queries.vintages()
    assert (vintage.year, vintage.count, vintage.funded_minor) == (2024, 2, 200_000)
    assert vintage.charged_off_minor == 100_000
    assert vintage.charge_off_rate == 0.5
    (summary,) = queries.book_summary(day)
    assert summary.counts == {Status.ACTIVE: 1, Status.WRITTEN_OFF: 1}
    assert summary.outstanding_minor == vintage.outstanding_minor
    assert summary.received_minor == rows[0].total_minor


@pytest.mark.django_db
def test_money_in_a_full_book_counts_at_par_before_it_is_drawn_down():
    funder = world.with_wallet("funder", 200_000)
    world.drawn(parts=(100_000,), funders=[funder])
    world.funded(parts=(100_000,), funders=[funder])
    rate = queries.xirr_of(funder.code, on=world.START + days(20))
    assert rate == pytest.approx(0, abs=1e-9)
