"""Writes for notices: telling parties, and queueing work with the money it follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate import tasks
from procrastinate.contrib.django import app

from longtail.notices import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notice to send.

    Attributes:
        party_code: To whom.
        subject: One line, up to 200 characters; longer ones are cut.
        body: What happened and what to do.
        link: Path on this site that shows it, or empty.
    """

    party_code: str
    subject: str
    body: str
    link: str = ""

    def __post_init__(self) -> None:
        is_local = self.link.startswith("/") and self.link[1:2] not in ("/", "\\")
        if self.link and not is_local:
            raise ValueError(f"a notice links inside this site, not to {self.link!r}")


def notify(
    *, party_code: str, subject: str, body: str, link: str = "", at: datetime
) -> models.Notice:
    """Tell a party something.

    Args:
        party_code: To whom.
        subject: One line.
        body: What happened and what to do.
        link: Path on this site that shows it, or empty.
        at: When.

    Returns:
        The notice, unread.

    Raises:
        ValueError: If the link leads off this site.
    """
    message = Message(party_code=party_code, subject=subject, body=body, link=link)
    (notice,) = notify_many([message], at=at)
    return notice


def notify_many(messages: Sequence[Message], *, at: datetime) -> list[models.Notice]:
    """Tell several parties something, in one statement."""
    return models.Notice.objects.bulk_create(
        models.Notice(
            party_id=message.party_code,
            subject=message.subject[:200],
            body=message.body,
            link=message.link,
            created_at=at,
        )
        for message in messages
    )


@transaction.atomic
def mark_read(
    *,
    party_codes: Collection[str],
    at: datetime,
    notice_ids: Collection[int] | None = None,
) -> int:
    """Mark notices as read; those of other parties are left alone.

    Args:
        party_codes: The reader's parties.
        at: When. A notice keeps the time at which it was first read.
        notice_ids: Which, or None for all.

    Returns:
        How many became read.
    """
    found = models.Notice.objects.filter(party__in=party_codes, read_at__isnull=True)
    if notice_ids is not None:
        found = found.filter(pk__in=notice_ids)
    return found.update(read_at=at)


def defer(task: str, /, **arguments: Any) -> int:
    """Queue a job in the current transaction: it exists only if that commits.

    Args:
        task: Name of the job, such as ``longtail.end_of_day``.
        **arguments: What the job is called with; plain JSON values.

    Returns:
        The id of the queued job.
    """
    # By name alone: the jobs live above this room and are not imported here.
    deferrer = tasks.configure_task(name=task, job_manager=app.job_manager)
    return deferrer.defer(**arguments)
