"""Canonical text of scorecards and inputs, and the hashes that name them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from longtail.kernels.credit.points import (
    Attribute,
    CategoricalAttribute,
    NumericAttribute,
    Scorecard,
)


def canonical(plain: Any) -> str:
    """Return plain values as the one JSON text they have: sorted keys, no spaces."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(plain: Any) -> str:
    """Return the SHA-256 of the canonical text, 64 hex digits."""
    return hashlib.sha256(canonical(plain).encode()).hexdigest()


def scorecard_json(scorecard: Scorecard) -> dict[str, Any]:
    """Return a scorecard as plain values, losing nothing."""
    # Through text, so that tuples are the lists that come back.
    plain: dict[str, Any] = json.loads(canonical(asdict(scorecard)))
    return plain


def scorecard_of(plain: Mapping[str, Any]) -> Scorecard:
    """Return the scorecard that :func:`scorecard_json` wrote."""
    attributes = tuple(_attribute(a) for a in plain["attributes"])
    return Scorecard(**{**plain, "attributes": attributes})


def _attribute(plain: Mapping[str, Any]) -> Attribute:
    points = tuple(plain["points"])
    if "edges" in plain:
        return NumericAttribute(
            **{**plain, "edges": tuple(plain["edges"]), "points": points}
        )
    return CategoricalAttribute(
        **{**plain, "levels": tuple(plain["levels"]), "points": points}
    )
