"""Who can attest what, what was ordered of whom, and what was said under signature."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from longtail.evidence.rules import LIVE, OPEN, OrderState
from longtail.terms.primitives import Evidence
from longtail.values.money import Money

KINDS = [(kind.value, kind.value.replace("-", " ").capitalize()) for kind in Evidence]
STATES = [(state.value, state.value.replace("_", " ")) for state in OrderState]
LIVE_STATES = [state.value for state in LIVE]
OPEN_STATES = [state.value for state in OPEN]


class Capability(models.Model):
    """A kind of evidence that a provider offers, at a fee and within a time."""

    provider = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=32, choices=KINDS)
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sla_days = models.PositiveIntegerField()
    liability_cap_minor = models.BigIntegerField()
    is_offered = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind"], name="capability_once"),
            models.CheckConstraint(
                name="capability_sums_not_negative",
                condition=Q(fee_minor__gte=0, liability_cap_minor__gte=0),
            ),
            models.CheckConstraint(
                name="capability_has_time", condition=Q(sla_days__gte=1)
            ),
        ]


class Key(models.Model):
    """A provider's signing key, public half.

    A hosted key signs here, with the private half that is sealed in ``SealedKey``;
    of any other key the provider holds the private half itself.
    """

    provider = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    kid = models.CharField(max_length=64, unique=True)
    public_jwk = models.JSONField()
    is_hosted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # Signs no longer, because a newer key took over; what it signed stays good.
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    revocation_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                name="key_hosted_once",
                condition=Q(
                    is_hosted=True, retired_at__isnull=True, revoked_at__isnull=True
                ),
            )
        ]


class SealedKey(models.Model):
    """The private half of a hosted key, encrypted. No query returns it."""

    key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="+")
    # JWE of the private JWK.
    sealed = models.TextField()


class Order(models.Model):
    """One kind of evidence about a subject, ordered of one provider for a matter."""

    code = models.CharField(max_length=24, unique=True)
    # What it is for, such as "DEM-7K3F9Q2A4X/v1".
    matter = models.CharField(max_length=64)
    kind = models.CharField(max_length=32, choices=KINDS)
    subject = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=16, choices=STATES, default=OrderState.REQUESTED)
    # The provider was named by the deal (a guarantor), so nobody can take its place.
    is_named = models.BooleanField(default=False)
    # Parties that may not answer it, beside the subject and who shares a person with it.
    excluded_codes = models.JSONField(default=list)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    liability_cap_minor = models.BigIntegerField()
    sla_days = models.PositiveIntegerField()
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "kind"],
                name="order_once_a_kind",
                condition=Q(state__in=LIVE_STATES),
            ),
            models.CheckConstraint(
                name="order_provider_is_not_subject",
                condition=~Q(provider=F("subject")),
            ),
        ]
        indexes = [
            models.Index(fields=["matter"], name="order_by_matter"),
            models.Index(fields=["provider", "kind", "-id"], name="order_by_provider"),
            models.Index(
                fields=["provider", "due_at"],
                name="order_open",
                condition=Q(state__in=OPEN_STATES),
            ),
        ]

    @property
    def fee(self) -> Money:
        """What the provider is paid for it."""
        return Money(self.fee_minor, self.currency)


class Attestation(models.Model):
    """A provider's signed word. Only its revocation is ever written to it again."""

    code = models.CharField(max_length=24, unique=True)
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="attestation"
    )
    matter = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=32, choices=KINDS)
    subject = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="attestations")
    # The provider's own id for it, never used twice.
    jti = models.CharField(max_length=64)
    value = models.CharField(max_length=30)
    scale = models.CharField(max_length=16)
    confidence_bps = models.PositiveIntegerField()
    statement = models.TextField()
    evidence_sha256 = models.CharField(max_length=64)
    liability_cap_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    jws = models.TextField()
    signed_by = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    revocation_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "jti"], name="attestation_jti_once"
            ),
            models.CheckConstraint(
                name="attestation_revoked_with_reason",
                condition=Q(revoked_at__isnull=True, revoked_by="", revocation_reason="")
                | (
                    Q(revoked_at__isnull=False)
                    & ~Q(revoked_by="")
                    & ~Q(revocation_reason="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["revoked_at"],
                name="attestation_revoked",
                condition=Q(revoked_at__isnull=False),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="says_one_thing",
                exclude=["revoked_at", "revoked_by", "revocation_reason"],
            ),
            pgtrigger.Protect(
                name="revoked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    @property
    def liability_cap(self) -> Money:
        """The most that the provider is liable for."""
        return Money(self.liability_cap_minor, self.currency)
