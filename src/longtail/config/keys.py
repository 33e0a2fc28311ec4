"""Secrets of an installation that was not given any: made once, kept in ``var/``."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def ensure(folder: Path) -> None:
    """Write the secrets that are missing; never replace one.

    Args:
        folder: Where they are kept, readable by the owner only.
    """
    _keep(folder / "secret_key", lambda: secrets.token_urlsafe(50))
    _keep(folder / "idp_key", _signing_key)


def _keep(file: Path, make) -> None:  # type: ignore[no-untyped-def]
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(make())
        # Whole or not at all, whenever the process is killed.
        draft.replace(file)


def _signing_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
