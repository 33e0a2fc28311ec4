"""Rates as integer basis points, and the one way an amount is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

ONE_BPS = 10_000


def round_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest integer, a half away from zero.

    Args:
        numerator: Any integer.
        denominator: Positive integer.

    Raises:
        ValueError: If the denominator is not positive.
    """
    if denominator <= 0:
        raise ValueError(f"denominator {denominator} is not positive")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def share_minor(amount_minor: int, bps: int) -> int:
    """Return a share of an amount, rounded half up to the minor unit.

    Args:
        amount_minor: Minor units; a negative amount gives the negative share.
        bps: Share in basis points, 10,000 for the whole.
    """
    return round_half_up(amount_minor * bps, ONE_BPS)


def fraction(bps: int) -> Decimal:
    """Return basis points as an exact fraction: 1250 becomes ``0.1250``."""
    return Decimal(bps).scaleb(-4)


def to_bps(rate: Decimal | float) -> int:
    """Return a fraction as basis points, rounded half up: 0.125 becomes 1250.

    Raises:
        ValueError: If the rate is not finite.
    """
    exact = Decimal(rate)
    if not exact.is_finite():
        raise ValueError(f"rate {rate} is not a finite number")
    return int(exact.scaleb(4).to_integral_value(rounding=ROUND_HALF_UP))
