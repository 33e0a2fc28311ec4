"""The sandbox bank's post room, where everything that can go wrong on a line does."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from longtail.ledger.custodian.sandbox import rules
from longtail.ledger.custodian.sandbox.models import Faults, Mail

MAX_COLLECTED = 200
ONLY = 1


def put(kind: str, xml: bytes, *, at: datetime) -> None:
    """Leave a message for the platform, as the present faults allow."""
    faults = Faults.objects.filter(pk=ONLY).first() or Faults()
    digest = hashlib.sha256(xml).hexdigest()
    if rules.falls(digest, "lose", faults.lose_permille):
        return
    body = xml
    if rules.falls(digest, "corrupt", faults.corrupt_permille):
        body = rules.corrupted(xml)
    copies = 2 if rules.falls(digest, "repeat", faults.repeat_permille) else 1
    Mail.objects.bulk_create(
        [
            Mail(
                kind=kind,
                body=body,
                digest=hashlib.sha256(body).hexdigest(),
                available_at=at + faults.delay,
            )
        ]
        * copies
    )


def collect(*, at: datetime) -> list[bytes]:
    """Return the messages that wait, oldest first, until they are confirmed.

    Args:
        at: Now, timezone-aware.
    """
    waiting = Mail.objects.filter(collected_at__isnull=True, available_at__lte=at)
    is_reordering = Faults.objects.filter(pk=ONLY, is_reordering=True).exists()
    order = "digest" if is_reordering else "id"
    bodies = waiting.order_by(order).values_list("body", flat=True)
    return [bytes(body) for body in bodies[:MAX_COLLECTED]]


def confirm(xml: bytes, *, at: datetime) -> None:
    """Tick a collected message off, so that it is not handed out again."""
    digest = hashlib.sha256(xml).hexdigest()
    waiting = Mail.objects.filter(digest=digest, collected_at__isnull=True)
    waiting.filter(available_at__lte=at).update(collected_at=at)


def set_faults(
    *,
    delay: timedelta = timedelta(0),
    lose: int = 0,
    repeat: int = 0,
    corrupt: int = 0,
    reorder: bool = False,
) -> None:
    """Make the line behave as badly as wanted from now on; no argument mends it.

    Args:
        delay: How long every message takes.
        lose: How many messages in a thousand never arrive.
        repeat: How many in a thousand arrive twice.
        corrupt: How many in a thousand arrive broken.
        reorder: Whether messages overtake each other.
    """
    for permille in (lose, repeat, corrupt):
        if not 0 <= permille <= 1000:
            raise ValueError(f"{permille} is not between 0 and 1000 per thousand")
    Faults.objects.update_or_create(
        pk=ONLY,
        defaults={
            "delay": delay,
            "lose_permille": lose,
            "repeat_permille": repeat,
            "corrupt_permille": corrupt,
            "is_reordering": reorder,
        },
    )
