"""Why a score is not the best one: points lost, attribute by attribute, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from longtail.kernels.credit.points import Points, Scorecard


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one attribute cost.

    Attributes:
        attribute: Its name.
        bin: Which of its bins the case fell in; ``MISSING`` when not known.
        points: Points below the attribute's best bin; negative.
    """

    attribute: str
    bin: int
    points: int


def shortfalls(scorecard: Scorecard, bins: Sequence[int]) -> tuple[Shortfall, ...]:
    """Return what kept one case from the best score, the costliest first.

    The points sum to ``score - scorecard.best_score`` exactly; attributes in their best
    bin are left out. Equal costs keep the scorecard's order.

    Args:
        scorecard: The scorecard.
        bins: The case's bin of each attribute, from ``scorecard.bin_of``.

    Source:
        Difference from the maximum: FICO and Regulation B official interpretation,
        12 CFR 1002.9(b)(2)-5.
    """
    lost = [
        Shortfall(a.name, b, points - max(a.points))
        for a, b, points in zip(
            scorecard.attributes, bins, scorecard.points_of(bins), strict=True
        )
    ]
    return tuple(sorted((s for s in lost if s.points), key=lambda s: s.points))


def lost_points(scorecard: Scorecard, contributions: Points) -> Points:
    """Return points below the best by case and attribute, shape of ``contributions``.

    Args:
        scorecard: The scorecard.
        contributions: From ``scorecard.contributions``, (n_cases, n_attributes).
    """
    best = np.asarray([max(a.points) for a in scorecard.attributes], dtype=np.int64)
    return contributions - best
