from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.values.dates import Calendar, Roll, add_months, is_month_end

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
# New Year's Day 2024 is a Monday; 30 March 2024 a Saturday at the end of its month.
CALENDAR = Calendar(holidays=frozenset({date(2024, 1, 1), date(2024, 4, 1)}))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 15), -13, date(2022, 12, 15)),
        (date(2024, 5, 5), 0, date(2024, 5, 5)),
    ],
)
def test_months_are_clamped_to_the_end_of_a_short_month(start, months, end):
    assert add_months(start, months) == end


def test_an_anchor_brings_a_clamped_date_back():
    assert add_months(date(2023, 2, 28), 1, anchor_day=31) == date(2023, 3, 31)
    assert add_months(date(2023, 2, 28), 1) == date(2023, 3, 28)


@given(days, st.integers(-600, 600), st.integers(1, 31))
def test_the_day_of_month_is_the_anchor_or_the_last_one(day, months, anchor):
    moved = add_months(day, months, anchor_day=anchor)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    is_last = (moved + timedelta(days=1)).month != moved.month
    assert moved.day == anchor or (is_last and moved.day < anchor)


@given(days, st.integers(0, 600), st.integers(0, 600))
def test_two_steps_with_one_anchor_are_one_step(day, first, second):
    halfway = add_months(day, first)
    assert add_months(halfway, second, anchor_day=day.day) == add_months(
        day, first + second
    )


@pytest.mark.parametrize("anchor", [0, 32])
def test_an_anchor_that_is_no_day_is_refused(anchor):
    with pytest.raises(ValueError, match="anchor_day"):
        add_months(date(2024, 1, 1), 1, anchor_day=anchor)


def test_leaving_the_calendar_is_refused():
    with pytest.raises(ValueError, match="outside the calendar"):
        add_months(date(9999, 12, 31), 1)


@pytest.mark.parametrize(
    ("day", "roll", "expected"),
    [
        (date(2023, 12, 30), Roll.FOLLOWING, date(2024, 1, 2)),
        (date(2023, 12, 30), Roll.PRECEDING, date(2023, 12, 29)),
        (date(2023, 12, 30), Roll.UNADJUSTED, date(2023, 12, 30)),
        (date(2024, 3, 30), Roll.FOLLOWING, date(2024, 4, 2)),
        (date(2024, 3, 30), Roll.MODIFIED_FOLLOWING, date(2024, 3, 29)),
        (date(2024, 3, 9), Roll.MODIFIED_FOLLOWING, date(2024, 3, 11)),
        (date(2024, 3, 12), Roll.FOLLOWING, date(2024, 3, 12)),
    ],
)
def test_a_closed_day_rolls_by_convention(day, roll, expected):
    assert CALENDAR.adjust(day, roll) == expected


@given(days, st.sampled_from([Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING, Roll.PRECEDING]))
def test_an_adjusted_day_is_open_and_stays(day, roll):
    adjusted = CALENDAR.adjust(day, roll)
    assert CALENDAR.is_business_day(adjusted)
    assert CALENDAR.adjust(adjusted, roll) == adjusted


@given(days)
def test_the_next_business_day_is_later_and_none_lies_between(day):
    following = CALENDAR.next_business_day(day)
    assert following > day
    between = range(1, (following - day).days)
    assert not any(CALENDAR.is_business_day(day + timedelta(days=n)) for n in between)


def test_a_working_saturday_is_open():
    saturday = date(2024, 2, 3)
    assert not Calendar().is_business_day(saturday)
    assert Calendar(workdays=frozenset({saturday})).is_business_day(saturday)


def test_a_calendar_that_never_opens_is_refused():
    with pytest.raises(ValueError, match="no business day"):
        Calendar(weekend=frozenset(range(7))).next_business_day(date(2024, 1, 1))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 2, 28), False),
        (date(2024, 2, 29), True),
        (date(2023, 2, 28), True),
        (date(2024, 4, 30), True),
        (date(2024, 5, 30), False),
    ],
)
def test_the_last_day_of_a_month(day, expected):
    assert is_month_end(day) is expected
