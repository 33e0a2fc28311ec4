"""Providers' private keys at rest: sealed, bound to their id, opened only to sign."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey

from longtail.values.refusal import Refusal

ALGORITHMS = ["dir", "A256GCM"]
# Sets this use of the platform's secret apart from every other.
PURPOSE = b"longtail evidence signing keys v1"


class KeyUnreadable(Refusal):
    """A sealed key does not open under the platform's secret."""


def generate() -> tuple[dict[str, str], dict[str, str]]:
    """Return a fresh Ed25519 key as (public JWK, private JWK)."""
    key = OKPKey.generate_key("Ed25519", auto_kid=False)
    return _texts(key.as_dict(private=False)), _texts(key.as_dict(private=True))


def seal(private_jwk: dict[str, str], *, kid: str, secret: str) -> str:
    """Return a private key encrypted under the platform's secret.

    Args:
        private_jwk: What to seal.
        kid: Its id, authenticated with it, so that sealed keys cannot change places.
        secret: The platform's secret.

    Source:
        RFC 5869 (HKDF), RFC 7516 (JWE), direct encryption with A256GCM.
    """
    header = {"alg": "dir", "enc": "A256GCM", "kid": kid}
    return jwe.encrypt_compact(
        header, json.dumps(private_jwk).encode(), _key(secret), algorithms=ALGORITHMS
    )


def unseal(sealed: str, *, kid: str, secrets: Iterable[str]) -> dict[str, str]:
    """Return a sealed private key.

    Args:
        sealed: What :func:`seal` returned.
        kid: The id it must carry.
        secrets: The platform's secret, then earlier ones.

    Raises:
        KeyUnreadable: If no secret opens it, or it is another key.
    """
    for secret in secrets:
        try:
            opened = jwe.decrypt_compact(sealed, _key(secret), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            continue
        private_jwk = json.loads(opened.plaintext or b"null")
        if opened.protected.get("kid") == kid and isinstance(private_jwk, dict):
            return private_jwk
    raise KeyUnreadable(
        f"Key {kid} does not open under the platform's secret, so it cannot sign. "
        "Restore the secret it was made under, or create a new key for the provider."
    )


def _texts(jwk: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in jwk.items()}


def _key(secret: str) -> OctKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return OctKey.import_key(derived.derive(secret.encode()))
