"""From an offer's figures to dated instalments, under the law of the enterprise's seat."""

from __future__ import annotations

from datetime import date, datetime

from longtail.deals import models, rules
from longtail.deals.services.evidence import mode_of
from longtail.terms.calendars import calendar
from longtail.terms.resolve import OfferTerms, ResolvedTerms, resolve
from longtail.values.dates import Calendar
from longtail.values.money import Money

# A decade and the longest tenor after it: few spans, so calendars stay cached.
CALENDAR_YEARS = 40


def resolved_terms(
    demand: models.Demand, *, principal: Money, rate_bps: int, drawdown_date: date
) -> ResolvedTerms:
    """Return what a demand's current version comes to at a price and a date.

    Args:
        demand: The demand, with its current version.
        principal: Amount lent.
        rate_bps: Nominal rate a year, basis points.
        drawdown_date: Day the money is paid out; the instalments count from it.
    """
    version, guarantor = demand.current, demand.current.guarantor
    return resolve(
        mode=mode_of(version),
        offer=OfferTerms(
            principal=principal,
            rate_bps=rate_bps,
            n_periods=version.tenor_months,
            drawdown_date=drawdown_date,
            cover_bps=version.cover_bps,
            guarantor_code=guarantor.code if guarantor else None,
            regime_code=rules.regime_code(demand.enterprise.country),
        ),
        calendar=calendar_for(demand.enterprise.country, drawdown_date),
    )


def priced_terms(demand: models.Demand, rate_bps: int, *, at: datetime) -> ResolvedTerms:
    """Return what a demand's current version comes to at a rate, drawn down at once."""
    version = demand.current
    return resolved_terms(
        demand,
        principal=Money(version.amount_minor, version.currency),
        rate_bps=rate_bps,
        drawdown_date=at.date(),
    )


def calendar_for(country: str, day: date) -> Calendar:
    """Return the business days of a country for any tenor that starts on a day."""
    first_year = day.year - day.year % 10
    return calendar(country, first_year, first_year + CALENDAR_YEARS)
