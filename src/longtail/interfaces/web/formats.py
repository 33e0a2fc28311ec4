"""How amounts, rates and times are written, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from longtail.values.money import decimals

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "KWD": "KD "}
MINUS = "−"
DAYS_A_YEAR = 365
# A figure and its unit, a day and its month stay on one line.
NBSP = "\u00a0"


def money(minor: int | None, currency: str) -> str:
    """Return an amount with its currency's sign and decimals, such as ``$1,234.50``."""
    if minor is None:
        return "–"
    places = decimals(currency)
    figure = f"{Decimal(abs(minor)).scaleb(-places):,.{places}f}"
    return f"{MINUS if minor < 0 else ''}{SYMBOLS.get(currency, currency + ' ')}{figure}"


def money_short(minor: int | None, currency: str) -> str:
    """Return a rounded amount for headlines, such as ``$12.4 m`` or ``¥1,240 万``."""
    if minor is None:
        return "–"
    amount = Decimal(minor).scaleb(-decimals(currency))
    sign = SYMBOLS.get(currency, currency + " ")
    if _is_chinese():
        steps = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))
    else:
        steps = ((Decimal(10**9), "bn"), (Decimal(10**6), "m"), (Decimal(10**3), "k"))
    for size, unit in steps:
        if abs(amount) >= size:
            return f"{sign}{amount / size:,.1f}{NBSP}{unit}"
    return f"{sign}{amount:,.0f}"


def plain_amount(minor: int | None, currency: str) -> str:
    """Return an amount in major units as a form or a CSV takes it: no sign, no commas."""
    return "" if minor is None else f"{Decimal(minor).scaleb(-decimals(currency)):f}"


def percent(bps: int | None, places: int = 2) -> str:
    """Return basis points as a percentage, such as ``12.50 %``."""
    return "–" if bps is None else f"{Decimal(bps) / 100:,.{places}f}{NBSP}%"


def fraction(value: float | None, places: int = 2) -> str:
    """Return a fraction as a percentage."""
    if value is None:
        return "–"
    sign = MINUS if value < 0 else ""
    return f"{sign}{abs(value) * 100:,.{places}f}{NBSP}%"


def day(value: date | datetime | None) -> str:
    """Return a date as people write it: ``20 Nov 2026`` or ``2026年11月20日``."""
    if not value:
        return "–"
    written = formats.date_format(value, "Y年n月j日" if _is_chinese() else "j M Y")
    return written.replace(" ", NBSP)


def moment(value: datetime | None) -> str:
    """Return a time of a day, UTC."""
    if not value:
        return "–"
    return f"{day(value.astimezone(UTC))}{NBSP}{value.astimezone(UTC):%H:%M}"


def month(value: date) -> str:
    """Return a month: ``Nov 2026`` or ``2026年11月``."""
    return formats.date_format(value, "Y年n月" if _is_chinese() else "M Y")


def days_between(start: date | datetime, end: date | datetime) -> int:
    """Return whole days from one date or time to another."""
    return (_date(end) - _date(start)).days


def distance(value: date | datetime | None, *, now: datetime) -> str:
    """Return how far off a time is, in days: ``in 3 days``, ``today``, ``5 days ago``."""
    if not value:
        return "–"
    n = days_between(now, value)
    if n == 0:
        return _("today")
    if n <= -2 * DAYS_A_YEAR:
        years = -n // DAYS_A_YEAR
        return ngettext("%(n)d year ago", "%(n)d years ago", years) % {"n": years}
    if n > 0:
        return ngettext("in %(n)d day", "in %(n)d days", n) % {"n": n}
    return ngettext("%(n)d day ago", "%(n)d days ago", -n) % {"n": -n}


def _date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")
