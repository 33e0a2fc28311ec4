"""What a field may hold. Every type states its bounds in the schema and enforces them.

JSON and Python disagree about numbers and text: JSON readers take ``NaN``, a thousand
digits, lone surrogates and ``true`` for 1. Nothing of that passes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from longtail.deals.rules import AMOUNT_BOUNDS
from longtail.values import money
from longtail.values.money import Money

INT64 = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# A form's text may hold tabs and line breaks; nothing else that steers a terminal.
CONTROL_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
AMOUNT = r"^(0|[1-9][0-9]{0,13})(\.[0-9]{1,3})?$"


class Strict(Schema):
    """A request body: unknown fields are refused, so a misspelt one is never ignored."""

    model_config = ConfigDict(extra="forbid")


def _has_no_control(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("Remove control characters and broken Unicode.")
    return value


def _is_prose(value: str) -> str:
    if CONTROL_IN_PROSE.search(value):
        raise ValueError("Remove control characters and broken Unicode.")
    return value


def _is_day(value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise ValueError("Write the date as YYYY-MM-DD.")
    if isinstance(value, str):
        if not DAY.fullmatch(value):
            raise ValueError("Write the date as YYYY-MM-DD.")
        value = date.fromisoformat(value)
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")
    return value


def line(*, least: int = 1, most: int) -> Any:
    """Return the type of one line of text.

    Args:
        least: Fewest characters.
        most: Most characters.
    """
    return Annotated[
        str,
        StringConstraints(min_length=least, max_length=most),
        AfterValidator(_has_no_control),
        WithJsonSchema(
            {
                "type": "string",
                "minLength": least,
                "maxLength": most,
                "pattern": r"^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]*$",
            }
        ),
    ]


def prose(*, least: int = 0, most: int) -> Any:
    """Return the type of text of several lines.

    Args:
        least: Fewest characters.
        most: Most characters.
    """
    return Annotated[
        str,
        StringConstraints(min_length=least, max_length=most),
        AfterValidator(_is_prose),
        WithJsonSchema(
            {
                "type": "string",
                "minLength": least,
                "maxLength": most,
                "pattern": (
                    r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
                    r"\ud800-\udfff]*$"
                ),
            }
        ),
    ]


def whole(*, least: int, most: int = INT64) -> Any:
    """Return the type of an integer in a body; ``true`` and ``1.0`` are none.

    Args:
        least: Smallest value.
        most: Largest value, inclusive.
    """
    return Annotated[int, Field(strict=True, ge=least, le=most)]


def code(prefix: str) -> Any:
    """Return the type of a public code such as ``DEM-7K3F9Q2A4X``.

    Args:
        prefix: The kind of thing that it names.
    """
    pattern = rf"^{prefix}-[0-9A-HJKMNP-TV-Z]{{4,20}}$"
    return Annotated[str, StringConstraints(pattern=pattern, max_length=24)]


def one_of(values: Iterable[str]) -> Any:
    """Return the type of a word out of a closed list.

    Args:
        values: The words.
    """
    return Literal[tuple(str(value) for value in values)]


Day = Annotated[
    date,
    BeforeValidator(_is_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-31"]}),
]
Bps = whole(least=0, most=10_000)
Flag = Annotated[bool, Field(strict=True)]
Currency = one_of(AMOUNT_BOUNDS)
Limit = Annotated[int, Field(ge=1, le=200, description="Most rows to return.")]
Cursor = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_=-]{0,200}$"),
    Field(description="From the `next` of the page before; empty for the first page."),
]


class AmountIn(Strict):
    """An exact amount in major units."""

    value: Annotated[
        str,
        StringConstraints(pattern=AMOUNT),
        Field(
            description="Decimal digits, no more decimals than the currency has.",
            examples=["25000.00"],
        ),
    ]
    currency: Currency

    @model_validator(mode="after")
    def _fits_the_currency(self) -> AmountIn:
        money.parse(self.value, self.currency)
        return self

    @property
    def money(self) -> Money:
        """The amount in minor units."""
        return money.parse(self.value, self.currency)


class AmountOut(Schema):
    """An exact amount, in minor and in major units."""

    minor: int
    currency: str
    value: str

    @classmethod
    def of(cls, minor: int, currency: str) -> AmountOut:
        """Return the amount as the API writes it."""
        return cls(
            minor=minor, currency=currency, value=f"{Money(minor, currency).decimal:f}"
        )


class PartyRef(Schema):
    """A party by code and name."""

    code: str
    name: str

    @classmethod
    def of(cls, party: Any) -> PartyRef:
        """Return the reference to a party."""
        return cls(code=party.code, name=party.legal_name)


class Page(Schema):
    """One page of a list. Follow `next` until it is empty."""

    next: str


class Paging(Schema):
    """Which page of a list."""

    cursor: Cursor = ""
    limit: Limit = 50
