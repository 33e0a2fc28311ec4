"""A run that is stopped anywhere, and gone on with, gives what one whole run gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from longtail.deals import models as deals
from longtail.notices import models as notices
from longtail.servicing import eod, models, queries
from longtail.servicing.eod import running
from longtail.terms.resolve import thaw
from tests.servicing import world
from tests.servicing.world import at, days

N_AGREEMENTS, BATCH = 5, 2


class PowerCut(BaseException):
    """Not an exception that anybody catches."""


@contextmanager
def undone():
    """Take back everything that is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def day():
    """Return a day that ages, defaults and calls: covered and uncovered, paid and not."""
    guarantor = world.with_wallet("guarantor", 1)
    made = [
        world.funded(cover_bps=5000 * (n % 2), guarantor=guarantor if n % 2 else None)
        for n in range(N_AGREEMENTS)
    ]
    world.draw_down(*made)
    first, *_, last = thaw(made[0].terms).instalments
    assert last.due_date > first.due_date + days(91)
    world.pay(made[0], first.total_minor, first.due_date)
    eod.end_of_day(to=first.due_date + days(1), at=at(first.due_date + days(1), 0))
    return first.due_date + days(91)


def run(day, **options):
    return eod.end_of_day(to=day, at=at(day, 0), batch=BATCH, **options)


def everything():
    """Return all that an end of day may change, but for the order of writing."""
    said = "agreement_id", "kind", "value_date", "reason", "by", "recorded_at"
    return (
        list(models.Snapshot.objects.order_by("agreement_id").values()),
        sorted(models.AgreementEvent.objects.values_list(*said)),
        sorted(models.BucketMove.objects.values_list("agreement_id", "date", "to_bucket")),
        sorted(models.GuaranteeCall.objects.values_list("agreement_id", "noticed_minor")),
        sorted(notices.Notice.objects.values_list("party", "subject", "body")),
        list(deals.Demand.objects.order_by("pk").values_list("pk", "state")),
        sorted(
            models.EndOfDayStep.objects.values_list(
                "date", "step", "touched_count", "done_count", "total_count", "done_at"
            )
        ),
        queries.processing_date(),
    )


def batches_of(day, *, works=False):
    """Return what one whole run leaves behind, and in how many batches (with work)."""
    seen = []
    with undone():
        run(day, watch=lambda place: seen.append(place))
        result = everything()
    if not works:
        return result, len(seen)
    # A step's last batch may find nothing left to do.
    counts = {place.step: place.done_count for place in seen}
    return result, sum(-(-n // BATCH) or step == "date-moved" for step, n in counts.items())


@pytest.mark.django_db
def test_a_run_stopped_between_any_two_batches_goes_on(day):
    whole, n_batches = batches_of(day)
    assert n_batches > len(running.OWN) + 3
    for stop in range(1, n_batches + 1):
        left = iter(range(stop - 1))

        def watch(_place, left=left):
            if next(left, None) is None:
                raise PowerCut

        with undone():
            with pytest.raises(PowerCut):
                run(day, watch=watch)
            run(day)
            assert everything() == whole
            assert run(day).touched == {}
            assert everything() == whole


@pytest.mark.django_db
def test_a_run_stopped_inside_any_batch_repeats_nothing_of_it(day, monkeypatch):
    whole, n_batches = batches_of(day, works=True)
    for stop in range(n_batches):
        begun = iter(range(stop))

        def cut(step, begun=begun):
            def work(ids, to, at):
                touched = step.work(ids, to, at)
                if next(begun, None) is None:
                    raise PowerCut
                return touched

            return running.Step(step.name, step.due, work, step.is_single)

        with undone():
            with monkeypatch.context() as patch:
                patch.setattr(running, "OWN", tuple(map(cut, running.OWN)))
                with pytest.raises(PowerCut):
                    run(day)
            assert queries.processing_date() != day
            run(day)
            assert everything() == whole


KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import date, datetime, UTC, time
from longtail.servicing import eod
from longtail.servicing.eod import running

def killing(step):
    def work(ids, to, at):
        touched = step.work(ids, to, at)
        os.kill(os.getpid(), signal.SIGKILL)
    return running.Step(step.name, step.due, work, step.is_single)

running.OWN = tuple(
    killing(step) if step.name == sys.argv[2] else step for step in running.OWN
)
to = date.fromisoformat(sys.argv[1])
eod.end_of_day(to=to, at=datetime.combine(to, time(0), UTC), batch=2)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_inside_a_batch_leaves_whole_batches_only(day):
    settings = connection.settings_dict
    address = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    source = str(Path(eod.__file__).parents[3])
    where = os.environ | {"LONGTAIL_DATABASE_URL": address, "PYTHONPATH": source}
    for step in ("arrears-aged", "defaults", "guarantees-called", "date-moved"):
        died = subprocess.run(
            [sys.executable, "-c", KILLED, day.isoformat(), step], env=where, check=False
        )
        assert died.returncode == -signal.SIGKILL
        place = models.EndOfDayStep.objects.filter(date=day, step=step).first()
        assert place is None or not place.done_count
        assert queries.processing_date() < day
    touched = run(day).touched
    assert touched == {"date-moved": 1, "reconciled": 1}
    default = models.AgreementEvent.objects.filter(kind="default")
    assert default.values("agreement").distinct().count() == default.count() == 4
    assert models.GuaranteeCall.objects.count() == 2
    assert models.BucketMove.objects.filter(date=day).count() == 5
    assert run(day).touched == {}
