"""Who may act: parties, people and how each came to be admitted."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q


class Kind(models.TextChoices):
    ENTERPRISE = "enterprise"
    FUNDER = "funder"
    PROVIDER = "provider"
    GUARANTOR = "guarantor"
    CUSTODIAN = "custodian"
    REGULATOR = "regulator"
    OPERATOR = "operator"


class Standing(models.TextChoices):
    """Where a party stands between its application and its exit."""

    APPLIED = "applied"
    REVIEWED = "reviewed"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    EXITED = "exited"


class SizeClass(models.TextChoices):
    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Role(models.TextChoices):
    """What a person may do for a party; a checker confirms what a maker prepared."""

    MAKER = "maker"
    CHECKER = "checker"


class Party(models.Model):
    """A firm or body that acts on the platform."""

    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    standing = models.CharField(max_length=16, choices=Standing.choices, default=Standing.APPLIED)
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=64, blank=True)
    city = models.CharField(max_length=64, blank=True)
    registration_scheme = models.CharField(max_length=16)
    registration_number = models.CharField(max_length=40)
    # NAICS two-digit sector, or empty when unknown; names in ``rules.SECTORS``.
    sector = models.CharField(max_length=2, blank=True)
    size_class = models.CharField(max_length=8, choices=SizeClass.choices, blank=True)
    employees = models.PositiveIntegerField(null=True)
    founded_date = models.DateField(null=True)
    bank_account = models.CharField(max_length=34, blank=True)
    bank_bic = models.CharField(max_length=11, blank=True)
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "registration_scheme", "registration_number"],
                name="party_registered_once",
            )
        ]

    def __str__(self) -> str:
        return self.legal_name


class Person(AbstractUser):
    """A natural person with a log-in."""

    full_name = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.full_name or self.username


class Membership(models.Model):
    """A person's role at a party."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "party", "role"], name="membership_once")
        ]


class StandingChange(models.Model):
    """One step of a party's life, with the two people behind it and the reason."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="standing_changes")
    from_standing = models.CharField(max_length=16, choices=Standing.choices)
    to_standing = models.CharField(max_length=16, choices=Standing.choices)
    proposed_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_change_by_two_people",
                condition=~Q(proposed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="standing_change_has_reason", condition=~Q(reason="")
            ),
        ]
