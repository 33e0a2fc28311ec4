"""Many amounts split in proportion to weights, by largest remainder. Pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtail.values.money import split

IntArray = NDArray[np.int64]
LIMIT = float(2**62)


def split_many(totals_minor: IntArray, weights: IntArray, counts: IntArray) -> IntArray:
    """Return what :func:`~longtail.values.money.split` gives for each of many amounts.

    Args:
        totals_minor: ``(n,)`` amounts, minor units, not negative.
        weights: ``(m,)`` not negative; those of the first amount, then of the second, on.
        counts: ``(n,)`` how many weights each amount has, at least 1; they sum to ``m``.

    Returns:
        ``(m,)`` parts in the order of the weights; each amount's parts sum to it exactly.

    Raises:
        ValueError: If a total or weight is negative, or a total has only zero weights.

    Source:
        Hamilton's method; ties go to the earlier weight.
    """
    firsts = np.cumsum(counts) - counts
    wholes = np.add.reduceat(weights, firsts) if len(counts) else counts
    if (totals_minor < 0).any() or (weights < 0).any():
        raise ValueError("cannot split a negative total or over negative weights")
    if ((wholes == 0) & (totals_minor > 0)).any():
        raise ValueError("cannot split a total over weights that are all zero")
    whole = np.repeat(np.maximum(wholes, 1), counts)
    with np.errstate(over="ignore"):
        shares = np.repeat(totals_minor, counts) * weights
        parts = shares // whole
        left = shares - parts * whole
        short = totals_minor - np.add.reduceat(parts, firsts) if len(counts) else counts
    # Largest remainder first within each amount; the sort is stable, so ties keep order.
    owner = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((-left, owner))
    place = np.arange(len(weights)) - np.repeat(firsts, counts)
    parts[order] += place < np.repeat(short, counts)
    return _exact_where_large(parts, totals_minor, weights, firsts, counts)


def _exact_where_large(
    parts: IntArray,
    totals_minor: IntArray,
    weights: IntArray,
    firsts: IntArray,
    counts: IntArray,
) -> IntArray:
    """Split again, in whole numbers of any size, what could pass 64 bits."""
    if not len(counts):
        return parts
    heaviest = np.add.reduceat(weights.astype(np.float64), firsts)
    for i in np.flatnonzero(totals_minor * heaviest >= LIMIT):
        here = slice(firsts[i], firsts[i] + counts[i])
        parts[here] = split(int(totals_minor[i]), [int(w) for w in weights[here]])
    return parts
