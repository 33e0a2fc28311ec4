"""Attestations as signed claims: anyone can check one offline, with public keys alone.

An attestation is a compact JWS over JSON claims; the header names the provider's key.
Nothing in it can be changed without the check failing.

Source:
    RFC 7515 (JWS), RFC 8037 and RFC 8032 (Ed25519), W3C Securing Verifiable
    Credentials using JOSE and COSE (media type ``vc+jwt``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from longtail.values.refusal import Refusal

ALGORITHM = "EdDSA"
TYPE = "vc+jwt"
# What clocks of two honest parties may differ by.
LEEWAY = timedelta(minutes=5)
# The last second of the year 9999, past which a datetime cannot go.
LAST_SECOND = 253_402_300_799


class AttestationRefused(Refusal):
    """The attestation cannot be relied on."""


class Tampered(AttestationRefused):
    """It is malformed, or its signature does not fit its content."""


class UnknownKey(AttestationRefused):
    """It names a key that is not among those given."""


class KeyRevoked(AttestationRefused):
    """The key that signed it is revoked."""


class WrongIssuer(AttestationRefused):
    """It says to come from somebody else than the key's owner."""


class WrongOrder(AttestationRefused):
    """It answers another order."""


class WrongSubject(AttestationRefused):
    """It is about another party than the one ordered."""


class WrongKind(AttestationRefused):
    """It is of another kind than ordered."""


class BackDated(AttestationRefused):
    """It says to be issued before it was ordered."""


class NotYetValid(AttestationRefused):
    """Its validity has not begun."""


