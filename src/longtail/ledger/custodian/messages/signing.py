"""Signatures beside messages: who sent them, and that not a byte was changed. Pure.

A signature is a compact JWS that travels beside its message. What it signs is a manifest:
the SHA-256 of the message's exact bytes, when it was signed and, for an order, the digest
of every payment with the two people who let it go. So the receiver checks the bytes it
got and, once they are read, that it read what the sender meant.

Source:
    RFC 7515 (JWS), RFC 8037 and RFC 8032 (Ed25519), RFC 7638 (thumbprints as key ids).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, thumbprint

from longtail.ledger.custodian.messages.contents import CreditTransfer, MessageRefused

ALGORITHM = "Ed25519"
TYPE = "bank-manifest+jws"


class SignatureRefused(MessageRefused):
    """A message is unsigned, or its signature is not its sender's; nothing was done."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it travels: its bytes, and the signature beside them."""

    body: bytes
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One payment of an order and the two people who stand behind it.

    Attributes:
        end_to_end_id: The payment.
        sha256: Digest of everything that is asked; see :func:`payment_digest`.
        prepared_by: Who prepared it.
        released_by: Who released it.
    """

    end_to_end_id: str
    sha256: str
    prepared_by: str
    released_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key of the other side's.

    Attributes:
        kid: RFC 7638 thumbprint.
        jwk: Public Ed25519 key (RFC 8037).
        retired_at: From when it signs nothing new; what it signed before still counts.
    """

    kid: str
    jwk: Mapping[str, str]
    retired_at: datetime | None = None


class _Ed25519Only(jws.JWSRegistry):
    """Knows one algorithm; a manifest may name a thousand payments."""

    max_payload_length = 512_000

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise SignatureRefused(f"Signed with {name!r}; only {ALGORITHM} counts.")
        return self.algorithms[ALGORITHM]


REGISTRY = _Ed25519Only()


def new_key() -> dict[str, str]:
    """Return a fresh private Ed25519 key as JWK."""
    return dict(OKPKey.generate_key("Ed25519").as_dict(private=True))


def public_part(private_jwk: Mapping[str, str]) -> dict[str, str]:
    """Return the public key of a private one."""
    return {name: private_jwk[name] for name in ("kty", "crv", "x")}


def key_id(jwk: Mapping[str, str]) -> str:
    """Return the id of a key, private or public: its thumbprint."""
    return str(thumbprint({name: jwk[name] for name in ("kty", "crv", "x")}))


def is_public_key(jwk: Mapping[str, str]) -> bool:
    """Say whether it is a public Ed25519 key and nothing more."""
    if set(jwk) != {"kty", "crv", "x"} or (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        return False
    try:
        OKPKey.import_key(dict(jwk))
    except (JoseError, ValueError, TypeError):
        return False
    return True


def payment_digest(transfer: CreditTransfer) -> str:
    """Return the SHA-256 of all that a payment asks for, in hexadecimal."""
    payee, amount = transfer.payee, transfer.amount
    said = [transfer.end_to_end_id, amount.minor, amount.currency, payee.name]
    said += [payee.account, payee.bic, transfer.reference, transfer.remittance]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def sign(
    body: bytes,
    *,
    private_jwk: Mapping[str, str],
    at: datetime,
    approvals: Iterable[Approval] = (),
) -> Letter:
    """Return a message with its signature.

    Args:
        body: The exact bytes to be sent.
        private_jwk: The sender's private Ed25519 key.
        at: When it is signed, timezone-aware.
        approvals: Of an order: who stands behind each payment.
    """
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key_id(private_jwk)}
    manifest = {
        "sha256": hashlib.sha256(body).hexdigest(),
        "signed_at": at.astimezone(UTC).isoformat(),
        "approvals": [asdict(approval) for approval in approvals],
    }
    payload = json.dumps(manifest, separators=(",", ":")).encode()
    key = OKPKey.import_key(dict(private_jwk))
    return Letter(body, jws.serialize_compact(header, payload, key, registry=REGISTRY))


def verify(
    letter: Letter, keys: Iterable[TrustedKey], *, at: datetime
) -> tuple[Approval, ...]:
    """Check that a message is its sender's to the last byte.

    Args:
        letter: The message as received, never trusted.
        keys: The sender's public keys.
        at: When it was received; a key retired by then no longer counts.

    Returns:
        The approvals it names.

    Raises:
        SignatureRefused: If it is unsigned, signed by another key, or was changed.
    """
    if not letter.signature:
        raise SignatureRefused("The message is not signed.")
    try:
        found = jws.extract_compact(letter.signature.encode(), registry=REGISTRY)
        header = found.headers()
        key = _key(header, keys, at=at)
        is_genuine = jws.validate_compact(
            found, OKPKey.import_key(dict(key.jwk)), registry=REGISTRY
        )
        manifest = json.loads(found.payload)
        said = (manifest["sha256"], manifest["signed_at"])
        approvals = tuple(Approval(**named) for named in manifest["approvals"])
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SignatureRefused("The signature cannot be read.") from error
    if not is_genuine:
        raise SignatureRefused(f"The signature is not that of key {key.kid}.")
    if said[0] != hashlib.sha256(letter.body).hexdigest():
        raise SignatureRefused("The message was changed after it was signed.")
    return approvals


def _key(header: Any, keys: Iterable[TrustedKey], *, at: datetime) -> TrustedKey:
    # Every header member is known, so that none can change how the rest is read.
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"}:
        raise SignatureRefused("A signature's header has alg, typ and kid, nothing else.")
    if (header["alg"], header["typ"]) != (ALGORITHM, TYPE):
        raise SignatureRefused(f"A signature's header says {ALGORITHM} and {TYPE}.")
    key = next((key for key in keys if key.kid == header["kid"]), None)
    if key is None:
        raise SignatureRefused(f"Key {header['kid']!r} is not registered.")
    if key.retired_at is not None and key.retired_at <= at:
        raise SignatureRefused(f"Key {key.kid} is retired since {key.retired_at:%d %B %Y}.")
    return key


def require_approved(
    transfers: Iterable[CreditTransfer], approvals: Iterable[Approval]
) -> None:
    """Refuse an order unless each payment, as read, was let go by two people.

    Raises:
        SignatureRefused: If a payment is not, or is not exactly, what was approved, or
            one person alone stands behind it.
    """
    asked = sorted((t.end_to_end_id, payment_digest(t)) for t in transfers)
    named = tuple(approvals)
    if asked != sorted((a.end_to_end_id, a.sha256) for a in named):
        raise SignatureRefused("The order's payments are not those that were approved.")
    for approval in named:
        people = {approval.prepared_by, approval.released_by}
        if len(people - {""}) != 2:
            raise SignatureRefused(
                f"Payment {approval.end_to_end_id} was not let go by two people."
            )
