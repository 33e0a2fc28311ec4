"""Demands, the offers made on them and the agreements they become."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from longtail.deals.lifecycle import OPEN


def append_only() -> list[pgtrigger.Trigger]:
    """Return triggers that let rows be added, and nothing else be done to them."""
    return [
        pgtrigger.Protect(
            name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        never_emptied(),
    ]


def never_emptied() -> pgtrigger.Trigger:
    """Return the trigger that refuses to empty a whole table at once."""
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="raise exception 'pgtrigger: Cannot empty % table', TG_TABLE_NAME;",
    )


class Demand(models.Model):
    """An enterprise's request for finance; its content is its current version."""

    code = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=16, default="draft", db_index=True)
    version_number = models.PositiveIntegerField(default=1)
    # ``rules.fingerprint`` of the current version: an enterprise publishes it once.
    fingerprint = models.CharField(max_length=64)
    current = models.OneToOneField(
        "DemandVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    # The open offer; empty before the assessment and after the offer is taken back.
    current_offer = models.OneToOneField(
        "Offer", null=True, on_delete=models.PROTECT, related_name="+"
    )
    # What the latest assessment of the current version said; empty until there is one.
    assessment_code = models.CharField(max_length=24, blank=True)
    grade = models.CharField(max_length=4, blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "fingerprint"],
                condition=Q(state__in=sorted(OPEN)),
                name="demand_published_once",
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise", "state"], name="demand_by_enterprise"),
            models.Index(fields=["created_at", "id"], name="demand_by_age"),
            models.Index(
                fields=["expires_at"],
                name="demand_to_expire",
                condition=Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code


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
            models.UniqueConstraint(
                fields=["demand", "number"], name="demand_version_once"
            ),
            models.CheckConstraint(
                name="demand_amount_positive", condition=Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="demand_cover_is_a_share", condition=Q(cover_bps__lte=10_000)
            ),
            models.CheckConstraint(
                name="demand_completeness_is_a_share",
                condition=Q(completeness_bps__lte=10_000),
            ),
        ]
        triggers = append_only()


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
    # Taken back by an edit, by fallen evidence, by withdrawal or by time.
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand"],
                condition=Q(withdrawn_at__isnull=True),
                name="offer_open_once",
            ),
            models.CheckConstraint(
                name="offer_amount_positive", condition=Q(amount_minor__gt=0)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="offer_stays", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.ReadOnly(
                name="offer_terms_fixed",
                exclude=["accepted_at", "accepted_by", "withdrawn_at"],
            ),
        ]


class ReferralDecision(models.Model):
    """Two people's decision where the policy would not decide alone. Append-only."""

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="decisions")
    version_number = models.PositiveIntegerField()
    assessment_code = models.CharField(max_length=24)
    is_approved = models.BooleanField()
    reason = models.TextField()
    decided_by = models.CharField(max_length=150)
    seconded_by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="referral_decided_by_two_people",
                condition=~Q(decided_by=F("seconded_by")),
            ),
            models.CheckConstraint(
                name="referral_decision_has_reason", condition=~Q(reason="")
            ),
        ]
        triggers = append_only()


class Agreement(models.Model):
    """A deal as signed: frozen terms and schedule. No column ever changes."""

    code = models.CharField(max_length=24, unique=True)
    demand = models.OneToOneField(
        Demand, on_delete=models.PROTECT, related_name="agreement"
    )
    enterprise = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
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
    # ``terms.resolve.freeze`` of the mode, the offer and the resolved schedule.
    terms = models.JSONField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agreement_principal_positive", condition=Q(principal_minor__gt=0)
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.code


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

    class Meta:
        triggers = append_only()
