"""Secrets of an installation that was not given any: made once, kept in ``var/``."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from longtail.ledger.custodian.messages import signing


def ensure(folder: Path) -> None:
    """Write the secrets that are missing; never replace one.

    Args:
        folder: Where they are kept, readable by the owner only.
    """
    _keep(folder / "secret_key", lambda: secrets.token_urlsafe(50))
    _keep(folder / "idp_key", _signing_key)
    _keep(folder / "claims_secret", lambda: secrets.token_urlsafe(50))
    _pair(folder / "custodian_key", folder / "sandbox_trusted_key")
    _pair(folder / "sandbox_bank_key", folder / "custodian_trusted_key")
    _keep(folder / "log_key", _log_key)


def _pair(private: Path, public: Path) -> None:
    """Make a key for signing messages, and hand its public half over once, at set-up.

    A key that is replaced later has to be registered by two people on the other side.
    """
    _keep(private, lambda: json.dumps(signing.new_key()))
    _keep(public, lambda: json.dumps(signing.public_part(json.loads(private.read_text()))))


def _keep(file: Path, make) -> None:  # type: ignore[no-untyped-def]
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(make())
        # Whole or not at all, whenever the process is killed.
        draft.replace(file)


def _signing_key() -> str:
    return _text(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _log_key() -> str:
    """Return what signs the heads of the log (``ledger.log.heads``)."""
    return _text(ed25519.Ed25519PrivateKey.generate())


def _text(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
