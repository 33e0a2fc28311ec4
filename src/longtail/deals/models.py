"""Demands, the offers made on them and the agreements they become."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Demand(models.Model):
    """An enterprise's request for finance; its content is its latest version."""

    code = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="draft", db_index=True)
    version_number = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()


class DemandVersion(models.Model):
    """What was asked, as it stood at one time. Never edited: an edit adds a version."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tenor_months = models.PositiveIntegerField()
    mode_code = models.CharField(max_length=40)
    mode_version = models.PositiveIntegerField()
    purpose = models.CharField(max_length=40)
    use_of_funds = models.TextField()
    innovation = models.TextField(blank=True)
    # Facts of the enterprise that the assessment reads, as stated with this version.
    facts = models.JSONField(default=dict)
    guarantor = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+"
    )
    cover_bps = models.PositiveIntegerField(default=0)
    completeness_bps = models.PositiveIntegerField()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "number"], name="demand_version_once"),
            models.CheckConstraint(name="demand_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="demand_cover_is_a_share", condition=Q(cover_bps__lte=10_000)),
        ]


class Offer(models.Model):
    """The terms the assessment arrived at for one version of a demand."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="offers")
    version_number = models.PositiveIntegerField()
    assessment_code = models.CharField(max_length=24)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rate_bps = models.PositiveIntegerField()
    apr_bps = models.PositiveIntegerField()
    n_periods = models.PositiveIntegerField()
    grade = models.CharField(max_length=4)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "version_number"], name="offer_once_a_version")
        ]


class Agreement(models.Model):
    """A deal as signed: frozen terms and schedule. No column ever changes."""

    code = models.CharField(max_length=24, unique=True)
    demand = models.OneToOneField(Demand, on_delete=models.PROTECT, related_name="agreement")
    enterprise = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    guarantor = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+"
    )
    cover_bps = models.PositiveIntegerField()
    mode_code = models.CharField(max_length=40)
    mode_version = models.PositiveIntegerField()
    regime_code = models.CharField(max_length=40)
    grade = models.CharField(max_length=4)
    principal_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rate_bps = models.PositiveIntegerField()
    apr_bps = models.PositiveIntegerField()
    drawdown_date = models.DateField()
    maturity_date = models.DateField()
    # ``terms.resolve.frozen`` of the mode, the offer and the resolved schedule.
    terms = models.JSONField()
    signed_at = models.DateTimeField()


class Transition(models.Model):
    """Every event put to a demand, taken or refused. Append-only."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="transitions")
    event = models.CharField(max_length=16)
    from_state = models.CharField(max_length=16)
    to_state = models.CharField(max_length=16, blank=True)
    is_taken = models.BooleanField()
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
