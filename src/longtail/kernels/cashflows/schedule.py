"""Repayment schedules, exact to the minor unit, for one loan or for many at once.

Interest of a period is the balance at its start × rate × the period's fraction of a year,
rounded half up. Principal sums to the loan exactly: the last instalment takes what
rounding left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longtail.values.rates import ONE_BPS, round_half_up

IntArray = NDArray[np.int64]
INT64_MAX = 2**63 - 1
# A float level payment is off by less than this fraction of itself for each period.
FLOAT_DOUBT = 1e-14
BLOCK = 4096


class Amortization(StrEnum):
    """How principal comes back.

    ``LEVEL``: the same payment every period. ``LINEAR``: the same principal every
    period. ``INTEREST_ONLY``: interest every period, principal at the end. ``BULLET``:
    principal and simple interest together at the end.
    """

    LEVEL = "level"
    LINEAR = "linear"
    INTEREST_ONLY = "interest-only"
    BULLET = "bullet"


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


def schedule(
    *,
    principal_minor: int,
    rate_bps: int,
    numerators: Sequence[int],
    denominator: int,
    amortization: Amortization,
) -> tuple[tuple[int, int], ...]:
    """Return the instalments of one loan.

    Args:
        principal_minor: Amount lent, minor units.
        rate_bps: Rate a year, basis points.
        numerators: ``(n_periods,)`` fraction of a year of each period, as integers over
            ``denominator``.
        denominator: 12 for equal months, else a day count's denominator.
        amortization: How principal comes back.

    Returns:
        (principal, interest) of each period, minor units.

    Raises:
        ValueError: If an amount or rate is negative, or there is no period.
    """
    if principal_minor < 0 or rate_bps < 0 or denominator <= 0:
        raise ValueError(f"negative terms: {principal_minor}, {rate_bps}, {denominator}")
    if not numerators or min(numerators) < 0:
        raise ValueError("a schedule needs at least one period, none of negative length")
    charges = [rate_bps * numerator for numerator in numerators]
    unit = ONE_BPS * denominator
    if amortization is Amortization.BULLET:
        interest = round_half_up(principal_minor * sum(charges), unit)
        return ((0, 0),) * (len(charges) - 1) + ((principal_minor, interest),)
    target = _payment_target(principal_minor, charges, unit, amortization)
    rows: list[tuple[int, int]] = []
    balance, half = principal_minor, unit // 2
    for charge in charges:
        interest = (balance * charge + half) // unit
        wanted = target - interest if amortization is Amortization.LEVEL else target
        repaid = balance if len(rows) == len(charges) - 1 else min(max(wanted, 0), balance)
        rows.append((repaid, interest))
        balance -= repaid
    return tuple(rows)


def _payment_target(
    principal_minor: int, charges: Sequence[int], unit: int, amortization: Amortization
) -> int:
    """Return the level payment, or the principal of a regular instalment."""
    if amortization is Amortization.LEVEL:
        return level_payment_minor(principal_minor, charges, unit)
    return principal_minor // len(charges) if amortization is Amortization.LINEAR else 0


def level_payment_minor(principal_minor: int, charges: Sequence[int], unit: int) -> int:
    """Return the equal payment that repays a loan, rounded half up, computed in integers.

    Args:
        principal_minor: Amount lent, minor units.
        charges: ``(n_periods,)`` rate × fraction of each period, over ``unit``.
        unit: What a charge of 100 % of the balance would be.

    Returns:
        Minor units a period.

    Source:
        Brealey, Myers and Allen, *Principles of Corporate Finance*, annuities; written for
        periods of unequal length: P·ΠG = A·ΣΠG with G = 1 + charge ÷ unit.
    """
    grown, annuity, scale = 1, 0, 1
    for charge in charges:
        scale *= unit
        grown *= unit + charge
        annuity = annuity * (unit + charge) + scale
    # Both sides carry the same power of ``unit``, so it cancels.
    return round_half_up(principal_minor * grown, annuity)


def schedules(
    principal_minor: ArrayLike,
    rate_bps: ArrayLike,
    n_periods: ArrayLike,
    amortization: Amortization,
    *,
    numerators: ArrayLike | None = None,
    denominator: int = 12,
) -> Schedules:
    """Return the instalments of many loans; each row equals :func:`schedule` of that loan.

    Args:
        principal_minor: ``(n_loans,)`` amounts lent, minor units.
        rate_bps: ``(n_loans,)`` rates a year, basis points.
        n_periods: ``(n_loans,)`` number of instalments.
        amortization: How principal comes back, the same for all.
        numerators: ``(n_loans, max_periods)``, or ``(max_periods,)`` for all loans alike:
            fraction of a year of each period as integers over ``denominator``; equal
            periods when not given.
        denominator: 12 for equal months, else a day count's denominator.

    Returns:
        Schedules of shape ``(n_loans, max_periods)``.

    Raises:
        ValueError: If an amount or rate is negative, or a loan has no period.
    """
    principal, rate, periods = (
        np.array(column)
        for column in np.broadcast_arrays(
            np.atleast_1d(np.asarray(principal_minor, np.int64)),
            np.asarray(rate_bps, np.int64),
            np.asarray(n_periods, np.int64),
        )
    )
    if denominator <= 0 or (principal < 0).any() or (rate < 0).any() or (periods < 1).any():
        raise ValueError("amounts and rates may not be negative, n_periods at least 1")
    longest = int(periods.max(initial=0))
    parts = np.ones(longest, np.int64) if numerators is None else np.asarray(numerators)
    if parts.shape[-1] < longest or (parts < 0).any():
        raise ValueError(f"fractions of shape {parts.shape} do not cover {longest} periods")
    shape = (len(principal), longest)
    parts = np.broadcast_to(parts[..., :longest].astype(np.int64), shape)
    # Periods run down the rows while computing, so that every step is contiguous.
    repaid, interest = np.zeros(shape[::-1], np.int64), np.zeros(shape[::-1], np.int64)
    for start in range(0, len(principal), BLOCK):
        block = slice(start, start + BLOCK)
        loans = _Loans(principal[block], rate[block], periods[block], parts[block].T)
        loans.fill(repaid[:, block], interest[:, block], amortization, denominator)
    return Schedules(repaid.T, interest.T)


@dataclass(frozen=True, slots=True)
class _Loans:
    """A block of loans small enough to stay in the processor's cache.

    Attributes:
        principal: ``(n_loans,)``.
        rate: ``(n_loans,)``.
        periods: ``(n_loans,)``.
        parts: ``(max_periods, n_loans)``.
    """

    principal: IntArray
    rate: IntArray
    periods: IntArray
    parts: IntArray

    def fill(
        self,
        repaid: IntArray,
        interest: IntArray,
        amortization: Amortization,
        denominator: int,
    ) -> None:
        """Write ``(max_periods, n_loans)`` principal and interest."""
        unit = ONE_BPS * denominator
        if amortization is Amortization.BULLET:
            whole = np.where(self._is_live, self.parts, 0).sum(axis=0)
            last, loans = self.periods - 1, np.arange(len(self.principal))
            repaid[last, loans] = self.principal
            interest[last, loans] = _interest(self.principal, self.rate * whole, unit)
            return
        is_level = amortization is Amortization.LEVEL
        target = np.zeros_like(self.principal)
        if is_level:
            target = self._level_payments(unit)
        elif amortization is Amortization.LINEAR:
            target = self.principal // self.periods
        balance = self.principal.copy()
        for k, part in enumerate(self.parts):
            interest[k] = _interest(balance, self.rate * part, unit)
            wanted = np.maximum(target - interest[k], 0) if is_level else target
            is_last = self.periods == k + 1
            repaid[k] = np.where(is_last, balance, np.minimum(wanted, balance))
            balance -= repaid[k]

    @property
    def _is_live(self) -> NDArray[np.bool_]:
        live: NDArray[np.bool_] = np.arange(len(self.parts))[:, None] < self.periods
        return live

    def _level_payments(self, unit: int) -> IntArray:
        """Compute in float, and again in integers wherever that may round wrongly."""
        charges = self.rate * self.parts
        discounts = np.cumprod(unit / (unit + charges), axis=0)
        payment = self.principal / np.where(self._is_live, discounts, 0.0).sum(axis=0)
        rounded: IntArray = np.floor(payment + 0.5).astype(np.int64)
        distance = np.abs(payment + 0.5 - np.round(payment + 0.5))
        doubt = payment * (FLOAT_DOUBT * (self.periods + 1)) + FLOAT_DOUBT
        for i in np.flatnonzero(distance <= doubt):
            own = charges[: self.periods[i], i].tolist()
            rounded[i] = level_payment_minor(int(self.principal[i]), own, unit)
        return rounded


def _interest(balance: IntArray, charge: IntArray, unit: int) -> IntArray:
    """Return ``balance × charge ÷ unit`` rounded half up, never overflowing."""
    half, most = unit // 2, int(charge.max(initial=0))
    exact: IntArray
    if int(balance.max(initial=0)) * most + half <= INT64_MAX:
        exact = (balance * charge + half) // unit
    elif unit * most + half <= INT64_MAX:
        whole, rest = np.divmod(balance, unit)
        exact = whole * charge + (rest * charge + half) // unit
    else:
        wide = balance.astype(object) * charge.astype(object)
        exact = ((wide + half) // unit).astype(np.int64)
    return exact
