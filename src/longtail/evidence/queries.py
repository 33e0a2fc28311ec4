"""Reads over orders and attestations. No writes, and no private keys."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from longtail.evidence import models
from longtail.evidence.rules import OPEN, OrderState
from longtail.evidence.verify import IssuerKey
from longtail.terms.primitives import Evidence
from longtail.values.refusal import Refusal


class UnknownOrder(Refusal):
    """No order has this code."""


class UnknownAttestation(Refusal):
    """No attestation has this code."""


def order(code: str) -> models.Order:
    """Return an order with its provider, its subject and what it delivered.

    Raises:
        UnknownOrder: If there is none.
    """
    found = _orders().filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise UnknownOrder(f"There is no order {code!r}. Check the code.")
    return found


def orders_for(matter: str) -> QuerySet[models.Order]:
    """Return every order of a matter, closed ones included, oldest first."""
    return _orders().filter(matter=matter).order_by("id")


def work_queue(provider_code: str) -> QuerySet[models.Order]:
    """Return a provider's open orders, the most urgent first."""
    return (
        _orders()
        .filter(provider__code=provider_code, state__in=OPEN)
        .order_by("due_at", "id")
    )


def orders_of(provider_code: str) -> QuerySet[models.Order]:
    """Return every order a provider ever had, newest first."""
    return _orders().filter(provider__code=provider_code).order_by("-id")


def attestation(code: str) -> models.Attestation:
    """Return an attestation, whatever its state.

    Raises:
        UnknownAttestation: If there is none.
    """
    found = _attestations().filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise UnknownAttestation(f"There is no attestation {code!r}. Check the code.")
    return found


def attestations_for(matter: str) -> QuerySet[models.Attestation]:
    """Return every attestation of a matter, fallen ones included, oldest first."""
    return _attestations().filter(matter=matter).order_by("id")


def attestations_by(provider_code: str) -> QuerySet[models.Attestation]:
    """Return every attestation of a provider, newest first."""
    return _attestations().filter(provider__code=provider_code).order_by("-id")


def attestations_about(subject_code: str) -> QuerySet[models.Attestation]:
    """Return every attestation about a subject, newest first."""
    return _attestations().filter(subject__code=subject_code).order_by("-id")


def valid_attestations(*, matter: str, at: datetime) -> list[models.Attestation]:
    """Return the attestations that a decision may rest on; expired and revoked never.

    Args:
        matter: What they were ordered for.
        at: When the decision is made.

    Returns:
        One a kind, in the order of :class:`~longtail.terms.primitives.Evidence`.
    """
    by_kind = {
        found.kind: found
        for found in attestations_for(matter).filter(
            revoked_at__isnull=True, valid_from__lte=at, valid_until__gt=at
        )
    }
    return [by_kind[kind] for kind in Evidence if kind in by_kind]


def outstanding_kinds(*, matter: str, at: datetime) -> tuple[Evidence, ...]:
    """Return the kinds ordered for a matter that have no valid attestation.

    Args:
        matter: What they were ordered for. Orders that were withdrawn do not count.
        at: When it is asked.
    """
    ordered = set(
        models.Order.objects.filter(matter=matter)
        .exclude(state=OrderState.WITHDRAWN)
        .values_list("kind", flat=True)
    )
    ordered -= {found.kind for found in valid_attestations(matter=matter, at=at)}
    return tuple(kind for kind in Evidence if kind in ordered)


def revoked_since(at: datetime) -> QuerySet[models.Attestation]:
    """Return the attestations revoked at a time or later, in order of revocation."""
    return _attestations().filter(revoked_at__gte=at).order_by("revoked_at", "id")


def capabilities(
    *, provider_code: str | None = None, kind: Evidence | str | None = None
) -> QuerySet[models.Capability]:
    """Return what is on offer, of one provider or kind or of all, by provider name."""
    found = models.Capability.objects.filter(is_offered=True).select_related("provider")
    if provider_code is not None:
        found = found.filter(provider__code=provider_code)
    if kind is not None:
        found = found.filter(kind=kind)
    return found.order_by("provider__legal_name", "kind")


def issuer_keys(provider_code: str) -> list[IssuerKey]:
    """Return a provider's public keys, newest first, to verify with offline."""
    keys = models.Key.objects.filter(provider__code=provider_code).order_by("-id")
    return [issuer_key(key) for key in keys.select_related("provider")]


def issuer_key(key: models.Key) -> IssuerKey:
    """Return a key row as the verifier reads it."""
    return IssuerKey(
        kid=key.kid,
        issuer=key.provider.code,
        jwk=key.public_jwk,
        revoked_at=key.revoked_at,
    )


def _orders() -> QuerySet[models.Order]:
    return models.Order.objects.select_related("provider", "subject", "attestation")


def _attestations() -> QuerySet[models.Attestation]:
    return models.Attestation.objects.select_related("provider", "subject")
