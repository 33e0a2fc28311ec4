from __future__ import annotations

from datetime import date

import pytest

from longtail.deals import models as deals
from longtail.ledger.custodian import queries as custodian
from longtail.notices import queries as notices
from longtail.servicing import eod, models, queries, services
from longtail.servicing.rules import Bucket, Status
from longtail.terms.resolve import thaw
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db


def end(day):
    return eod.end_of_day(to=day, at=at(day, 0))


def first_due(agreement):
    return thaw(agreement.terms).instalments[0].due_date


def test_the_business_date_moves_once_and_only_forward():
    assert queries.processing_date() is None
    assert end(date(2024, 1, 2)).touched["date-moved"] == 1
    assert end(date(2024, 1, 2)).touched == {}
    assert queries.processing_date() == date(2024, 1, 2)
    assert end(date(2024, 1, 5)).touched["date-moved"] == 1
    with pytest.raises(eod.DateClosed):
        end(date(2024, 1, 4))
    assert queries.processing_date() == date(2024, 1, 5)
    assert models.ProcessingDate.objects.count() == 1


def test_arrears_age_and_default_on_the_ninety_first_day_and_call_the_guarantor():
    guarantor = world.with_wallet("guarantor", 1)
    agreement = world.drawn(cover_bps=5000, guarantor=guarantor)
    due = first_due(agreement)
    assert end(due).touched["arrears-aged"] == 0
    expected = {
        1: Bucket.DAYS_1_30,
        30: Bucket.DAYS_1_30,
        31: Bucket.DAYS_31_60,
        61: Bucket.DAYS_61_90,
        90: Bucket.DAYS_61_90,
    }
    for n, bucket in expected.items():
        end(due + days(n))
        assert world.snapshot(agreement).bucket == bucket
        assert world.snapshot(agreement).status == Status.ACTIVE
    assert not queries.state(agreement.code).is_non_performing
    done = end(due + days(91)).touched
    assert (done["defaults"], done["guarantees-called"]) == (1, 1)
    row = world.snapshot(agreement)
    assert (row.status, row.bucket) == (Status.DEFAULTED, Bucket.OVER_90)
    assert row.defaulted_date == due + days(91)
    assert deals.Demand.objects.get(pk=agreement.demand_id).state == "defaulted"
    assert queries.call_of(agreement.code).noticed_by == "system"
    standing = queries.state(agreement.code)
    assert standing.non_performing[0].startswith("its default was declared on")
    assert "instalment 1" in standing.non_performing[1]
    subjects = [n.subject for n in notices.recent([agreement.enterprise.code])]
    assert subjects[0] == "Your financing is in default"
    assert "An instalment is 1 day overdue" in subjects
    assert notices.unread_count([guarantor.code]) == 1


def test_catching_up_gives_what_day_by_day_gives():
    one, two = world.drawn(), world.drawn()
    due = first_due(one)
    for n in range(0, 120, 7):
        end(due + days(n))
    daily = world.snapshot(one)
    assert daily.defaulted_date == due + days(91)
    assert world.snapshot(two).state["open"] == daily.state["open"]
    models.EndOfDayStep.objects.all().delete()
    models.ProcessingDate.objects.all().delete()
    late = world.drawn()
    end(due + days(119))
    caught_up = world.snapshot(late)
    assert caught_up.defaulted_date == daily.defaulted_date
    assert caught_up.state["open"] == daily.state["open"]
    assert caught_up.bucket == daily.bucket


def test_immaterial_arrears_never_default():
    agreement = world.drawn()
    instalment = thaw(agreement.terms).instalments[0]
    world.pay(agreement, instalment.total_minor - 1, instalment.due_date)
    for later in thaw(agreement.terms).instalments[1:]:
        world.pay(agreement, later.total_minor, later.due_date)
    assert end(instalment.due_date + days(200)).touched["defaults"] == 0
    assert world.snapshot(agreement).status == Status.ACTIVE


def test_every_end_of_day_reconciles_without_a_break():
    agreement = world.drawn()
    instalment = thaw(agreement.terms).instalments[0]
    end(world.START + days(1))
    world.pay(agreement, instalment.total_minor, instalment.due_date)
    end(instalment.due_date + days(1))
    (latest,) = custodian.latest_reconciliations()
    assert latest.on_date == instalment.due_date
    assert latest.is_balanced
    assert latest.break_count == 0


def test_paid_up_agreements_leave_their_bucket():
    agreement = world.drawn()
    instalment = thaw(agreement.terms).instalments[0]
    end(instalment.due_date + days(5))
    assert world.snapshot(agreement).bucket == Bucket.DAYS_1_30
    owed = queries.state(agreement.code).overdue_minor
    world.pay(agreement, owed, instalment.due_date + days(5))
    end(instalment.due_date + days(6))
    assert world.snapshot(agreement).bucket == Bucket.CURRENT
    moves = queries.bucket_moves(instalment.due_date, instalment.due_date + days(6))
    assert moves == {
        (Bucket.CURRENT, Bucket.DAYS_1_30): 1,
        (Bucket.DAYS_1_30, Bucket.CURRENT): 1,
    }
    assert services.take_receipts(at=at(instalment.due_date + days(6))) == 0
