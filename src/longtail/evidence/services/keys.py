"""Providers' signing keys: hosted here or kept by the provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, thumbprint

from longtail.evidence import models, queries, sealing
from longtail.evidence.verify import IssuerKey
from longtail.parties import queries as parties
from longtail.values.refusal import InvalidInput, Refusal


class KeyTaken(Refusal):
    """The key is registered already."""


class UnknownKeyId(Refusal):
    """No key has this id."""


@transaction.atomic
def create_hosted_key(*, provider_code: str, at: datetime) -> IssuerKey:
    """Give a provider a key that the platform keeps and signs with for it.

    Safe to repeat: a provider that has one keeps it.

    Args:
        provider_code: Whose.
        at: When.

    Returns:
        The public key.

    Raises:
        UnknownParty: If there is no such party.
    """
    provider = parties.party(provider_code)
    existing = hosted_key(provider)
    key = existing.key if existing else _new_hosted_key(provider, at=at)
    return queries.issuer_key(key)


@transaction.atomic
def rotate_hosted_key(*, provider_code: str, at: datetime) -> IssuerKey:
    """Give a provider a new hosted key; what the old one signed stays good.

    Args:
        provider_code: Whose.
        at: When.

    Returns:
        The new public key.

    Raises:
        UnknownParty: If there is no such party.
    """
    provider = parties.party(provider_code)
    models.Key.objects.filter(
        provider=provider, is_hosted=True, retired_at__isnull=True, revoked_at__isnull=True
    ).update(retired_at=at)
    return queries.issuer_key(_new_hosted_key(provider, at=at))


@transaction.atomic
def register_key(
    *, provider_code: str, jwk: Mapping[str, str], by: str, at: datetime
) -> IssuerKey:
    """Register the public half of a key that the provider keeps itself.

    Args:
        provider_code: Whose.
        jwk: Public Ed25519 key (RFC 8037).
        by: Username of one of the provider's people.
        at: When.

    Returns:
        The key. Its id is the RFC 7638 thumbprint; attestations name it as ``kid``.

    Raises:
        InvalidInput: If it is no public Ed25519 key.
        KeyTaken: If it is registered already.
        NotEntitled: If the person has no role at the provider.
    """
    provider = parties.require_admitted(provider_code)
    parties.require_acts_for(by, provider)
    public = _public_ed25519(jwk)
    try:
        with transaction.atomic():
            key = models.Key.objects.create(
                provider=provider,
                kid=thumbprint(public),
                public_jwk=public,
                created_at=at,
            )
    except IntegrityError as error:
        raise KeyTaken("This key is registered already. Register a fresh one.") from error
    return queries.issuer_key(key)


def hosted_key(provider: parties.Party) -> models.SealedKey | None:
    """Return the key that signs here for a provider now, sealed, if it has one."""
    return (
        models.SealedKey.objects.select_related("key")
        .filter(
            key__provider=provider,
            key__is_hosted=True,
            key__retired_at__isnull=True,
            key__revoked_at__isnull=True,
        )
        .first()
    )


def private_jwk(hosted: models.SealedKey) -> dict[str, str]:
    """Return the private half of a hosted key, to sign with at once and forget.

    Raises:
        KeyUnreadable: If the platform's secret does not open it.
    """
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return sealing.unseal(hosted.sealed, kid=hosted.key.kid, secrets=secrets)


def _new_hosted_key(provider: parties.Party, *, at: datetime) -> models.Key:
    public, private = sealing.generate()
    key = models.Key.objects.create(
        provider=provider,
        kid=thumbprint(public),
        public_jwk=public,
        is_hosted=True,
        created_at=at,
    )
    models.SealedKey.objects.create(
        key=key, sealed=sealing.seal(private, kid=key.kid, secret=settings.SECRET_KEY)
    )
    return key


def _public_ed25519(jwk: Mapping[str, str]) -> dict[str, str]:
    if "d" in jwk:
        raise InvalidInput(
            {
                "jwk": "holds the private key, so it is no longer private; make a new "
                "pair and send the public one"
            }
        )
    try:
        key = OKPKey.import_key(dict(jwk))
        is_ed25519 = key.curve_name == "Ed25519"
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        is_ed25519 = False
    if not is_ed25519:
        raise InvalidInput({"jwk": "must be a public Ed25519 key (RFC 8037)"})
    return {"kty": "OKP", "crv": "Ed25519", "x": str(jwk["x"])}
