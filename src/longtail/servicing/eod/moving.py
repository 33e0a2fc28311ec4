"""The move of the business date, the last of this room's steps."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from longtail.servicing import models


def nothing_due(_to: date) -> QuerySet[models.Snapshot]:
    """Return no agreement: the date is one row."""
    return models.Snapshot.objects.none()


def move(_ids: list[int], to: date, at: datetime) -> int:
    """Make ``to`` the business date, unless it is already."""
    moved = models.ProcessingDate.objects.filter(date__lt=to).update(date=to, moved_at=at)
    if not moved and not models.ProcessingDate.objects.exists():
        models.ProcessingDate.objects.create(id=1, date=to, moved_at=at)
        moved = 1
    return moved
