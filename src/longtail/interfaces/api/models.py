"""Machine clients and what they asked for before."""

from __future__ import annotations

from django.db import models


class ApiClient(models.Model):
    """A machine that acts for one person at one party."""

    client = models.OneToOneField(
        "allauth_idp_oidc.Client", on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(models.Model):
    """The answer to a request, kept so that sending it again changes nothing."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    media_type = models.CharField(max_length=40, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="request_key_once")
        ]
