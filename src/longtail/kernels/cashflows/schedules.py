"""Repayment schedules of many loans at once; each row equals the loan alone.

Blocks of loans small enough for the processor's cache run through their periods side by
side, in float where that is exact and in integers elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.cashflows import block_exact, block_float
from longtail.kernels.cashflows.loans import Loans
from longtail.kernels.cashflows.schedule import Amortization
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding

IntArray = NDArray[np.int64]
BLOCK = 16384


@dataclass(frozen=True, slots=True)
class Schedules:
    """The instalments of many loans.

    Attributes:
        principal_minor: ``(n_loans, max_periods)`` principal due, zero after a loan's end.
        interest_minor: ``(n_loans, max_periods)`` interest due, likewise.
    """

    principal_minor: IntArray
    interest_minor: IntArray

    @property
    def payment_minor(self) -> IntArray:
        """Principal and interest together, ``(n_loans, max_periods)``."""
        return self.principal_minor + self.interest_minor

    @property
    def balance_minor(self) -> IntArray:
        """Principal left after each period, ``(n_loans, max_periods)``."""
        repaid: IntArray = np.cumsum(self.principal_minor, axis=1)
        balance: IntArray = self.principal_minor.sum(axis=1)[:, None] - repaid
        return balance


def room_for(n_loans: int, max_periods: int) -> Schedules:
    """Return schedules without content, for the ``out`` of :func:`schedules`.

    Periods run down the rows in memory, so that every step computed is contiguous.
    """
    shape = (max_periods, n_loans)
    return Schedules(np.empty(shape, np.int64).T, np.empty(shape, np.int64).T)


def schedules(
    loans: Loans,
    amortization: Amortization,
    *,
    rounding: Rounding = TO_THE_MINOR_UNIT,
    out: Schedules | None = None,
) -> Schedules:
    """Return the instalments of many loans; see :func:`~.schedule.schedule`.

    Args:
        loans: The loans, from :func:`~.loans.loans`.
        amortization: How principal comes back, the same for all.
        rounding: How amounts become multiples of a step, the same for all.
        out: Schedules of the same shape to overwrite, from :func:`room_for`. New memory
            costs about as much as the computation, so a loop over many loans reuses it.

    Returns:
        Schedules of shape ``(n_loans, max_periods)``.

    Raises:
        ValueError: If ``out`` has another shape.
    """
    shape = (len(loans.principal_minor), len(loans.numerators))
    room = room_for(*shape) if out is None else out
    if not room.principal_minor.shape == room.interest_minor.shape == shape:
        raise ValueError(f"schedules of shape {shape} do not fit into those given")
    repaid, interest = room.principal_minor.T, room.interest_minor.T
    for start in range(0, shape[0], BLOCK):
        rows = slice(start, start + BLOCK)
        part = loans.part(rows)
        _fill(part, amortization, rounding, (repaid[:, rows], interest[:, rows]))
    return room


def _fill(
    loans: Loans,
    amortization: Amortization,
    rounding: Rounding,
    into: tuple[IntArray, IntArray],
) -> None:
    if rounding != TO_THE_MINOR_UNIT or not block_float.is_exact(loans, amortization):
        block_exact.fill(loans, amortization, rounding, into)
        return
    odd = block_float.fill(loans, amortization, into)
    if len(odd):
        some = loans.part(odd)
        own = room_for(len(odd), len(loans.numerators))
        block_exact.fill(
            some, amortization, rounding, (own.principal_minor.T, own.interest_minor.T)
        )
        into[0][:, odd], into[1][:, odd] = own.principal_minor.T, own.interest_minor.T
