"""Who may act: parties, people and how each came to be admitted."""

from __future__ import annotations

from enum import StrEnum

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from longtail.parties.rules import Kind, Role, SizeClass, Standing


def choices(values: type[StrEnum]) -> list[tuple[str, str]]:
    """Return an enumeration as Django's pairs of stored value and label."""
    return [(value.value, value.value.capitalize()) for value in values]


class Party(models.Model):
    """A firm or body that acts on the platform."""

    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=16, choices=choices(Kind))
    standing = models.CharField(
        max_length=16, choices=choices(Standing), default=Standing.APPLIED
    )
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=64, blank=True)
    city = models.CharField(max_length=64, blank=True)
    registration_scheme = models.CharField(max_length=16)
    registration_number = models.CharField(max_length=64)
    # NAICS two-digit sector, or empty when unknown; names in ``rules.SECTORS``.
    sector = models.CharField(max_length=2, blank=True)
    size_class = models.CharField(max_length=8, choices=choices(SizeClass), blank=True)
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
    role = models.CharField(max_length=8, choices=choices(Role))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "party", "role"], name="membership_once"
            )
        ]


class StandingChange(models.Model):
    """One step of a party's life, with the people behind it and the reason.

    Rows never change: a wrong step is answered by another step.
    """

    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="standing_changes"
    )
    from_standing = models.CharField(max_length=16, choices=choices(Standing))
    to_standing = models.CharField(max_length=16, choices=choices(Standing))
    proposed_by = models.CharField(max_length=150)
    # Empty for a review, which one person makes and an admission confirms.
    decided_by = models.CharField(max_length=150, blank=True)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_change_by_two_people",
                condition=~Q(proposed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="standing_change_decided",
                condition=Q(to_standing=Standing.REVIEWED.value) | ~Q(decided_by=""),
            ),
            models.CheckConstraint(
                name="standing_change_has_reason", condition=~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
