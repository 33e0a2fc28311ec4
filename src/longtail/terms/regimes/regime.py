"""A regime: the law of one place in one span of time, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from longtail.values.money import Money
from longtail.values.rates import fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountCap:
    """The most one enterprise may borrow in a mode on one platform.

    Attributes:
        mode_code: The mode capped.
        max_minor: Minor units of the regime's currency.
        article: Where the law says so.
    """

    mode_code: str
    max_minor: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What is lawful where and when.

    Attributes:
        code: The place, such as ``"cn"``; all versions of a place share it.
        name: As people read it.
        effective_from: First day in force.
        effective_to: Last day in force, ``None`` while it still is.
        apr_cap_bps: The highest all-in annual percentage rate, basis points.
        apr_article: Where the law says so.
        currency: ISO 4217 code that the amount caps are in; empty if there are none.
        refused_modes: (mode code, article) of each mode that may not be offered.
        amount_caps: Limits by mode.
        apr_warning_bps: Above it, up to the cap, a claim is lawful but weak; ``None`` for
            no such band.
        apr_warning: What is weak about it, and where the law says so.
    """

    code: str
    name: str
    effective_from: date
    effective_to: date | None
    apr_cap_bps: int
    apr_article: str
    currency: str = ""
    refused_modes: tuple[tuple[str, str], ...] = ()
    amount_caps: tuple[AmountCap, ...] = ()
    apr_warning_bps: int | None = None
    apr_warning: str = ""

    def is_in_force(self, day: date) -> bool:
        """Return whether the regime holds on the day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a regime says of a deal.

    Attributes:
        is_allowed: Whether it may be offered.
        reasons: Every rule against it, with its article; empty if it is allowed.
        warnings: What is lawful but weak.
    """

    is_allowed: bool
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def verdict(regime: Regime, *, mode_code: str, amount_minor: int, apr_bps: int) -> Verdict:
    """Judge a deal by a regime.

    Args:
        regime: The law in force, see :func:`longtail.terms.regimes.regime_at`.
        mode_code: The mode of the deal.
        amount_minor: What the enterprise would owe in this mode on this platform, minor
            units of the regime's currency.
        apr_bps: All-in annual percentage rate, basis points.

    Returns:
        Whether it is allowed, and every reason why not.
    """
    refused = tuple(
        f"{regime.name} does not allow {mode_code}: {article}"
        for code, article in regime.refused_modes
        if code == mode_code
    )
    too_large = tuple(
        f"an enterprise may owe at most {Money(cap.max_minor, regime.currency)} in "
        f"{mode_code} on one platform, not {Money(amount_minor, regime.currency)}: "
        f"{cap.article}"
        for cap in regime.amount_caps
        if cap.mode_code == mode_code and amount_minor > cap.max_minor
    )
    reasons = (*refused, *too_large, *_too_dear(regime, apr_bps))
    return Verdict(not reasons, reasons, _weak(regime, apr_bps))


def _too_dear(regime: Regime, apr_bps: int) -> tuple[str, ...]:
    if apr_bps <= regime.apr_cap_bps:
        return ()
    return (
        f"the annual percentage rate of {percent(apr_bps)} is above the "
        f"{percent(regime.apr_cap_bps)} allowed: {regime.apr_article}",
    )


def _weak(regime: Regime, apr_bps: int) -> tuple[str, ...]:
    floor = regime.apr_warning_bps
    is_in_band = floor is not None and floor < apr_bps <= regime.apr_cap_bps
    return (regime.apr_warning,) if is_in_band else ()


def percent(bps: int) -> str:
    """Return basis points as people read them: 1540 becomes ``15.4 %``."""
    return f"{(fraction(bps) * 100).normalize():f} %"
