"""Business-day calendars by country."""

from __future__ import annotations

from functools import lru_cache

import holidays

from longtail.values.dates import Calendar


class UnknownCountry(ValueError):
    """No holidays are known for this country."""


@lru_cache(maxsize=64)
def calendar(country: str, first_year: int, last_year: int) -> Calendar:
    """Return the public holidays of a country for a span of years.

    Args:
        country: ISO 3166-1 alpha-2 code, such as ``"US"``.
        first_year: First year covered.
        last_year: Last year covered; outside the span only weekends are closed.

    Returns:
        A calendar, cached.

    Raises:
        UnknownCountry: If the country is not known.
        ValueError: If the span is empty.

    Source:
        The ``holidays`` package, which cites each country's law.
    """
    if first_year > last_year:
        raise ValueError(f"years {first_year} to {last_year} are an empty span")
    try:
        known = holidays.country_holidays(country, years=range(first_year, last_year + 1))
    except NotImplementedError:
        raise UnknownCountry(f"{country!r} has no holiday calendar") from None
    return Calendar(
        holidays=frozenset(known),
        weekend=frozenset(known.weekend),
        workdays=frozenset(known.weekend_workdays),
    )
