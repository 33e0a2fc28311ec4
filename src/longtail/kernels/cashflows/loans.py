"""Many loans as columns, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longtail.values.rates import ONE_BPS

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Loans:
    """Loans with the same amortization and denominator; made by :func:`loans`.

    Attributes:
        principal_minor: ``(n_loans,)`` amounts lent, minor units.
        rate_bps: ``(n_loans,)`` rates a year, basis points.
        n_periods: ``(n_loans,)`` number of instalments.
        numerators: ``(max_periods,)`` for all loans alike, or ``(max_periods, n_loans)``:
            fraction of a year of each period, as integers over ``denominator``.
        denominator: 12 for equal months, else a day count's denominator.
    """

    principal_minor: IntArray
    rate_bps: IntArray
    n_periods: IntArray
    numerators: IntArray
    denominator: int

    @property
    def unit(self) -> int:
        """What a charge (rate × numerator) of 100 % of the balance would be."""
        return ONE_BPS * self.denominator

    @property
    def most_charged(self) -> int:
        """No product of a balance and a charge is larger than this."""
        columns = (self.principal_minor, self.rate_bps, self.numerators)
        principal, rate, part = (int(column.max(initial=0)) for column in columns)
        return principal * rate * part

    @cached_property
    def endings(self) -> tuple[IntArray | slice | None, ...]:
        """For each period the loans that it is the last of, ``None`` if there are none."""
        longest = len(self.numerators)
        if int(self.n_periods.min(initial=longest)) == longest:
            return (None,) * (longest - 1) + (slice(None),) if longest else ()
        order = np.argsort(self.n_periods, kind="stable")
        bounds = np.searchsorted(self.n_periods[order], np.arange(1, longest + 2))
        parts = [order[a:b] for a, b in pairwise(bounds.tolist())]
        return tuple(part if len(part) else None for part in parts)

    def part(self, rows: slice | IntArray) -> Loans:
        """Return some of the loans."""
        every = self.numerators
        return Loans(
            self.principal_minor[rows],
            self.rate_bps[rows],
            self.n_periods[rows],
            every if every.ndim == 1 else every[:, rows],
            self.denominator,
        )


def loans(
    principal_minor: ArrayLike,
    rate_bps: ArrayLike,
    n_periods: ArrayLike,
    *,
    numerators: ArrayLike | None = None,
    denominator: int = 12,
) -> Loans:
    """Return loans as columns; single values serve every loan.

    Args:
        principal_minor: ``(n_loans,)`` amounts lent, minor units.
        rate_bps: ``(n_loans,)`` rates a year, basis points.
        n_periods: ``(n_loans,)`` number of instalments.
        numerators: ``(n_loans, max_periods)``, or ``(max_periods,)`` for all loans alike;
            equal periods of ``1 / denominator`` when not given.
        denominator: 12 for equal months, else a day count's denominator.

    Raises:
        ValueError: If an amount, rate or fraction is negative, or a loan has no period.
    """
    principal, rate, periods = np.broadcast_arrays(
        np.atleast_1d(np.asarray(principal_minor, np.int64)),
        np.asarray(rate_bps, np.int64),
        np.asarray(n_periods, np.int64),
    )
    if denominator <= 0 or min(principal.min(initial=0), rate.min(initial=0)) < 0:
        raise ValueError(f"a negative amount or rate, or denominator {denominator}")
    if periods.min(initial=1) < 1:
        raise ValueError("n_periods must be at least 1, not zero or negative")
    longest = int(periods.max(initial=0))
    if numerators is None:
        parts = np.ones(longest, np.int64)
    else:
        parts = np.asarray(numerators).astype(np.int64)
    if parts.shape[-1] < longest or parts.min(initial=0) < 0:
        raise ValueError(f"fractions of shape {parts.shape} do not cover {longest} periods")
    parts = parts[..., :longest]
    if parts.ndim == 2:
        parts = np.ascontiguousarray(np.broadcast_to(parts, (len(principal), longest)).T)
    return Loans(principal, rate, periods, parts, denominator)
