"""Public codes: short, unguessable, safe to read aloud."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so a code survives a telephone call.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def mint(prefix: str, *, length: int = 10) -> str:
    """Return a fresh code such as ``DEM-7K3F9Q2A4X``.

    Args:
        prefix: Upper-case kind of thing, such as ``DEM``.
        length: Random characters, 5 bits each.

    Returns:
        The prefix, a hyphen and ``length`` random characters.
    """
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))
