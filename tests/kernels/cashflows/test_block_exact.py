"""Interest at an exact half, with products within 64 bits, beyond them, and far beyond."""

from fractions import Fraction

import numpy as np
import pytest

from longtail.kernels.cashflows.loans import loans
from longtail.kernels.cashflows.schedule import Amortization
from longtail.kernels.cashflows.schedules import schedules
from longtail.values.money import MAX_MINOR
from longtail.values.rounding import Rounding, RoundingMode

LIMIT = 2**63
UP, DOWN, EVEN = RoundingMode.HALF_UP, RoundingMode.DOWN, RoundingMode.HALF_EVEN


def expected(balance, step, mode):
    """Half of a balance, rounded to the step; Python rounds a Fraction half to even."""
    steps = Fraction(balance, 2 * step)
    if mode is EVEN:
        return round(steps) * step
    return int(steps + (Fraction(1, 2) if mode is UP else 0)) * step


@pytest.mark.parametrize("mode", [UP, DOWN, EVEN])
@pytest.mark.parametrize(
    ("unit", "step", "largest"),
    [(1, 1, 10**6), (365 * 366, 1, MAX_MINOR // 10), (365 * 366, 100, MAX_MINOR // 10)],
    ids=["within", "beyond", "far-beyond"],
)
def test_an_exact_half_is_rounded_as_agreed(unit, step, largest, mode):
    """At 50 % for a year the interest of an odd number of steps ends in a half."""
    first = largest // (2 * step) * 2 * step
    steps = [first + k * step for k in range(-4, 5)] + [step, 3 * step, 5 * step]
    balances = [balance + more for balance in steps for more in (-1, 0, 1)]
    charge, whole = 5_000 * unit, 10_000 * unit * step
    assert (max(balances) * charge < LIMIT) is (unit == 1)
    assert (whole * charge < LIMIT) is (step == 1)
    n = len(balances)
    made = loans(
        np.array(balances),
        np.full(n, 5_000),
        1,
        numerators=[unit],
        denominator=unit,
    )
    many = schedules(made, Amortization.BULLET, rounding=Rounding(step, mode))
    assert many.interest_minor[:, 0].tolist() == [expected(b, step, mode) for b in balances]
    assert many.principal_minor[:, 0].tolist() == balances
