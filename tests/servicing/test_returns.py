"""Payments out that come back after they were settled."""

from __future__ import annotations

import pytest

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.servicing import models, queries, services
from longtail.servicing.rules import Status
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db
CLOSED = "AC04 Closed account number"


def come_back(code, when, **more):
    bank.return_payment(end_to_end_id=code, reason=CLOSED, at=when, **more)
    world.courier.exchange(at=when)


def sound(day):
    made = reconcile.reconcile(on=day, currency="USD", at=at(day, hour=23))
    assert made.is_balanced
    assert ledger.is_sound() == queries.refolded_differences() == []


def test_a_drawdown_that_came_back_never_was_and_is_paid_once_more():
    agreement = world.drawn()
    first = world.instruction_of(agreement)
    day = world.START + days(4)
    come_back(first.code, at(day))
    assert services.take_returns(at=at(day)) == 1
    assert services.take_returns(at=at(day)) == 0
    row = world.snapshot(agreement)
    assert (row.status, row.outstanding_minor) == (Status.PENDING, 0)
    agreement.demand.refresh_from_db()
    assert agreement.demand.state == "funded"
    sound(day)
    again = services.prepare_drawdown(agreement_code=agreement.code, by="maker", at=at(day))
    assert (again.code != first.code, again.amount_minor) == (True, first.amount_minor)
    world.desk.release_payment(code=again.code, by="checker", at=at(day))
    later = day + days(1)
    world.courier.exchange(at=at(later))
    assert services.confirm_drawdowns(at=at(later)) == 1
    row = world.snapshot(agreement)
    # Interest runs from the day on which the money stayed.
    assert (row.status, row.drawn_date) == (Status.ACTIVE, later)
    assert row.outstanding_minor == first.amount_minor
    agreement.demand.refresh_from_db()
    assert agreement.demand.state == "active"
    sound(later)


def test_a_drawdown_that_came_back_before_anybody_looked_can_be_prepared_again():
    agreement = world.funded()
    day = world.START
    made = services.prepare_drawdown(agreement_code=agreement.code, by="maker", at=at(day))
    world.desk.release_payment(code=made.code, by="checker", at=at(day))
    world.courier.exchange(at=at(day))
    come_back(made.code, at(day))
    assert services.confirm_drawdowns(at=at(day)) == 0
    again = services.prepare_drawdown(agreement_code=agreement.code, by="maker", at=at(day))
    assert again.code != made.code


@pytest.mark.parametrize("kept", [0, 34])
@pytest.mark.parametrize("is_seen_settled", [True, False])
def test_a_refund_that_came_back_is_refundable_again(kept, is_seen_settled):
    agreement = world.drawn(n_periods=1)
    due = world.snapshot(agreement)
    total = due.due_interest_minor + due.due_principal_minor
    world.pay(agreement, total + 12_34, due.next_due_date)
    day = due.next_due_date
    made = services.refund_unapplied(agreement_code=agreement.code, by="maker", at=at(day))
    world.desk.release_payment(code=made.code, by="checker", at=at(day))
    world.courier.exchange(at=at(day))
    if is_seen_settled:
        assert services.confirm_refunds(at=at(day)) == 1
        assert world.snapshot(agreement).refundable_minor == 0
    come_back(made.code, at(day), less=kept)
    services.confirm_refunds(at=at(day))
    assert services.take_returns(at=at(day)) == (1 if is_seen_settled else 0)
    row = world.snapshot(agreement)
    assert (row.refundable_minor, row.refund_minor) == (12_34 - kept, 0)
    again = services.refund_unapplied(agreement_code=agreement.code, by="maker", at=at(day))
    assert (again.code != made.code, again.amount_minor) == (True, 12_34 - kept)
    assert models.Refund.objects.filter(state="failed").count() == 1
    sound(day)
