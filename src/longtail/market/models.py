"""What funders look for, and which demands were put before them and why."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q


def never_emptied() -> pgtrigger.Trigger:
    """Return the trigger that refuses to empty a whole table at once."""
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="raise exception 'pgtrigger: Cannot empty % table', TG_TABLE_NAME;",
    )


class Mandate(models.Model):
    """What a funder is willing to fund. Never edited: a change adds a version."""

    funder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    min_amount_minor = models.BigIntegerField()
    max_amount_minor = models.BigIntegerField()
    min_tenor_months = models.PositiveIntegerField()
    max_tenor_months = models.PositiveIntegerField()
    min_rate_bps = models.PositiveIntegerField()
    # Lists of strings; an empty list admits everything.
    sizes = models.JSONField(default=list)
    grades = models.JSONField(default=list)
    sectors = models.JSONField(default=list)
    regions = models.JSONField(default=list)
    modes = models.JSONField(default=list)
    # The most this funder lends to one enterprise; empty for no cap.
    cap_minor = models.BigIntegerField(null=True)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["funder", "number"], name="mandate_version_once"
            ),
            models.UniqueConstraint(
                fields=["funder"],
                condition=Q(superseded_at__isnull=True),
                name="mandate_current_once",
            ),
            models.CheckConstraint(
                name="mandate_amounts_in_order",
                condition=Q(
                    min_amount_minor__gt=0, max_amount_minor__gte=F("min_amount_minor")
                ),
            ),
            models.CheckConstraint(
                name="mandate_tenors_in_order",
                condition=Q(
                    min_tenor_months__gt=0, max_tenor_months__gte=F("min_tenor_months")
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="mandate_stays", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.ReadOnly(name="mandate_fixed", exclude=["superseded_at"]),
        ]


class PushState(models.TextChoices):
    """What became of a push."""

    SENT = "sent"
    SEEN = "seen"
    ACTED = "acted"
    MUTED = "muted"


class Push(models.Model):
    """A demand put before a funder, with the reasons and the inputs of its rank."""

    demand = models.ForeignKey("deals.Demand", on_delete=models.PROTECT, related_name="+")
    version_number = models.PositiveIntegerField()
    funder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="+")
    # How well it fits, 0 to 10,000, and its place among the demand's pushes, from 1.
    fit_bps = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    # ``[{"criterion": ..., "text": ...}]``, one a hard filter that it passed.
    reasons = models.JSONField()
    # Every input of the fit and its weight; there is no other.
    rank_inputs = models.JSONField()
    state = models.CharField(
        max_length=8, choices=PushState.choices, default=PushState.SENT
    )
    pushed_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "version_number", "funder"], name="push_once_a_version"
            ),
        ]
        indexes = [
            models.Index(fields=["funder", "-pushed_at", "-id"], name="push_feed"),
        ]
        triggers = [
            pgtrigger.Protect(name="push_stays", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.ReadOnly(name="push_reasons_fixed", exclude=["state", "seen_at"]),
        ]
