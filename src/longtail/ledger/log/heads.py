"""Tree heads: what the log was at one time, signed, to be held by outsiders.

A head is a compact JWS. Whoever holds one can later tell whether the log was rewritten,
with the site's public key alone.

Source:
    RFC 7515 (JWS), RFC 9864 (``Ed25519``), RFC 7638 (thumbprint, as the key's id).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from longtail.values.refusal import Refusal

ALGORITHM = "Ed25519"
TYPE = "longtail-log-head"
FIELDS = {"size", "previous", "root", "chain", "horizon", "sealed_at"}


class HeadRefused(Refusal):
    """A tree head cannot be relied on."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the log was when it was sealed.

    Attributes:
        size: How many entries it had.
        previous: How many the head before had, so that no head goes missing.
        root: Root of the tree over them (RFC 6962), 32 bytes.
        chain: Last link of the hash chain through them, 32 bytes.
        horizon: Number of a transaction; all before it had ended.
        sealed_at: When, timezone-aware.
    """

    size: int
    previous: int
    root: bytes
    chain: bytes
    horizon: int
    sealed_at: datetime


def sign(head: Head, *, key: OKPKey) -> str:
    """Return a head as a compact JWS."""
    said = {
        "size": head.size,
        "previous": head.previous,
        "root": head.root.hex(),
        "chain": head.chain.hex(),
        "horizon": head.horizon,
        "sealed_at": head.sealed_at.isoformat(),
    }
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint()}
    return jws.serialize_compact(header, json.dumps(said), key, algorithms=[ALGORITHM])


def read(signed: str, *, keys: Iterable[OKPKey]) -> Head:
    """Return a signed head.

    Args:
        signed: Compact JWS.
        keys: Public keys to trust: the site's, and those that it used before.

    Raises:
        HeadRefused: If it is malformed, or none of the keys signed it.
    """
    try:
        opened = jws.extract_compact(signed.strip().encode())
        header = opened.headers()
        if header.get("typ") != TYPE:
            raise _refused("it is something else that was signed")
        key = next((key for key in keys if key.thumbprint() == header.get("kid")), None)
        if key is None:
            raise _refused(f"key {header.get('kid')!r} is not one of this site's")
        if not jws.validate_compact(opened, key, algorithms=[ALGORITHM]):
            raise _refused("its signature does not fit its content")
        return _head(json.loads(opened.payload))
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise _refused("it is no signed head") from error


def _head(said: object) -> Head:
    if not isinstance(said, dict) or set(said) != FIELDS:
        raise _refused(f"it must say {', '.join(sorted(FIELDS))}")
    return Head(
        size=int(said["size"]),
        previous=int(said["previous"]),
        root=bytes.fromhex(said["root"]),
        chain=bytes.fromhex(said["chain"]),
        horizon=int(said["horizon"]),
        sealed_at=datetime.fromisoformat(said["sealed_at"]),
    )


def _refused(why: str) -> HeadRefused:
    return HeadRefused(
        f"This is no head of the log: {why}. Use the file that the site handed out."
    )
