"""The models that decide, and every decision they made. Append-only, both."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from longtail.underwriting.rules import Outcome


class Model(models.Model):
    """A scorecard as it was installed. Its hash is its name."""

    content_hash = models.CharField(max_length=64)
    # ``serial.scorecard_json``; the hash is over its canonical text.
    scorecard = models.JSONField()
    metrics = models.JSONField()
    installed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_hash"], name="model_installed_once"),
        ]
        indexes = [models.Index(fields=["installed_at"], name="model_by_installation")]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return self.content_hash[:12]


class Assessment(models.Model):
    """One decision, with everything needed to make it again."""

    code = models.CharField(max_length=24)
    matter = models.CharField(max_length=64, db_index=True)
    enterprise_code = models.CharField(max_length=24)
    outcome = models.CharField(max_length=8, choices=[(o, o) for o in Outcome])
    score = models.IntegerField(null=True)
    best_score = models.IntegerField(null=True)
    # Probability of charge-off, parts per million; null where too little is known.
    pd_ppm = models.PositiveIntegerField(null=True)
    grade = models.CharField(max_length=4, blank=True)
    limit_minor = models.BigIntegerField(null=True)
    rate_bps = models.PositiveIntegerField(null=True)
    price = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    flip = models.JSONField(null=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="assessments")
    model_hash = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=40)
    inputs = models.JSONField()
    # Of inputs, model, policy and time: a retry finds the decision already made.
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="assessment_code_unique"),
            models.UniqueConstraint(
                fields=["matter", "digest"], name="assessment_made_once"
            ),
            models.CheckConstraint(
                name="assessment_pd_is_a_probability",
                condition=Q(pd_ppm__isnull=True) | Q(pd_ppm__lte=1_000_000),
            ),
            models.CheckConstraint(
                name="assessment_approves_only_what_it_priced",
                condition=~Q(outcome=Outcome.APPROVE)
                | Q(pd_ppm__isnull=False, rate_bps__isnull=False, limit_minor__gt=0),
            ),
            models.CheckConstraint(
                name="assessment_says_why_not",
                condition=Q(outcome=Outcome.APPROVE) | ~Q(reasons=[]),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return self.code
