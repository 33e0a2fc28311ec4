"""Dates: month arithmetic that keeps its anchor, and business days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)
SATURDAY_SUNDAY = frozenset({5, 6})
# Longer than any run of holidays known; a calendar without business days is an error.
MAX_CLOSED_DAYS = 60


class Roll(StrEnum):
    """Where a date goes that falls on a day the banks are closed.

    Source: ISDA, 2006 ISDA Definitions, section 4.12.
    """

    UNADJUSTED = "unadjusted"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified-following"
    PRECEDING = "preceding"


def add_months(day: date, months: int, *, anchor_day: int | None = None) -> date:
    """Return the date a number of months away, clamped to the end of its month.

    Args:
        day: The date to count from.
        months: Whole months, may be negative.
        anchor_day: Day of month to aim at, 1 to 31; the day's own when not given. A
            schedule passes the day of its first date, so that 31 January, 28 February
            goes on to 31 March and not to 28 March.

    Returns:
        The anchored date, or the last day of a month that is too short for it.

    Raises:
        ValueError: If the anchor is no day of a month, or the year leaves 1 to 9999.
    """
    anchor = day.day if anchor_day is None else anchor_day
    if not 1 <= anchor <= 31:
        raise ValueError(f"anchor_day {anchor} is not between 1 and 31")
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= years <= 9999:
        raise ValueError(f"{months} months from {day} is outside the calendar")
    if anchor > 28:
        anchor = min(anchor, monthrange(years, month + 1)[1])
    return date(years, month + 1, anchor)


def is_month_end(day: date) -> bool:
    """Return whether the day is the last of its month."""
    return day.day == monthrange(day.year, day.month)[1]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which banks of one place are open.

    Attributes:
        holidays: Closed days besides weekends.
        weekend: Closed weekdays, Monday 0 to Sunday 6.
        workdays: Days that are open although they fall on a weekend, such as the
            working Saturdays around long holidays in China.
    """

    holidays: Set[date] = frozenset()
    weekend: Set[int] = SATURDAY_SUNDAY
    workdays: Set[date] = field(default=frozenset())

    def is_business_day(self, day: date) -> bool:
        """Return whether banks are open on the day."""
        if day.weekday() in self.weekend:
            return day in self.workdays
        return day not in self.holidays

    def adjust(self, day: date, roll: Roll) -> date:
        """Return the day itself if banks are open, else where ``roll`` sends it.

        Raises:
            ValueError: If no business day lies within two months.
        """
        if roll is Roll.UNADJUSTED or self.is_business_day(day):
            return day
        if roll is Roll.PRECEDING:
            return self._seek(day, -ONE_DAY)
        following = self._seek(day, ONE_DAY)
        if roll is Roll.MODIFIED_FOLLOWING and following.month != day.month:
            return self._seek(day, -ONE_DAY)
        return following

    def next_business_day(self, day: date) -> date:
        """Return the first business day strictly after the day."""
        return self._seek(day, ONE_DAY)

    def _seek(self, day: date, step: timedelta) -> date:
        for _ in range(MAX_CLOSED_DAYS):
            day += step
            if self.is_business_day(day):
                return day
        raise ValueError(f"no business day within {MAX_CLOSED_DAYS} days of {day}")
