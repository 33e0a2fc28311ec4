"""What the platform tells its parties."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """A message to a party, read once by one of its people."""

    # Keyed by the public code, so that writing a notice looks no party up.
    party = models.ForeignKey(
        "parties.Party",
        to_field="code",
        db_column="party_code",
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Path on this site, or empty.
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["party", "-id"], name="notice_by_party"),
            models.Index(
                fields=["party"], name="notice_unread", condition=Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.subject
