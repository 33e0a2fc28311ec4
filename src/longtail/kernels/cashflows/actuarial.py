"""The annual percentage rate of United States law, for periods that begin irregularly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

PRECISION = 1e-15
MOST_STEPS = 200


def actuarial_apr(
    advance_minor: int,
    payments_minor: Sequence[int],
    *,
    periods_per_year: Fraction | int = 12,
    odd_period: Fraction | float = 0,
    first_period: int = 1,
) -> float | None:
    """Return the annual percentage rate by the actuarial method, a nominal rate.

    The rate i of a unit-period at which the advance equals the sum of
    ``payment / ((1 + odd·i) · (1 + i) ** t)``, times the unit-periods of a year: within a
    part of a unit-period interest is simple.

    Args:
        advance_minor: Amount advanced, minor units, with no finance charge in it.
        payments_minor: ``(n_payments,)`` payments one unit-period apart, minor units.
        periods_per_year: Unit-periods in a year: 12 for months, 52 for weeks, and 365
            over the days of a single payment's term.
        odd_period: Part of a unit-period before the first full one.
        first_period: Full unit-periods before the first payment.

    Returns:
        A fraction a year, or ``None`` if the payments are less than the advance.

    Raises:
        ValueError: If an amount is not positive or there is no payment.

    Source:
        Regulation Z, 12 CFR part 1026, Appendix J, paragraph (b)(8).
    """
    amounts = np.array(payments_minor, np.float64)
    if advance_minor <= 0 or not len(amounts) or amounts.min() < 0:
        raise ValueError(f"advance {advance_minor}, payments {list(payments_minor)}")
    if sum(payments_minor) < advance_minor:
        return None
    odd, times = float(odd_period), first_period + np.arange(len(amounts))
    rate = 0.0
    # The present value falls and is convex: from a rate too low Newton only climbs.
    for _ in range(MOST_STEPS):
        worth = amounts / ((1.0 + odd * rate) * (1.0 + rate) ** times)
        slope = float(worth @ (odd / (1.0 + odd * rate) + times / (1.0 + rate)))
        step = (float(worth.sum()) - advance_minor) / slope
        rate += step
        if abs(step) <= PRECISION * max(1.0, rate):
            break
    return float(periods_per_year) * rate
