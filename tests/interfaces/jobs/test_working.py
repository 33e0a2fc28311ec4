from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from longtail.interfaces.jobs import tasks, working

ABANDON = """
insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 minute');
update procrastinate_jobs set status = 'doing',
  worker_id = (select max(id) from procrastinate_workers)
"""


def looks(times):
    """Look through the queue so often; return the jobs that seemed abandoned each time."""

    async def look(connected):
        async with connected.open_async():
            seen, all_seen = set(), []
            for _ in range(times):
                seen = await working.revive(connected, seen)
                all_seen.append(seen)
            return all_seen

    def run():
        with app.replace_connector(app.connector.get_worker_connector()) as connected:
            return asyncio.run(look(connected))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def abandon():
    """Let the worker that does the waiting job have died a minute ago."""
    with connection.cursor() as cursor:
        cursor.execute(ABANDON)


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db, monkeypatch):  # noqa: ARG001
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    # Tables that Django does not manage are not emptied by it.
    emptied = "truncate procrastinate_jobs, procrastinate_workers cascade"
    with connection.cursor() as cursor:
        cursor.execute(emptied)
    yield
    with connection.cursor() as cursor:
        cursor.execute(emptied)


def test_a_job_of_a_dead_worker_waits_again_once_it_seems_so_twice():
    number = tasks.exchange.defer()
    abandon()
    assert looks(1) == [{number}]
    assert ProcrastinateJob.objects.get().status == "doing"
    assert looks(2) == [{number}, set()]
    assert ProcrastinateJob.objects.get().status == "todo"


def test_it_gives_way_to_the_next_run_that_waits_already():
    tasks.exchange.defer()
    abandon()
    tasks.exchange.defer()
    looks(2)
    states = ProcrastinateJob.objects.order_by("id").values_list("status", flat=True)
    assert list(states) == ["failed", "todo"]


def test_a_job_of_a_living_worker_is_left_alone():
    tasks.exchange.defer()
    abandon()
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now()")
    assert looks(2) == [set(), set()]
    assert ProcrastinateJob.objects.get().status == "doing"
