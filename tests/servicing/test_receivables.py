from __future__ import annotations

from collections import Counter

import pytest

from longtail.servicing import eod, models, queries
from longtail.servicing.codec import decode
from longtail.servicing.dues import advance, coming_instalment, earned_minor
from longtail.servicing.rules import Status, bucket_of
from longtail.terms.resolve import thaw
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db


def by_the_fold(on):
    """Add up agreement by agreement what the arrays add up at once."""
    sums = Counter()
    for row in models.Snapshot.objects.filter(status__in=("active", "defaulted")):
        terms = thaw(row.agreement.terms)
        now, _ = advance(terms, decode(row.state), on)
        coming = coming_instalment(terms, now) if now.status is Status.ACTIVE else None
        earned = earned_minor(now, coming, on) - now.ahead_interest_minor if coming else 0
        bucket = bucket_of(queries.state(row.agreement.code, on=on).days_past_due)
        sums[bucket, "count"] += 1
        sums[bucket, "outstanding_minor"] += now.outstanding_minor
        sums[bucket, "accrued_minor"] += max(earned, 0)
        sums[bucket, "overdue_principal_minor"] += sum(o.principal_minor for o in now.open)
        sums[bucket, "overdue_interest_minor"] += sum(o.interest_minor for o in now.open)
        sums[bucket, "penalty_minor"] += sum(o.penalty_minor for o in now.open)
        sums[bucket, "due_today_minor"] += sum(
            o.unpaid_minor for o in now.open if o.due_date == on
        )
    return {key: value for key, value in sums.items() if value}


def by_the_arrays(on):
    return {
        (row.bucket, name): getattr(row, name)
        for row in queries.receivables(on)
        for name in row.__slots__
        if name not in ("currency", "bucket") and getattr(row, name)
    }


@pytest.mark.parametrize("ends", [(), (3, 20, 33, 70), (120,)])
def test_the_sums_are_those_of_the_agreements_whenever_days_end(ends):
    book = [world.funded(), world.funded(rate_bps=977), world.funded(parts=(70_001,))]
    world.draw_down(*book)
    first, second = thaw(book[0].terms).instalments[:2]
    world.pay(book[0], first.total_minor, first.due_date - days(4))
    world.pay(book[1], first.total_minor // 2, first.due_date + days(2))
    for n in ends:
        eod.end_of_day(to=first.due_date + days(n), at=at(first.due_date + days(n), 0))
    since = first.due_date + days(max(ends, default=2))
    for on in (since, since + days(1), max(since, second.due_date), since + days(200)):
        assert by_the_arrays(on) == by_the_fold(on)
    assert {row.currency for row in queries.receivables(since)} == {"USD"}


def test_nothing_in_service_owes_nothing():
    assert queries.receivables(world.START) == []
