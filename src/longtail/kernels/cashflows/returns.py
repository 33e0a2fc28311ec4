"""Rates of return of many dated flows at once.

Sign convention as in :mod:`~longtail.kernels.cashflows.yields`. With δ the force of
interest, the present values of what a row receives and of what it pays balance where
``g(δ) = ln PV(received) - ln PV(paid)`` is zero. The derivatives of ``ln PV`` are the mean
and the variance of the payment times, weighted with what each is worth, so that ``g`` is
close to a parabola and three steps suffice: the root of its parabola at δ = 0, and
Halley's step from there, once or, for very high rates, twice.

Source: Promislow, *Fundamentals of Actuarial Mathematics*, duration and convexity; Halley's
method: Householder, *The Numerical Treatment of a Single Nonlinear Equation*, 1970.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longtail.kernels.cashflows.yields import MAX_EXPONENT, MAX_FORCE, rate_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
# Rows whose times, amounts and worths stay in the processor's second cache.
BLOCK = 1024
MOST_STEPS = 8
# A force that is off by less; of a rate below 100 % a year that is less than 2e-12.
TOLERANCE = 1e-12


def xirr_many(days: ArrayLike, amounts_minor: ArrayLike) -> FloatArray:
    """Return the internal rate of return of many rows of dated flows; see ``xirr``.

    Args:
        days: ``(n_flows,)`` for all rows alike, or ``(n_rows, n_flows)``: day of each flow,
            counted from any day.
        amounts_minor: ``(n_rows, n_flows)`` signed flows, minor units.

    Returns:
        ``(n_rows,)`` fractions a year above -1. NaN where ``xirr`` gives ``None``: without
        a sign change, or if no rate below ``e ** 35`` balances the flows. Of several rates
        the one nearest zero.

    Raises:
        ValueError: If the shapes do not fit.
    """
    return _rates(np.asarray(days), np.asarray(amounts_minor), 365.0)


def irr_many(amounts_minor: ArrayLike) -> FloatArray:
    """Return the rate of return a period of flows that are one period apart.

    Args:
        amounts_minor: ``(n_rows, n_flows)`` signed flows, minor units, the first now.

    Returns:
        ``(n_rows,)`` fractions a period; NaN as for :func:`xirr_many`.
    """
    amounts = np.atleast_2d(np.asarray(amounts_minor))
    return _rates(np.arange(amounts.shape[1]), amounts, 1.0)


def _rates(
    times: NDArray[np.generic], amounts: NDArray[np.generic], a_year: float
) -> FloatArray:
    if amounts.ndim != 2 or times.shape not in (amounts.shape, amounts.shape[1:]):
        raise ValueError(f"times of shape {times.shape} for amounts {amounts.shape}")
    n_rows, n_flows = amounts.shape
    found = np.full(n_rows, np.nan)
    if n_flows < 2:
        return found
    # Flows run down the rows in memory, so that every sum over them is contiguous.
    years = np.empty((n_flows, BLOCK if times.ndim == 2 else 1))
    flows = np.empty((n_flows, BLOCK))
    for start in range(0, n_rows, BLOCK):
        rows = slice(start, min(start + BLOCK, n_rows))
        at, flow = years[:, : rows.stop - start], flows[:, : rows.stop - start]
        at[...] = times[rows].T if times.ndim == 2 else times[:, None]
        flow[...] = amounts[rows].T
        at -= at[0].copy()
        at /= a_year
        found[rows] = _block(at, flow)
    return found


def _block(years: FloatArray, flows: FloatArray) -> FloatArray:
    """Return the rates of ``(n_flows, n_rows)`` flows."""
    lead = np.sign(flows[0])
    received = np.multiply(flows[1:], -lead)
    is_plain = (received.min(axis=0) >= 0.0) & (years[1:].min(axis=0) >= 0.0) & (lead != 0)
    times = np.broadcast_to(years[1:], received.shape)
    if is_plain.all():
        forces = _plain_forces(times, np.abs(flows[0]), received)
    else:
        forces = np.full(len(lead), np.nan)
        forces[is_plain] = _plain_forces(
            times[:, is_plain], np.abs(flows[0, is_plain]), received[:, is_plain]
        )
    rates = np.expm1(forces)
    for i in np.flatnonzero(np.isnan(forces)).tolist():
        own = years[:, i if years.shape[1] > 1 else 0]
        rate = rate_of(own - own.min(), flows[:, i])
        rates[i] = math.nan if rate is None else rate
    return rates


def _plain_forces(years: FloatArray, paid: FloatArray, received: FloatArray) -> FloatArray:
    """Return the forces of rows that pay once, first, and then only receive.

    Returns:
        ``(n_rows,)``; NaN where no force was found within reach.
    """
    room = np.empty_like(received)
    # What overflows is not finite, and is left to the search with a bracket.
    with np.errstate(all="ignore"):
        goal = np.log(paid)
        value, mean, variance = _moments(received, years, room)
        force = _parabola_root(value - goal, mean, variance)
        span = years.max(axis=0)
        open_rows, forces = np.arange(len(force)), np.full(len(force), np.nan)
        for _ in range(MOST_STEPS):
            np.multiply(years, -force, out=room)
            np.exp(room, out=room)
            room *= received
            value, mean, variance = _moments(room, years, room)
            value -= goal
            step = 2.0 * value * mean / (2.0 * mean * mean - value * variance)
            force = force + step
            # Halley's error is of the third power; the factor bounds the derivatives.
            factor = (0.5 * variance / mean) ** 2 + span**3 / (60.0 * mean)
            is_done = np.abs(step) ** 3 * factor <= TOLERANCE
            is_done &= np.abs(force) * span <= MAX_EXPONENT
            is_done &= np.abs(force) <= MAX_FORCE
            forces[open_rows[is_done]] = force[is_done]
            is_open = ~is_done & np.isfinite(force)
            if not is_open.any():
                break
            open_rows, years, received = (
                open_rows[is_open],
                years[:, is_open],
                received[:, is_open],
            )
            force, goal, span, room = (
                force[is_open],
                goal[is_open],
                span[is_open],
                room[:, is_open],
            )
    return forces


def _moments(
    worths: FloatArray, years: FloatArray, room: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the logarithm of the worth, and the mean and variance of its times."""
    total = worths.sum(axis=0)
    np.multiply(worths, years, out=room)
    mean = room.sum(axis=0) / total
    np.multiply(room, years, out=room)
    variance = room.sum(axis=0) / total - mean * mean
    return np.log(total), mean, variance


def _parabola_root(value: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Return the root next to zero of ``value - mean·δ + variance·δ²/2``, or its lowest."""
    under = np.maximum(mean * mean - 2.0 * value * variance, 0.0)
    root: FloatArray = 2.0 * value / (mean + np.sqrt(under))
    return root
