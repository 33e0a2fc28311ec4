"""Money as integer minor units with an ISO 4217 code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# Decimals by ISO 4217 code; codes that are not listed have two.
NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"}
    | {"PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
# What a signed 64-bit column can hold with room for sums of a thousand such amounts.
MAX_MINOR = 9_000_000_000_000_000
# Digits with or without thousands commas. "12,34" is no amount: read as 1234 it would be a
# hundred times what someone who writes a decimal comma meant.
AMOUNT = re.compile(r"[+-]?(?:(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|\.[0-9]+)")
# No amount of money needs more characters; reading a longer text would only cost time.
MAX_CHARACTERS = 60


class CurrencyMismatch(ValueError):
    """Amounts in different currencies were added or compared."""


def decimals(currency: str) -> int:
    """Return how many decimals a currency has: 0, 2 or 3."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount.

    Attributes:
        minor: Integer minor units (cents, fen, yen); may be negative.
        currency: ISO 4217 code.
    """

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal:,.{decimals(self.currency)}f}"

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} with {other.currency}")
        return other.minor


def parse(text: str | Decimal, currency: str) -> Money:
    """Read an amount in major units, such as ``"1234.50"``.

    Args:
        text: Decimal digits, optionally with thousands commas.
        currency: ISO 4217 code.

    Returns:
        The exact amount.

    Raises:
        ValueError: If it is no finite number, has more decimals than the currency,
            or is too large for the ledger.
    """
    plain = _plain(text)
    if not AMOUNT.fullmatch(plain):
        raise ValueError("is not a number")
    whole, _, part = plain.replace(",", "").partition(".")
    places = decimals(currency)
    if part[places:].strip("0"):
        raise ValueError(f"has more than {places} decimals")
    minor = int(whole + part[:places].ljust(places, "0"))
    if abs(minor) > MAX_MINOR:
        raise ValueError("is larger than the ledger can hold")
    return Money(minor, currency)


def _plain(text: str | Decimal) -> str:
    """Return a short text without exponent or spaces around it."""
    if isinstance(text, Decimal) and text.is_finite():
        if abs(text.adjusted()) > MAX_CHARACTERS // 2:
            raise ValueError("is out of range")
        text = f"{text:f}"
    plain = str(text).strip()
    if len(plain) > MAX_CHARACTERS:
        raise ValueError("is out of range")
    if plain.lstrip("+-").lower() in ("nan", "snan", "inf", "infinity"):
        raise ValueError("is not a finite number")
    return plain


def split(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights, by largest remainder.

    Args:
        total_minor: Amount to split, minor units, not negative.
        weights: Non-negative integers, not all zero unless the total is zero.

    Returns:
        One part a weight, minor units; the parts sum to the total exactly. Ties go to
        the earlier weight.

    Raises:
        ValueError: If the total or a weight is negative, or there is nothing to
            split over.

    Source:
        Hamilton's method; Balinski and Young, *Fair Representation*, 1982.
    """
    if total_minor < 0 or any(w < 0 for w in weights):
        raise ValueError("cannot split a negative total or over negative weights")
    whole = sum(weights)
    if whole == 0:
        if total_minor:
            raise ValueError("cannot split a total over weights that are all zero")
        return (0,) * len(weights)
    parts = [total_minor * w // whole for w in weights]
    remainders = [total_minor * w % whole for w in weights]
    short = total_minor - sum(parts)
    for i in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:short]:
        parts[i] += 1
    return tuple(parts)
