"""The order of a demand's pushes: how central it is to each mandate, and nothing else.

No input says what anybody pays the platform, so the order cannot be bought. The inputs and
weights of every rank are returned with it, to be logged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.matching.eligibility import (
    NO_LIMIT,
    BoolArray,
    IntArray,
    Mandates,
    Profile,
    RangeFilter,
)

WHOLE_BPS = 10_000
# A yield this far above the mandate's least is as good as any.
AMPLE_MARGIN_BPS = 500
# What each input counts in the fit, basis points; they sum to the whole.
WEIGHTS_BPS = {"amount": 3_000, "tenor": 2_000, "yield": 3_000, "room": 2_000}


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a demand fits each of ``n`` mandates.

    Attributes:
        inputs_bps: ``(n, 4)`` in the order of ``WEIGHTS_BPS``, each 0 to 10,000.
        score_bps: ``(n,)`` their weighted sum, 0 to 10,000.
    """

    inputs_bps: IntArray
    score_bps: IntArray


def fit(mandates: Mandates, profile: Profile, exposure_minor: IntArray) -> Fit:
    """Score how well a demand fits mandates that admit it.

    Args:
        mandates: ``n`` mandates.
        profile: The demand.
        exposure_minor: ``(n,)`` what the enterprise owes each funder already.

    Returns:
        Inputs and scores. ``amount`` and ``tenor`` are 10,000 in the middle of the
        mandate's range and 0 at its ends; ``yield`` grows with the margin over the
        least wanted; ``room`` is the share of the cap that stays free.
    """
    margin = (profile.rate_bps - mandates.rate.low) / AMPLE_MARGIN_BPS
    free = mandates.cap_minor - exposure_minor - np.int64(profile.least_minor)
    room = np.where(mandates.cap_minor == NO_LIMIT, 1.0, free / mandates.cap_minor)
    shares = np.stack(
        (
            _centrality(mandates.amount, profile.amount_minor),
            _centrality(mandates.tenor, profile.tenor_months),
            margin,
            room,
        ),
        axis=1,
    )
    inputs = np.rint(np.clip(shares, 0.0, 1.0) * WHOLE_BPS).astype(np.int64)
    weights = np.array(list(WEIGHTS_BPS.values()), dtype=np.int64)
    return Fit(inputs, inputs @ weights // WHOLE_BPS)


def order(is_eligible: BoolArray, score_bps: IntArray) -> NDArray[np.intp]:
    """Return the rows of the eligible mandates, best fit first, ties in row order.

    Args:
        is_eligible: ``(n,)`` whether a mandate admits the demand.
        score_bps: ``(n,)`` how well it fits.
    """
    rows = np.flatnonzero(is_eligible)
    return rows[np.argsort(-score_bps[rows], kind="stable")]


def _centrality(wanted: RangeFilter, value: int) -> NDArray[np.float64]:
    """Return ``(n,)`` 1 in the middle of each range, falling to 0 at its ends."""
    width = (wanted.high - wanted.low).astype(np.float64)
    from_middle = np.abs(2.0 * value - wanted.low - wanted.high)
    # A range of one value is all middle.
    off = np.zeros_like(width)
    np.divide(from_middle, width, out=off, where=width > 0)
    return 1.0 - off
