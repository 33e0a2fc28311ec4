"""Day counts: which part of a year lies between two dates, exactly.

Every convention gives an integer over its own fixed denominator, so a fraction is exact
and many of them stay in ``int64``.
"""

from __future__ import annotations

from calendar import isleap
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
    the end of February is not moved. ``THIRTY_360_US`` is the bond basis: an end on a 31st
    counts as the 30th only if the start is a 30th or 31st.

    Source: ISDA, 2006 ISDA Definitions, section 4.16: (g) 30E/360, (f) 30/360, (d)
    Actual/365 (Fixed), (e) Actual/360, (b) Actual/Actual (ISDA).
    """

    THIRTY_360 = "30/360"
    THIRTY_360_US = "30/360 US"
    ACT_365F = "ACT/365F"
    ACT_360 = "ACT/360"
    ACT_ACT = "ACT/ACT"


# 365 × 366 makes days of ordinary and of leap years comparable without division.
DENOMINATOR: Final = {
    DayCount.THIRTY_360: 360,
    DayCount.THIRTY_360_US: 360,
    DayCount.ACT_365F: 365,
    DayCount.ACT_360: 360,
    DayCount.ACT_ACT: 365 * 366,
}


def by_the_day(convention: DayCount) -> DayCount:
    """Return the convention that accrues by the day where one counts whole periods.

    Of all conventions only the bond basis is not the sum of its parts: what a span earns
    would depend on the days somebody looked at it. By the day it counts as 30E/360.
    """
    if convention is DayCount.THIRTY_360_US:
        return DayCount.THIRTY_360
    return convention


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
    if convention is DayCount.THIRTY_360_US:
        if end < start:
            return -fraction_numerator(end, start, convention)
        ends_late = end.day == 31 and start.day < 30
        return _thirty_day_count(end) - _thirty_day_count(start) + ends_late
    if convention is DayCount.ACT_ACT:
        return _isda_count(end) - _isda_count(start)
    return (end - start).days


def _thirty_day_count(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def _isda_count(day: date) -> int:
    """Count from year 0 in units of 1/(365 × 366) year."""
    new_year = date(day.year, 1, 1)
    part = 365 if isleap(day.year) else 366
    return day.year * 365 * 366 + (day - new_year).days * part


def icma_fraction(
    start: date, end: date, period: tuple[date, date], periods_per_year: int
) -> Fraction:
    """Return the part of a year of a span within one regular coupon period.

    Args:
        start: First date, counted, not before the period.
        end: Last date, not counted, not after the period.
        period: First and last date of the regular period.
        periods_per_year: Regular periods in a year.

    Raises:
        ValueError: If the span is not within the period.

    Source:
        ICMA Rule 251.1 (iii); ISDA, 2006 ISDA Definitions, section 4.16 (c),
        Actual/Actual (ICMA).
    """
    first, last = period
    if not first <= start <= end <= last or first == last:
        raise ValueError(f"{start} to {end} is not within {first} to {last}")
    return Fraction((end - start).days, (last - first).days * periods_per_year)


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
    if convention is DayCount.THIRTY_360_US:
        earlier, later = np.minimum(starts, ends), np.maximum(starts, ends)
        ends_late = (_days_of_month(later) == 31) & (_days_of_month(earlier) < 30)
        counts: IntArray = _thirty_day_counts(later) - _thirty_day_counts(earlier)
        counts += ends_late
        return np.negative(counts, out=counts, where=ends < starts)
    if convention is DayCount.ACT_ACT:
        return _isda_counts(ends) - _isda_counts(starts)
    return _day_numbers(ends) - _day_numbers(starts)


def _day_numbers(days: DateArray) -> IntArray:
    return days.astype("datetime64[D]").astype(np.int64)


def _thirty_day_counts(days: DateArray) -> IntArray:
    months = days.astype("datetime64[M]").astype(np.int64)
    counts: IntArray = months * 30 + np.minimum(_days_of_month(days), 30)
    return counts


def _days_of_month(days: DateArray) -> IntArray:
    return _day_numbers(days) - _day_numbers(days.astype("datetime64[M]")) + 1


def _isda_counts(days: DateArray) -> IntArray:
    years = days.astype("datetime64[Y]")
    number = years.astype(np.int64) + 1970
    is_leap = (number % 4 == 0) & ((number % 100 != 0) | (number % 400 == 0))
    passed = _day_numbers(days) - _day_numbers(years)
    counts: IntArray = number * (365 * 366) + passed * np.where(is_leap, 365, 366)
    return counts
