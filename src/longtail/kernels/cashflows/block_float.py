"""A block of schedules in float, exact: what 53 bits hold is not rounded.

Interest is ``rint(balance × charge ÷ unit)``, computed as the product with a reciprocal a
few units in the last place too large. So an exact half comes out just above the half and
goes up, while everything else lies at least ``1 ÷ unit`` away from a half and stays on its
side: with u = 2⁻⁵³ the factor is 1 + 4u, the three roundings on the way weigh 3u at most,
and x × 7u < 1 ÷ unit as long as ``balance × charge < 2⁵³ ÷ 7``. Adding 2⁵² rounds to an
integer and leaves it in the low bits, where it is read without a conversion.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.cashflows.loans import Loans
from longtail.kernels.cashflows.payments import level_payments
from longtail.kernels.cashflows.schedule import Amortization

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
MOST_CHARGED: Final = 2**50
ROUNDER: Final = 2.0**52
ROUNDER_BITS: Final = int(np.float64(ROUNDER).view(np.int64))
ABOVE_HALF: Final = 1.0 + 2.0**-51


def is_exact(loans: Loans, amortization: Amortization) -> bool:
    """Return whether :func:`fill` may be used for these loans."""
    is_even_handed = amortization is not Amortization.BULLET
    return is_even_handed and loans.most_charged + loans.unit <= MOST_CHARGED


def fill(
    loans: Loans, amortization: Amortization, into: tuple[IntArray, IntArray]
) -> IntArray:
    """Write ``(max_periods, n_loans)`` principal and interest of a block of loans.

    Returns:
        The loans that are to be computed otherwise, because a level payment would fall
        below the interest or pay more than what is left.
    """
    repaid, interest = into
    is_level = amortization is Amortization.LEVEL
    target = _targets(loans, amortization)
    balance = loans.principal_minor.astype(np.float64)
    grown, part_repaid = np.empty_like(balance), target.copy()
    grown_bits, above = grown.view(np.int64), target + ROUNDER
    above_bits = above.view(np.int64)
    charge, charged = _Charges(loans), np.empty_like(balance)
    for k, ending in enumerate(loans.endings):
        np.multiply(balance, charge.of(k, charged), out=grown)
        np.add(grown, ROUNDER, out=grown)
        np.subtract(grown_bits, ROUNDER_BITS, out=interest[k])
        if is_level:
            np.subtract(above, grown, out=part_repaid)
            np.subtract(above_bits, grown_bits, out=repaid[k])
        else:
            repaid[k] = part_repaid
        if ending is not None:
            repaid[k, ending] = balance[ending]
            part_repaid[ending] = balance[ending]
        np.subtract(balance, part_repaid, out=balance)
        if ending is not None:
            part_repaid[ending], above[ending] = 0.0, ROUNDER
    if not is_level:
        return np.empty(0, np.int64)
    return np.flatnonzero(_least_repaid(loans, repaid) < 0)


def _targets(loans: Loans, amortization: Amortization) -> FloatArray:
    """Return the level payment, or the principal of a regular instalment."""
    if amortization is Amortization.LEVEL:
        return level_payments(loans).astype(np.float64)
    if amortization is Amortization.LINEAR:
        return (loans.principal_minor // loans.n_periods).astype(np.float64)
    return np.zeros(len(loans.principal_minor))


def _least_repaid(loans: Loans, repaid: IntArray) -> IntArray:
    """Return the smallest principal of each loan.

    When every period charges the same, interest falls with the balance as long as the
    first principal is not negative, so that the first and the last are enough to look at.
    """
    parts = loans.numerators
    is_even = parts.ndim == 1 and bool((parts == parts[0]).all())
    if is_even and isinstance(loans.endings[-1], slice):
        repaid = repaid[[0, -1]]
    least: IntArray = repaid.min(axis=0)
    return least


class _Charges:
    """Rate × numerator ÷ unit of each loan in a period, computed when it changes."""

    def __init__(self, loans: Loans) -> None:
        self._rate = loans.rate_bps * 1.0
        self._parts = loans.numerators
        self._scale = ABOVE_HALF / loans.unit

    def of(self, k: int, out: FloatArray) -> FloatArray:
        """Return the charges of a period, in ``out``, which is kept between calls."""
        part = self._parts[k]
        if k and part.ndim == 0 and part == self._parts[k - 1]:
            return out
        np.multiply(self._rate, part, out=out)
        return np.multiply(out, self._scale, out=out)
