"""Level payments of many loans: in float, and again in integers where that may be wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.cashflows.loans import Loans
from longtail.kernels.cashflows.schedule import level_payment_minor
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding, RoundingMode

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
# A float level payment is off by less than this fraction of itself for each period.
FLOAT_DOUBT = 1e-14


def level_payments(loans: Loans, rounding: Rounding = TO_THE_MINOR_UNIT) -> IntArray:
    """Return the equal payment of each loan, rounded; see ``level_payment_minor``.

    Returns:
        ``(n_loans,)`` minor units.
    """
    steps = loans.principal_minor / _annuities(loans)
    steps /= rounding.step_minor
    doubt = steps * (FLOAT_DOUBT * (len(loans.numerators) + 1))
    doubt += FLOAT_DOUBT
    if rounding.mode is not RoundingMode.DOWN:
        steps += 0.5
    # Next to a whole number the last bits decide, and they are not to be trusted.
    distance = np.rint(steps)
    distance -= steps
    np.abs(distance, out=distance)
    payments: IntArray = np.floor(steps, out=steps).astype(np.int64)
    payments *= rounding.step_minor
    for i in np.flatnonzero(distance <= doubt).tolist():
        parts = loans.numerators if loans.numerators.ndim == 1 else loans.numerators[:, i]
        rate, n = int(loans.rate_bps[i]), int(loans.n_periods[i])
        charges = [rate * part for part in parts[:n].tolist()]
        principal = int(loans.principal_minor[i])
        payments[i] = level_payment_minor(principal, charges, loans.unit, rounding)
    return payments


def _annuities(loans: Loans) -> FloatArray:
    """Return the present value of one a period, ``(n_loans,)``."""
    parts = loans.numerators
    is_even = parts.ndim == 1 and bool((parts == parts[0]).all())
    if is_even and isinstance(loans.endings[-1], slice):
        growth = np.add(
            1.0, loans.rate_bps * (int(parts[0]) / loans.unit), dtype=np.float64
        )
        return _even_annuities(1.0 / growth, len(parts))
    value = np.zeros(len(loans.principal_minor))
    for part, ending in zip(parts[::-1], loans.endings[::-1], strict=True):
        if ending is not None:
            value[ending] = 0.0
        value += 1.0
        value /= 1.0 + loans.rate_bps * (part / loans.unit)
    return value


def _even_annuities(discount: FloatArray, n_periods: int) -> FloatArray:
    """Return discount + discount² + … + discountⁿ by doubling: only sums of positives."""
    value, power = discount.copy(), discount.copy()
    for bit in f"{n_periods:b}"[1:]:
        value += value * power
        power *= power
        if bit == "1":
            power *= discount
            value += power
    return value
