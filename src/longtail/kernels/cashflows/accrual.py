"""Interest accrued between two dates."""

from __future__ import annotations

from datetime import date

from longtail.kernels.cashflows.daycount import DENOMINATOR, DayCount, fraction_numerator
from longtail.values.rates import ONE_BPS, round_half_up


def interest_minor(
    balance_minor: int, rate_bps: int, start: date, end: date, convention: DayCount
) -> int:
    """Return simple interest on a balance, rounded half up to the minor unit.

    Accrue over the whole span at once: rounding each day and adding the days up would
    drift from what is owed.

    Args:
        balance_minor: Balance that earns, minor units, not negative.
        rate_bps: Rate a year, basis points, not negative.
        start: First day that earns.
        end: The day it earns no more; on or before ``start`` nothing accrues.
        convention: The day count.

    Returns:
        Minor units.

    Raises:
        ValueError: If the balance or the rate is negative.
    """
    if balance_minor < 0 or rate_bps < 0:
        raise ValueError(f"negative balance {balance_minor} or rate {rate_bps}")
    part = max(fraction_numerator(start, end, convention), 0)
    return round_half_up(balance_minor * rate_bps * part, ONE_BPS * DENOMINATOR[convention])
