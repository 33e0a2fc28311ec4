"""Several workers at the same time: receipts and days' ends count once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from longtail.ledger import queries as ledger
from longtail.servicing import eod, models, queries, services
from longtail.terms.resolve import thaw
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 6


def at_once(act):
    """Let several workers, each on a connection of its own, do the same thing."""
    start = Barrier(WORKERS)

    def work(_):
        try:
            start.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, range(WORKERS)))


def test_receipts_and_ends_of_day_count_once():
    guarantor = world.with_wallet("guarantor", 1)
    agreement = world.drawn(cover_bps=5000, guarantor=guarantor)
    first, second = thaw(agreement.terms).instalments[:2]
    world.send([(agreement, first.total_minor, first.due_date)], arrives=first.due_date)
    taken = at_once(lambda: services.take_receipts(at=at(first.due_date)))
    assert sorted(taken) == [0] * (WORKERS - 1) + [1]
    day = second.due_date + days(91)
    at_once(lambda: eod.end_of_day(to=day, at=at(day)))
    assert queries.processing_date() == day
    kinds = queries.events(agreement.code).values_list("kind", flat=True)
    assert list(kinds) == ["drawdown", "payment", "default"]
    assert models.GuaranteeCall.objects.count() == 1
    assert models.BucketMove.objects.count() == 1
    assert ledger.is_sound() == []
