"""Single fields of messages, checked as the schemas' simple types are."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from xsdata.models.datatype import XmlDate, XmlDateTime

from longtail.ledger.custodian.messages.contents import MessageRefused
from longtail.values.money import Money, parse

CURRENCY = re.compile(r"[A-Z]{3}")
# What XML 1.0 can carry, less line breaks and other controls that no name contains.
PRINTABLE = re.compile("[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
IDENTIFIER, NAME, ACCOUNT, BIC = 35, 140, 34, 11
# ISO 8601 as XML Schema writes it; what a zone offset would change is not asked of days.
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
DAY = re.compile(r"(\d{4,})-(\d{2})-(\d{2})(T.*|Z|[+-]\d{2}:\d{2})?", re.ASCII)


def text(value: str | None, limit: int, *, is_required: bool = False) -> str:
    """Return a text of at most ``limit`` printable characters.

    Raises:
        MessageRefused: If it is longer, contains controls, or is required and empty.
    """
    value = (value or "").strip()
    if len(value) > limit or not PRINTABLE.fullmatch(value):
        raise MessageRefused(f"{value[:limit]!r} is longer than {limit} or unprintable.")
    if is_required and not value:
        raise MessageRefused("A required text is empty.")
    return value


def money(element: Any) -> Money:
    """Return the amount of an ISO 20022 amount element; see :func:`amount`."""
    return amount(element.value, element.ccy)


def amount(value: str | Decimal, currency: str) -> Money:
    """Return an amount, always positive.

    Raises:
        MessageRefused: If it is zero or negative, too large, has too many decimals, is
            no number, or names no currency.
    """
    if not CURRENCY.fullmatch(currency or ""):
        raise MessageRefused(f"{currency!r} is no ISO 4217 currency code.")
    if isinstance(value, str) and not DECIMAL.fullmatch(value):
        raise MessageRefused(f"The amount {value[:40]!r} is no decimal number.")
    try:
        found = parse(value, currency)
    except ValueError as error:
        raise MessageRefused(f"The amount {value} {error}.") from error
    if found.minor <= 0:
        raise MessageRefused(f"The amount {found} must be positive.")
    return found


def balance_minor(amount: Any, currency: str) -> int:
    """Return a balance, which may be zero, in minor units.

    Raises:
        MessageRefused: If it is in another currency or impossible.
    """
    if amount.ccy != currency:
        raise MessageRefused(f"A balance is in {amount.ccy}, its account in {currency}.")
    try:
        found = parse(amount.value, currency)
    except ValueError as error:
        raise MessageRefused(f"The balance {amount.value} {error}.") from error
    if found.minor < 0:
        raise MessageRefused("A balance carries its sign in its indicator.")
    return found.minor


def day(said: str) -> date:
    """Return the date of an ISO 8601 date or point in time.

    Raises:
        MessageRefused: If there is no such day.
    """
    found = DAY.fullmatch(said)
    try:
        if found is None:
            raise ValueError("write it as YYYY-MM-DD")
        return date(*map(int, found.group(1, 2, 3)))
    except (ValueError, OverflowError) as error:
        raise MessageRefused(f"{said[:40]!r} is no date: {error}.") from error


def moment(value: XmlDateTime) -> datetime:
    """Return a point in time; one without offset is UTC.

    Raises:
        MessageRefused: If it lies outside the calendar.
    """
    try:
        found = value.to_datetime()
    except ValueError as error:
        raise MessageRefused(f"{value} is no point in time: {error}.") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def xml_moment(value: datetime) -> XmlDateTime:
    """Return a timezone-aware time for a message, in UTC."""
    return XmlDateTime.from_datetime(value.astimezone(UTC))


def xml_day(value: date) -> XmlDate:
    """Return a date for a message."""
    return XmlDate.from_date(value)


def total(amounts: list[Money]) -> Decimal:
    """Return a control sum: the plain sum of all amounts, whatever their currencies."""
    return sum((amount.decimal for amount in amounts), Decimal(0))
