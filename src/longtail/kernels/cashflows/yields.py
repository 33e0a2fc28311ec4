"""Rates of return: the annual percentage rate of a loan and XIRR of dated flows.

Flows of a party: what it pays out is negative, what it receives is positive. A borrower's
flows turned round give the same rate.
"""

from __future__ import annotations

import math
from calendar import isleap
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longtail.values.dates import add_months

FloatArray = NDArray[np.float64]
# exp() of more than this overflows a double.
MAX_EXPONENT = 700.0
# A force of interest of 35 is 1.6e15 a year: beyond it a rate means nothing.
MAX_FORCE = 35.0
PRECISION = 1e-14


def apr(years: Sequence[Fraction | float], amounts_minor: Sequence[int]) -> float | None:
    """Return the annual percentage rate of charge, an effective annual rate.

    The rate X at which the present values ``amount × (1 + X) ** -years`` sum to zero.

    Args:
        years: ``(n_flows,)`` time of each flow after the first drawdown, in years; see
            :func:`ccd_years`.
        amounts_minor: ``(n_flows,)`` signed flows, minor units, with every fee in them.

    Returns:
        A fraction a year (0.1268 for 12.68 %), or ``None`` if no rate balances the flows.

    Source:
        Directive 2008/48/EC on credit agreements for consumers, Annex I, part I.
    """
    return rate_of(np.array([float(t) for t in years]), amounts_minor)


def ccd_years(start: date, end: date) -> Fraction:
    """Return the years between a drawdown and a payment: whole months, then days.

    Months are counted back from the payment; the days left over are divided by 365, or by
    366 if the year that ends with them contains a 29 February.

    Args:
        start: The drawdown.
        end: The payment, not before the drawdown.

    Raises:
        ValueError: If the payment is before the drawdown.

    Source:
        Directive 2008/48/EC, Annex I, part I, remark (c), as amended by Directive
        2011/90/EU.
    """
    if end < start:
        raise ValueError(f"the payment on {end} is before the drawdown on {start}")
    months = (end.year - start.year) * 12 + end.month - start.month
    # A payment on the last day of a short month is a whole number of months after a 31st.
    if add_months(start, months) == end:
        return Fraction(months, 12)
    rest = add_months(end, -months)
    if rest < start:
        months -= 1
        rest = add_months(end, -months)
    return Fraction(months, 12) + Fraction((rest - start).days, _days_of_year_to(rest))


def _days_of_year_to(day: date) -> int:
    """Return the days from the same day of the year before: 366 across a 29 February."""
    leap_year = day.year if (day.month, day.day) >= (2, 29) else day.year - 1
    return 366 if isleap(leap_year) else 365


def xirr(dates: Sequence[date], amounts_minor: Sequence[int]) -> float | None:
    """Return the internal rate of return of dated flows, actual days over 365.

    Where several rates balance the flows, the one nearest to zero is returned.

    Args:
        dates: ``(n_flows,)`` dates in any order.
        amounts_minor: ``(n_flows,)`` signed flows, minor units.

    Returns:
        A fraction a year above -1, or ``None`` if there is no sign change or no rate.

    Source:
        The definition of the spreadsheet function XIRR.
    """
    if not dates:
        return None
    first = min(dates)
    days = np.array([(day - first).days for day in dates], np.float64)
    return rate_of(days / 365.0, amounts_minor)


def rate_of(years: FloatArray, amounts_minor: ArrayLike) -> float | None:
    """Return the effective rate a year of flows: the root nearest zero, in a bracket.

    Args:
        years: ``(n_flows,)`` time of each flow, in years after the first.
        amounts_minor: ``(n_flows,)`` signed flows, minor units.

    Returns:
        A fraction a year, or ``None`` as for :func:`xirr`.

    Raises:
        ValueError: If there are more times than amounts, or fewer.
    """
    amounts = np.array(amounts_minor, np.float64)
    if len(years) != len(amounts):
        raise ValueError(f"{len(years)} times for {len(amounts)} amounts")
    if not (amounts > 0).any() or not (amounts < 0).any():
        return None
    # Scaled so that the present value is of the order of one.
    amounts /= np.abs(amounts).sum()
    bracket = _bracket(years, amounts)
    if bracket is None:
        return None
    return math.expm1(_polished(years, amounts, *bracket))


def _present_value(years: FloatArray, amounts: FloatArray, force: float) -> float:
    return float(amounts @ np.exp(-force * years))


def _bracket(years: FloatArray, amounts: FloatArray) -> tuple[float, float] | None:
    """Return forces of interest around the root nearest zero, or ``None``."""
    span = float(years.max())
    if span <= 0.0:
        return None
    most = min(MAX_FORCE, MAX_EXPONENT / span)
    low = high = 0.0
    below = above = _present_value(years, amounts, 0.0)
    if below == 0.0:
        return 0.0, 0.0
    step = min(0.05, most)
    while high < most:
        higher = min(high + step, most)
        value = _present_value(years, amounts, higher)
        if (value > 0.0) != (above > 0.0):
            return high, higher
        high, above = higher, value
        lower = -higher
        value = _present_value(years, amounts, lower)
        if (value > 0.0) != (below > 0.0):
            return lower, low
        low, below = lower, value
        step *= 1.3
    return None


def _polished(years: FloatArray, amounts: FloatArray, low: float, high: float) -> float:
    """Return the root between two forces: Newton, halving whenever it leaves them."""
    low_is_positive = _present_value(years, amounts, low) > 0.0
    force = (low + high) / 2
    for _ in range(200):
        discounted = amounts * np.exp(-force * years)
        value, slope = float(discounted.sum()), -float(years @ discounted)
        if value == 0.0:
            return force
        if (value > 0.0) == low_is_positive:
            low = force
        else:
            high = force
        step = force - value / slope if slope else math.inf
        following = step if low < step < high else (low + high) / 2
        if abs(following - force) <= PRECISION * max(1.0, abs(force)):
            return following
        force = following
    return force