class Expired(AttestationRefused):
    """Its validity is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A provider's public key.

    Attributes:
        kid: Key id, as the header names it.
        issuer: Party code of its owner.
        jwk: Public Ed25519 key (RFC 8037).
        revoked_at: When it was revoked; nothing it signed counts after that.
    """

    kid: str
    issuer: str
    jwk: Mapping[str, str]
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an attestation says; field names are the claim names of its JSON.

    Attributes:
        iss: Party code of the provider.
        sub: Party code of the subject.
        jti: The attestation's own id.
        order: Code of the order that it answers.
        kind: Kind of evidence.
        value: Decimal digits.
        scale: What the value is measured on.
        confidence_bps: How sure the provider is, basis points.
        statement: The finding in words.
        evidence_sha256: Hash of the document behind it, hex.
        liability_cap_minor: Most the provider is liable for, minor units.
        currency: ISO 4217 code of the cap.
        iat: When it was issued, seconds since 1970 UTC.
        nbf: From when it may be relied on.
        exp: Until when, exclusive.
    """

    iss: str
    sub: str
    jti: str
    order: str
    kind: str
    value: str
    scale: str
    confidence_bps: int
    statement: str
    evidence_sha256: str
    liability_cap_minor: int
    currency: str
    iat: int
    nbf: int
    exp: int

    @property
    def valid_from(self) -> datetime:
        """From when it may be relied on."""
        return datetime.fromtimestamp(self.nbf, UTC)

    @property
    def valid_until(self) -> datetime:
        """Until when it may be relied on, exclusive."""
        return datetime.fromtimestamp(self.exp, UTC)


class _Ed25519Only(jws.JWSRegistry):
    """Reads the header ``EdDSA`` as Ed25519 and nothing else.

    ``EdDSA`` alone leaves the curve open, for which RFC 9864 deprecates it; pinning
    the curve here keeps the name that verifiers know without the ambiguity.
    """

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise Tampered(f"The attestation is signed with {name!r}; only EdDSA counts.")
        return self.algorithms["Ed25519"]


REGISTRY = _Ed25519Only()


def sign(claims: Claims, *, kid: str, private_jwk: Mapping[str, str]) -> str:
    """Return claims as a compact JWS.

    Args:
        claims: What is attested.
        kid: Id of the key.
        private_jwk: Private Ed25519 key of the issuer.
    """
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": kid}
    payload = json.dumps(asdict(claims), ensure_ascii=False, separators=(",", ":"))
    key = OKPKey.import_key(dict(private_jwk))
    return jws.serialize_compact(header, payload.encode(), key, registry=REGISTRY)


def key_id(signed: str | bytes) -> str:
    """Return the id of the key that an attestation names. Nothing is verified yet.

    Raises:
        Tampered: If it is malformed.
    """
    return _key_id(_opened(signed))


def verify(signed: str | bytes, keys: Iterable[IssuerKey]) -> Claims:
    """Check who signed an attestation and that nothing in it was changed.

    Whether it is in force and answers a given order is not asked here; see
    :func:`require_in_force` and :func:`require_answers`.

    Args:
        signed: Compact JWS.
        keys: Public keys to trust, of any issuers.

    Returns:
        The claims.

    Raises:
        Tampered: If it is malformed or the signature does not fit.
        UnknownKey: If none of the keys is the one it names.
        KeyRevoked: If that key is revoked.
        WrongIssuer: If that key belongs to somebody else than the claimed issuer.
    """
    envelope = _opened(signed)
    kid = _key_id(envelope)
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise UnknownKey(
            f"The attestation names key {kid!r}, which is not registered. The provider "
            "can register it."
        )
    try:
        is_genuine = jws.validate_compact(
            envelope, OKPKey.import_key(dict(key.jwk)), registry=REGISTRY
        )
    except (JoseError, ValueError, TypeError) as error:
        raise _tampered("its signature cannot be read") from error
    if not is_genuine:
        raise _tampered("its signature does not fit its content")
    if key.revoked_at is not None:
        raise KeyRevoked(
            f"Key {key.kid} of {key.issuer} was revoked on {key.revoked_at:%d %B %Y}, so "
            "nothing it signed counts. Ask the provider for a new attestation."
        )
    claims = _claims(envelope.payload)
    if claims.iss != key.issuer:
        raise WrongIssuer(
            f"The attestation says to come from {claims.iss} but is signed by {key.issuer}."
        )
    return claims


def require_in_force(claims: Claims, *, at: datetime) -> None:
    """Refuse claims that may not be relied on at a time.

    Raises:
        NotYetValid: If their validity begins later, by more than clocks may differ.
        Expired: If it is over.
    """
    if claims.valid_from > at + LEEWAY:
        raise NotYetValid(
            f"The attestation is valid from {claims.valid_from:%d %B %Y %H:%M} UTC only."
        )
    if claims.valid_until <= at:
        raise Expired(
            f"The attestation expired on {claims.valid_until:%d %B %Y %H:%M} UTC. "
            "Order a new one."
        )


def require_answers(
    claims: Claims,
    *,
    order: str,
    issuer: str,
    subject: str,
    kind: str,
    requested_at: datetime,
) -> None:
    """Refuse claims that do not answer an order.

    Args:
        claims: Verified claims.
        order: Code of the order.
        issuer: Party code of who was asked.
        subject: Party code of whom it is about.
        kind: Kind of evidence ordered.
        requested_at: When it was ordered.

    Raises:
        WrongIssuer: If they come from another party.
        WrongSubject: If they are about another party.
        WrongKind: If they are of another kind.
        WrongOrder: If they name another order.
        BackDated: If they say to be issued before the order.
    """
    if claims.iss != issuer:
        raise WrongIssuer(f"The attestation is by {claims.iss}; {issuer} was asked.")
    if claims.sub != subject:
        raise WrongSubject(f"The attestation is about {claims.sub}; {subject} was ordered.")
    if claims.kind != kind:
        raise WrongKind(f"The attestation is a {claims.kind}; a {kind} was ordered.")
    if claims.order != order:
        raise WrongOrder(f"The attestation answers order {claims.order}, not {order}.")
    if datetime.fromtimestamp(claims.iat, UTC) < requested_at - LEEWAY:
        raise BackDated("The attestation says to be issued before it was ordered.")


def _opened(signed: str | bytes) -> jws.CompactSignature:
    try:
        return jws.extract_compact(
            signed.encode() if isinstance(signed, str) else signed, registry=REGISTRY
        )
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _tampered("it is no compact JWS") from error


def _key_id(envelope: jws.CompactSignature) -> str:
    header = envelope.headers()
    # Every header member is known, so that none can change how the rest is read.
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"}:
        raise _tampered("its header must have alg, typ and kid and nothing else")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise _tampered(f"its header must say alg {ALGORITHM} and typ {TYPE}")
    if not isinstance(header["kid"], str):
        raise _tampered("its key id must be text")
    return header["kid"]


def _claims(payload: bytes) -> Claims:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise _tampered("its claims are no JSON") from error
    names = {field.name: field.type for field in fields(Claims)}
    if not isinstance(said, dict) or set(said) != set(names):
        raise _tampered(f"its claims must be exactly {', '.join(names)}")
    for name, type_name in names.items():
        if type(said[name]).__name__ != type_name:
            raise _tampered(f"its claim {name} must be {type_name}")
    times = said["nbf"], said["iat"], said["exp"]
    if not (min(times) >= 0 and max(times) <= LAST_SECOND and said["nbf"] < said["exp"]):
        raise _tampered("its times are out of range")
    return Claims(**said)


def _tampered(why: str) -> Tampered:
    return Tampered(
        f"The attestation was changed or is malformed: {why}. Ask the provider to send "
        "it again."
    )
