from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connections
from joserfc.jwk import OKPKey
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from longtail.interfaces.jobs import tasks
from longtail.ledger.custodian import services as desk
from longtail.ledger.custodian.sandbox import services as bank
from longtail.notices.services import defer
from longtail.servicing import models, queries, services
from tests.servicing import world

NAMES = {"longtail.exchange", "longtail.progress", "longtail.seal", "longtail.end_of_day"}


def run_worker():
    """Run the queue dry in a thread: the test's own may have an event loop running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_run_worker).result()


def _run_worker():
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
            update_heartbeat_interval=60,
        )


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_a_payment_from_the_bank_to_the_holders(monkeypatch, settings):
    key = OKPKey.generate_key("Ed25519")
    settings.LOG_KEY = key.as_pem(private=True).decode()
    # The worker's thread has a connection of its own, which must not outlive the test.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    agreement = world.drawn()
    first = world.scenarios.terms(principal=100_000, n_periods=6).instalments[0]
    assert tasks.end_of_day(to=first.due_date.isoformat())["date-moved"] == 1
    bank.pay_in(
        reference=desk.assign_reference(account_code=world.collection(agreement)),
        amount=world.usd(first.total_minor),
        remitter="Enterprise",
        value_date=first.due_date,
        # The worker's clock is this day at the wall's time: not before the day's start.
        at=datetime.combine(first.due_date, time.min, UTC),
    )
    tasks.exchange.defer()
    with pytest.raises(AlreadyEnqueued):
        tasks.exchange.defer()
    defer("longtail.progress")
    defer("longtail.seal")
    defer("longtail.end_of_day", to=str(first.due_date + timedelta(days=1)))
    run_worker()
    states = set(ProcrastinateJob.objects.values_list("task_name", "status"))
    assert states == {(name, "succeeded") for name in NAMES}
    assert models.AgreementEvent.objects.filter(kind="payment").count() == 1
    assert queries.processing_date() == first.due_date + timedelta(days=1)
    assert services.take_receipts(at=world.at(first.due_date)) == 0


@pytest.mark.django_db
def test_a_missed_night_is_not_run_when_the_date_is_past_it():
    night = datetime(2024, 1, 2, 0, 5, tzinfo=UTC)
    assert tasks.end_of_day(to="2024-01-03")["date-moved"] == 1
    assert tasks.end_of_day(timestamp=int(night.timestamp())) == {}
    assert queries.processing_date() == date(2024, 1, 3)
    night += timedelta(days=3)
    assert tasks.end_of_day(timestamp=int(night.timestamp()))["date-moved"] == 1
    assert queries.processing_date() == date(2024, 1, 5)
    tasks.end_of_day()
    assert queries.processing_date() == date(2024, 1, 6)


@pytest.mark.django_db
def test_a_clock_that_jumped_moves_no_business_date():
    tasks.end_of_day(to="2024-01-03")
    jumped = datetime(2025, 2, 6, 0, 5, tzinfo=UTC)
    with pytest.raises(tasks.ClockAhead, match="longtail end-of-day 2025-02-06"):
        tasks.end_of_day(timestamp=int(jumped.timestamp()))
    assert queries.processing_date() == date(2024, 1, 3)
    assert tasks.end_of_day(to="2025-02-06")["date-moved"] == 1


def test_the_jobs_have_their_names_and_locks():
    assert set(app.tasks) >= NAMES
    for name in NAMES:
        assert app.tasks[name].queueing_lock == name
        # Sealing has a lock of its own, in the database.
        lock = None if name == "longtail.seal" else tasks.LOCK
        assert app.tasks[name].lock == lock
