"""Ageing: agreements whose arrears bucket is another today, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from django.db.models import Q, QuerySet

from longtail.kernels.servicing.ageing import (
    bucket_bounds,
    buckets,
    day_number,
    days_past_due,
)
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.rules import (
    BUCKET_STARTS,
    DEFAULT_AFTER_DAYS,
    Bucket,
    Status,
)

ORDER = tuple(Bucket)
STARTS = np.array([first_day for first_day, _ in BUCKET_STARTS], dtype=np.int64)


class Ageing(NamedTuple):
    """An agreement that may have to move, and whom to tell."""

    id: int
    agreement_id: int
    bucket: Bucket
    unpaid_from: date | None
    paused_from: date | None
    paused_until: date | None
    code: str
    demand_code: str
    enterprise_code: str


# Of a snapshot, in the order of :class:`Ageing`.
AGEING = (
    *Ageing._fields[:6],
    "agreement__code",
    "agreement__demand__code",
    "agreement__enterprise__code",
)


def due_for_ageing(to: date) -> QuerySet[models.Snapshot]:
    """Return the agreements whose bucket is not what their oldest due date makes it.

    And those with a standstill, of which only the kernel knows. Each part is a range of
    one index, so that what stays is not read.
    """
    moved = Q(paused_from__isnull=False)
    for bucket, (after, until) in zip(ORDER, bucket_bounds(STARTS, to), strict=True):
        if after is not None:
            moved |= Q(bucket=bucket, unpaid_from__lte=after)
        if until is not None:
            moved |= Q(bucket=bucket, unpaid_from__gt=until)
        if bucket is not Bucket.CURRENT:
            moved |= Q(bucket=bucket, unpaid_from__isnull=True)
    return models.Snapshot.objects.filter(moved).exclude(status=Status.WRITTEN_OFF)


def age(ids: list[int], to: date, at: datetime) -> int:
    """Move agreements to their bucket of the day, and tell those that got worse."""
    rows = [
        Ageing(*row)
        for row in models.Snapshot.objects.filter(pk__in=ids)
        .select_for_update(no_key=True, of=("self",))
        .order_by("agreement_id")
        .values_list(*AGEING)
    ]
    late = _late_days(rows, to)
    now = [ORDER[n] for n in buckets(np.array(late, dtype=np.int64), STARTS)]
    changed = [
        (row, bucket, days)
        for row, bucket, days in zip(rows, now, late, strict=True)
        if bucket != row.bucket
    ]
    _move([(row, bucket) for row, bucket, _ in changed], to)
    worse = [(r, d) for r, b, d in changed if ORDER.index(b) > ORDER.index(r.bucket)]
    notify_many([_reminder(row, days) for row, days in worse], at=at)
    return len(changed)


def _late_days(rows: list[Ageing], to: date) -> list[int]:
    days = np.array(
        [
            [day_number(d) for d in (r.unpaid_from, r.paused_from, r.paused_until)]
            for r in rows
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    found: list[int] = days_past_due(days[:, 0], days[:, 1], days[:, 2], on=to).tolist()
    return found


def _move(changed: list[tuple[Ageing, Bucket]], to: date) -> None:
    models.BucketMove.objects.bulk_create(
        models.BucketMove(
            agreement_id=row.agreement_id,
            date=to,
            from_bucket=row.bucket,
            to_bucket=bucket,
        )
        for row, bucket in changed
    )
    for bucket in Bucket:
        moved = [row.id for row, b in changed if b == bucket]
        if moved:
            models.Snapshot.objects.filter(pk__in=moved).update(bucket=bucket)


def _reminder(row: Ageing, days: int) -> Message:
    return Message(
        party_code=row.enterprise_code,
        subject=f"An instalment is {days} day{'s' if days > 1 else ''} overdue",
        body=(
            f"The instalment of agreement {row.code} due on {row.unpaid_from} is "
            "not paid in full. Late interest runs on it. Pay it now, or contact your "
            f"funders; after {DEFAULT_AFTER_DAYS} days the agreement is in default."
        ),
        link=f"/demands/{row.demand_code}/",
    )
