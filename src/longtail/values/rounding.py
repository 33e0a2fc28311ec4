"""Rounding as a value: to which step an amount goes, and what becomes of a half."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from longtail.values.money import decimals


class RoundTo(StrEnum):
    """The step that amounts of a contract are rounded to.

    ``FIVE_MINOR`` is the cash step of the Swiss franc, whose smallest coin is 5 Rappen.
    """

    MINOR = "minor"
    FIVE_MINOR = "five-minor"
    MAJOR = "major"


class RoundingMode(StrEnum):
    """What becomes of the part between two steps.

    ``HALF_EVEN`` gives an exact half to the even number of steps, ``DOWN`` drops the part.
    """

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an exact amount becomes one that can be paid.

    Attributes:
        step_minor: Amounts are multiples of it, minor units, positive.
        mode: What becomes of the part between two steps.
    """

    step_minor: int = 1
    mode: RoundingMode = RoundingMode.HALF_UP

    def __post_init__(self) -> None:
        if self.step_minor < 1:
            raise ValueError(f"step_minor {self.step_minor} is not positive")


TO_THE_MINOR_UNIT = Rounding()


def rounding_of(to: RoundTo, mode: RoundingMode, currency: str) -> Rounding:
    """Return the rounding that a contract in a currency means.

    Args:
        to: The step in words; a major unit has 1, 100 or 1,000 minor units.
        mode: What becomes of the part between two steps.
        currency: ISO 4217 code.
    """
    if to is RoundTo.MAJOR:
        return Rounding(10 ** decimals(currency), mode)
    return Rounding(5 if to is RoundTo.FIVE_MINOR else 1, mode)


def rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return a quotient that is not negative as minor units, rounded.

    Args:
        numerator: Not negative.
        denominator: Positive.
        rounding: The step and the mode.

    Returns:
        A multiple of the step.

    Raises:
        ValueError: If the numerator is negative or the denominator is not positive.
    """
    if numerator < 0 or denominator <= 0:
        raise ValueError(f"{numerator} ÷ {denominator} is no amount to be rounded")
    whole = denominator * rounding.step_minor
    steps, rest = divmod(numerator, whole)
    if rounding.mode is RoundingMode.HALF_UP:
        steps += 2 * rest >= whole
    elif rounding.mode is RoundingMode.HALF_EVEN:
        steps += 2 * rest + steps % 2 > whole
    return steps * rounding.step_minor
