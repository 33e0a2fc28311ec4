"""Day counts: which part of a year lies between two dates, exactly.

Every convention gives an integer over its own fixed denominator, so a fraction is exact
and many of them stay in ``int64``.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
DateArray = NDArray[np.datetime64]


class DayCount(StrEnum):
    """How days become a fraction of a year.

    ``THIRTY_360`` is the Eurobond basis 30E/360: a 31st counts as the 30th on either side,
    the end of February is not moved. The US (NASD) variant differs when the second date
    is a 31st and the first is before the 30th; it is not offered.

    Source: ISDA, 2006 ISDA Definitions, section 4.16: (g) 30E/360, (d) Actual/365
    (Fixed), (e) Actual/360, (b) Actual/Actual (ISDA).
    """

    THIRTY_360 = "30/360"
    ACT_365F = "ACT/365F"
    ACT_360 = "ACT/360"
    ACT_ACT = "ACT/ACT"


# 365 × 366 makes days of ordinary and of leap years comparable without division.
DENOMINATOR: Final = {
    DayCount.THIRTY_360: 360,
    DayCount.ACT_365F: 365,
    DayCount.ACT_360: 360,
    DayCount.ACT_ACT: 365 * 366,
}


def year_fraction(start: date, end: date, convention: DayCount) -> Fraction:
    """Return the part of a year from ``start`` to ``end``.

    Args:
        start: First date, counted.
        end: Last date, not counted; before ``start`` gives the negative fraction.
        convention: The day count.

    Returns:
        An exact fraction of a year.
    """
    return Fraction(fraction_numerator(start, end, convention), DENOMINATOR[convention])


def fraction_numerator(start: date, end: date, convention: DayCount) -> int:
    """Return :func:`year_fraction` times ``DENOMINATOR[convention]``."""
    if convention is DayCount.THIRTY_360:
        return _thirty_day_count(end) - _thirty_day_count(start)
    if convention is DayCount.ACT_ACT:
        return _isda_count(end) - _isda_count(start)
    return (end - start).days


def _thirty_day_count(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def _isda_count(day: date) -> int:
    """Count from year 0 in units of 1/(365 × 366) year."""
    new_year = date(day.year, 1, 1)
    is_leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return day.year * 365 * 366 + (day - new_year).days * (365 if is_leap else 366)


def fraction_numerators(
    starts: DateArray, ends: DateArray, convention: DayCount
) -> IntArray:
    """Return the part of a year between many pairs of dates.

    Args:
        starts: ``datetime64[D]`` first dates, any shape.
        ends: ``datetime64[D]`` last dates, of a shape that broadcasts with ``starts``.
        convention: The day count.

    Returns:
        ``int64`` numerators over ``DENOMINATOR[convention]``, in the broadcast shape.
    """
    if convention is DayCount.THIRTY_360:
        return _thirty_day_counts(ends) - _thirty_day_counts(starts)
    if convention is DayCount.ACT_ACT:
        return _isda_counts(ends) - _isda_counts(starts)
    return _day_numbers(ends) - _day_numbers(starts)


def _day_numbers(days: DateArray) -> IntArray:
    return days.astype("datetime64[D]").astype(np.int64)


def _thirty_day_counts(days: DateArray) -> IntArray:
    months = days.astype("datetime64[M]")
    day_of_month = _day_numbers(days) - _day_numbers(months) + 1
    counts: IntArray = months.astype(np.int64) * 30 + np.minimum(day_of_month, 30)
    return counts


def _isda_counts(days: DateArray) -> IntArray:
    years = days.astype("datetime64[Y]")
    number = years.astype(np.int64) + 1970
    is_leap = (number % 4 == 0) & ((number % 100 != 0) | (number % 400 == 0))
    passed = _day_numbers(days) - _day_numbers(years)
    counts: IntArray = number * (365 * 366) + passed * np.where(is_leap, 365, 366)
    return counts
