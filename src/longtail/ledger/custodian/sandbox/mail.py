"""The sandbox bank's post room, where everything that can go wrong on a line does."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from django.conf import settings

from longtail.ledger.custodian.messages import signing
from longtail.ledger.custodian.messages.signing import Letter
from longtail.ledger.custodian.sandbox.faults import VARIANTS, falls, garbled
from longtail.ledger.custodian.sandbox.models import Faults, Mail

MAX_COLLECTED = 200
ONLY = 1


def present_faults() -> Faults:
    """Return how badly everything behaves now."""
    return Faults.objects.filter(pk=ONLY).first() or Faults()


def signed(xml: bytes, *, at: datetime) -> Letter:
    """Return a message with the bank's signature."""
    return signing.sign(xml, private_jwk=json.loads(settings.SANDBOX_BANK_KEY), at=at)


def put(kind: str, xml: bytes, *, at: datetime) -> None:
    """Leave a message for the platform, as the present faults allow.

    The bank signs what it means to say, its own mistakes too; the line garbles after.
    """
    faults = present_faults()
    seed, digest = faults.seed, hashlib.sha256(xml).hexdigest()
    if falls(digest, "lose", faults.lose_permille, seed=seed):
        return
    if falls(digest, "mistake", faults.mistake_permille, seed=seed):
        xml = garbled(xml, variant=faults.variant, seed=seed)
    letter = signed(xml, at=at)
    body = letter.body
    if falls(digest, "corrupt", faults.corrupt_permille, seed=seed):
        body = garbled(xml, variant=faults.variant, seed=seed)
    copies = 2 if falls(digest, "repeat", faults.repeat_permille, seed=seed) else 1
    Mail.objects.bulk_create(
        [
            Mail(
                kind=kind,
                body=body,
                signature=letter.signature,
                digest=hashlib.sha256(body).hexdigest(),
                available_at=at + faults.delay,
            )
        ]
        * copies
    )


def collect(*, at: datetime) -> list[Letter]:
    """Return the messages that wait, oldest first, until they are confirmed.

    Args:
        at: Now, timezone-aware.
    """
    waiting = Mail.objects.filter(collected_at__isnull=True, available_at__lte=at)
    order = "digest" if present_faults().is_reordering else "id"
    rows = waiting.order_by(order).values_list("body", "signature")
    return [Letter(bytes(body), signature) for body, signature in rows[:MAX_COLLECTED]]


def confirm(xml: bytes, *, at: datetime) -> None:
    """Tick a collected message off, so that it is not handed out again."""
    digest = hashlib.sha256(xml).hexdigest()
    waiting = Mail.objects.filter(digest=digest, collected_at__isnull=True)
    waiting.filter(available_at__lte=at).update(collected_at=at)


def set_faults(
    *,
    delay: timedelta = timedelta(0),
    reorder: bool = False,
    variant: str = "",
    seed: int = 0,
    **permille: int,
) -> None:
    """Make line and bank behave as badly as wanted from now on; no argument mends them.

    Args:
        delay: How long every message takes.
        reorder: Whether messages overtake each other.
        variant: How messages are garbled, one of ``VARIANTS``; empty: any way.
        seed: Another seed, another history.
        **permille: How many in a thousand: messages that ``lose`` their way, ``repeat``,
            are garbled by the line (``corrupt``) or by the bank itself, which signs them
            (``mistake``); statement entries booked in two (``split``) or with their
            neighbour (``merge``); payments that come back (``return``, given as
            ``returned``).

    Raises:
        ValueError: If there is no such fault or variant, or it is more than a thousand.
    """
    fields = {f"{_field(name)}_permille": many for name, many in permille.items()}
    known = {field.name for field in Faults._meta.fields}
    if fields.keys() - known or (variant and variant not in VARIANTS):
        raise ValueError(f"{sorted(permille)} with {variant!r} are no faults")
    for many in permille.values():
        if not 0 <= many <= 1000:
            raise ValueError(f"{many} is not between 0 and 1000 per thousand")
    blank = {name: 0 for name in known if name.endswith("_permille")}
    wanted = {"delay": delay, "is_reordering": reorder, "variant": variant, "seed": seed}
    Faults.objects.update_or_create(pk=ONLY, defaults=blank | fields | wanted)


def _field(name: str) -> str:
    return "return" if name == "returned" else name
