from datetime import date

import pytest

from longtail.terms.calendars import UnknownCountry, calendar


def test_public_holidays_are_closed():
    america = calendar("US", 2020, 2030)
    assert not america.is_business_day(date(2024, 7, 4))
    assert america.is_business_day(date(2024, 7, 5))


def test_china_works_on_some_weekend_days():
    """The Sunday before the Spring Festival of 2024 was a working day."""
    china = calendar("CN", 2024, 2024)
    assert china.is_business_day(date(2024, 2, 4))
    assert not china.is_business_day(date(2024, 2, 12))


def test_the_same_span_is_read_once():
    assert calendar("US", 2000, 2010) is calendar("US", 2000, 2010)


def test_a_country_without_calendar_is_refused():
    with pytest.raises(UnknownCountry, match="XX"):
        calendar("XX", 2020, 2021)


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="empty span"):
        calendar("US", 2021, 2020)
