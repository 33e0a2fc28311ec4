"""Reads over notices. No writes."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from longtail.notices import models


def unread(party_codes: Collection[str]) -> QuerySet[models.Notice]:
    """Return the notices that nobody at the parties has read, newest first."""
    return recent(party_codes).filter(read_at__isnull=True)


def unread_count(party_codes: Collection[str]) -> int:
    """Return how many notices nobody at the parties has read."""
    return models.Notice.objects.filter(party__in=party_codes, read_at__isnull=True).count()


def recent(party_codes: Collection[str]) -> QuerySet[models.Notice]:
    """Return every notice to the parties, newest first; slice it to page."""
    return models.Notice.objects.filter(party__in=party_codes).order_by("-id")
