"""What many agreements earned and owe on a day, in closed form. Pure numpy.

Interest of the running period accrues by days in proportion to the principal left, late
interest by the day count on overdue principal; both in millionths of a minor unit, rounded
down, as ``servicing.dues`` does one by one. Products that could pass 64 bits are computed
with whole numbers of any size instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.cashflows.daycount import (
    DENOMINATOR,
    DayCount,
    fraction_numerators,
)

IntArray = NDArray[np.int64]
MICRO = 1_000_000
LATE_SCALE = MICRO // 10_000
LIMIT = float(2**62)
DAY_COUNTS = tuple(DayCount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running period of ``n`` agreements; every array ``(n,)``, dates as day numbers.

    Attributes:
        earned_micro: Earned up to ``earned_to``, millionths of a minor unit.
        earned_to: The day from which it earns on.
        interest_minor: Scheduled interest of the period.
        period_days: Its length, at least 1.
        bearing_minor: Principal that earns.
        scheduled_minor: Principal that the schedule assumes; 0 where nothing earns.
    """

    earned_micro: IntArray
    earned_to: IntArray
    interest_minor: IntArray
    period_days: IntArray
    bearing_minor: IntArray
    scheduled_minor: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """``m`` instalments that are due and unpaid; every array ``(m,)``.

    Attributes:
        principal_minor: Principal unpaid.
        late_micro: Late interest up to ``accrued_to``, millionths of a minor unit.
        accrued_to: Day number from which it accrues on.
        late_rate_bps: Rate a year, basis points; 0 where none accrues any more.
        day_count: Place of its day count in ``DAY_COUNTS``.
        paused_from, paused_until: Day numbers of a standstill in which none accrues,
            the second not counted; equal without one.
    """

    principal_minor: IntArray
    late_micro: IntArray
    accrued_to: IntArray
    late_rate_bps: IntArray
    day_count: IntArray
    paused_from: IntArray
    paused_until: IntArray


def earned_micro(running: Running, *, on: date) -> IntArray:
    """Return what the running periods earned up to a day, millionths, ``(n,)``."""
    is_earning = running.scheduled_minor > 0
    days = np.maximum(_number(on) - running.earned_to, 0)
    is_full = running.bearing_minor == running.scheduled_minor
    above = np.where(is_full, 1, running.bearing_minor)
    below = np.where(is_full, 1, running.scheduled_minor) * running.period_days
    part = floor_product(
        (running.interest_minor, above, days, np.full_like(days, MICRO)),
        np.where(is_earning, below, 1),
    )
    total: IntArray = running.earned_micro + np.where(is_earning, part, 0)
    return total


def late_micro(unpaid: Unpaid, *, on: date) -> IntArray:
    """Return the late interest of unpaid instalments up to a day, millionths, ``(m,)``."""
    total = unpaid.late_micro.copy()
    today = _number(on)
    for number, convention in enumerate(DAY_COUNTS):
        here = np.flatnonzero((unpaid.day_count == number) & (unpaid.accrued_to < today))
        start = unpaid.accrued_to[here]
        part = _parts(start, np.full_like(start, today), convention)
        begins = np.maximum(start, unpaid.paused_from[here])
        ends = np.minimum(today, unpaid.paused_until[here])
        part -= _parts(begins, np.maximum(begins, ends), convention)
        part = np.maximum(part, 0)
        total[here] += floor_product(
            (
                unpaid.principal_minor[here],
                unpaid.late_rate_bps[here],
                part,
                np.full_like(part, LATE_SCALE),
            ),
            np.full_like(part, DENOMINATOR[convention]),
        )
    return total


def _parts(starts: IntArray, ends: IntArray, convention: DayCount) -> IntArray:
    days = "datetime64[D]"
    return fraction_numerators(starts.astype(days), ends.astype(days), convention)


def rounded_minor(micro: IntArray) -> IntArray:
    """Return millionths as minor units, rounded half up."""
    return (micro + MICRO // 2) // MICRO


def floor_product(factors: tuple[IntArray, ...], divisor: IntArray) -> IntArray:
    """Return the product of factors over a divisor, rounded down, exactly.

    Args:
        factors: Arrays of one shape, not negative.
        divisor: Of the same shape, positive.

    Raises:
        OverflowError: If a result itself does not fit 64 bits.
    """
    size = np.ones(divisor.shape)
    product = np.ones(divisor.shape, dtype=np.int64)
    with np.errstate(over="ignore"):
        for factor in factors:
            size *= factor
            product *= factor
    result: IntArray = product // divisor
    for i in np.flatnonzero(size >= LIMIT):
        exact = 1
        for factor in factors:
            exact *= int(factor[i])
        result[i] = exact // int(divisor[i])
    return result


def _number(on: date) -> int:
    return (on - date(1970, 1, 1)).days
