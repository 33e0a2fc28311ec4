"""Dated law: which regime of a place was in force on a day."""

from __future__ import annotations

from datetime import date

from longtail.terms.regimes.cn import CN
from longtail.terms.regimes.open_sandbox import OPEN_SANDBOX
from longtail.terms.regimes.regime import AmountCap, Regime, Verdict, verdict
from longtail.values.refusal import Refusal

__all__ = [
    "REGIMES",
    "AmountCap",
    "NoRegimeInForce",
    "Regime",
    "Verdict",
    "regime_at",
    "verdict",
]

# Versions of each place, oldest first.
REGIMES: dict[str, tuple[Regime, ...]] = {
    versions[0].code: versions for versions in (OPEN_SANDBOX, CN)
}


class NoRegimeInForce(Refusal):
    """The platform knows no law for this place on this day."""


def regime_at(code: str, day: date) -> Regime:
    """Return the law of a place as it stood on a day.

    Args:
        code: The place, such as ``"cn"`` or ``"open-sandbox"``.
        day: Any day; a past day gives the law of that day.

    Returns:
        The version in force.

    Raises:
        NoRegimeInForce: If the place is unknown or had no known law that day.
    """
    for regime in REGIMES.get(code, ()):
        if regime.is_in_force(day):
            return regime
    raise NoRegimeInForce(
        f"The platform knows no rules for {code!r} on {day.isoformat()}, so nothing can be "
        f"offered there. Choose one of {', '.join(REGIMES)}, or a later day."
    )
