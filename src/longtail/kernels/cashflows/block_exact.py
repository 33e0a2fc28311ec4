"""A block of schedules in integers: any rounding, any size of amount."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.cashflows.loans import Loans
from longtail.kernels.cashflows.payments import level_payments
from longtail.kernels.cashflows.schedule import Amortization
from longtail.values.rounding import Rounding, RoundingMode

IntArray = NDArray[np.int64]
INT64_MAX = 2**63 - 1


def fill(
    loans: Loans,
    amortization: Amortization,
    rounding: Rounding,
    into: tuple[IntArray, IntArray],
) -> None:
    """Write ``(max_periods, n_loans)`` principal and interest of a block of loans."""
    repaid, interest = into
    if amortization is Amortization.BULLET:
        _fill_bullets(loans, rounding, into)
        return
    is_level = amortization is Amortization.LEVEL
    target = np.zeros_like(loans.principal_minor)
    if is_level:
        target = level_payments(loans, rounding)
    elif amortization is Amortization.LINEAR:
        step = rounding.step_minor
        target = loans.principal_minor // (loans.n_periods * step) * step
    balance = loans.principal_minor.copy()
    for k, part in enumerate(loans.numerators):
        interest[k] = _interest(balance, loans.rate_bps * part, loans.unit, rounding)
        wanted = np.maximum(target - interest[k], 0) if is_level else target
        is_last = loans.n_periods == k + 1
        repaid[k] = np.where(is_last, balance, np.minimum(wanted, balance))
        balance -= repaid[k]


def _fill_bullets(
    loans: Loans, rounding: Rounding, into: tuple[IntArray, IntArray]
) -> None:
    repaid, interest = into
    parts, n = loans.numerators, len(loans.principal_minor)
    every = parts if parts.ndim == 2 else np.broadcast_to(parts[:, None], (len(parts), n))
    live = np.arange(len(parts))[:, None] < loans.n_periods
    charge = loans.rate_bps * every.sum(axis=0, where=live)
    repaid[...] = interest[...] = 0
    last = (loans.n_periods - 1, np.arange(n))
    repaid[last] = loans.principal_minor
    interest[last] = _interest(loans.principal_minor, charge, loans.unit, rounding)


def _interest(
    balance: IntArray, charge: IntArray, unit: int, rounding: Rounding
) -> IntArray:
    """Return ``balance × charge ÷ unit``, rounded, never overflowing."""
    whole, most = unit * rounding.step_minor, int(charge.max(initial=0))
    if int(balance.max(initial=0)) * most <= INT64_MAX:
        steps, rest = np.divmod(balance * charge, whole)
    elif whole * most <= INT64_MAX:
        wholes, left = np.divmod(balance, whole)
        steps, rest = np.divmod(left * charge, whole)
        steps += wholes * charge
    else:
        wide = balance.astype(object) * charge.astype(object)
        steps, rest = (wide // whole).astype(np.int64), (wide % whole).astype(np.int64)
    if rounding.mode is RoundingMode.HALF_UP:
        steps = steps + (2 * rest >= whole)
    elif rounding.mode is RoundingMode.HALF_EVEN:
        steps = steps + (2 * rest + steps % 2 > whole)
    exact: IntArray = steps * rounding.step_minor
    return exact
