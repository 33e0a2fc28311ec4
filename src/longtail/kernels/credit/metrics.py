"""How well a score ranks, how true a probability is, and whether the crowd has changed.

Every measure takes optional weights, so that a sample drawn by outcome can speak for the
population it was drawn from.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def auc(
    risk: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return the area under the ROC curve: how often a loss is ranked above a non-loss.

    Args:
        risk: Higher for what is thought riskier, (n,).
        label: 1 for a loss, 0 for none, (n,).
        weight: Positive, (n,); 1 each when not given.

    Returns:
        0 to 1; ties count one half.

    Raises:
        ValueError: If only one outcome occurs, or shapes differ.

    Source:
        Hanley and McNeil, *Radiology* 143 (1982) 29-36 (the Mann-Whitney form).
    """
    losses, others = _by_risk(risk, label, weight)
    below = np.cumsum(others) - others
    share: float = float((losses * (below + others / 2)).sum())
    return share / float(losses.sum() * others.sum())


def gini(
    risk: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return the Gini coefficient (accuracy ratio): ``2 × AUC - 1``."""
    return 2 * auc(risk, label, weight) - 1


def ks(
    risk: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return the Kolmogorov-Smirnov distance of the risks of losses and of the others.

    Args:
        risk: As for :func:`auc`.
        label: As for :func:`auc`.
        weight: As for :func:`auc`.

    Returns:
        0 to 1.
    """
    losses, others = _by_risk(risk, label, weight)
    gap = np.cumsum(losses) / losses.sum() - np.cumsum(others) / others.sum()
    return float(np.abs(gap).max())


def brier(
    pd: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return the mean squared error of a probability.

    Args:
        pd: Probability of the loss, fraction, (n,).
        label: 1 for a loss, 0 for none, (n,).
        weight: Positive, (n,); 1 each when not given.

    Source:
        Brier, *Monthly Weather Review* 78 (1950) 1-3.
    """
    p, y, w = _aligned(pd, label, weight)
    return float(np.average((p - y) ** 2, weights=w))


def calibration_ratio(
    pd: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> float:
    """Return losses that occurred over losses expected; 1 is true, 2 is twice as many."""
    p, y, w = _aligned(pd, label, weight)
    return float((w * y).sum() / (w * p).sum())


def psi(
    expected: npt.ArrayLike,
    actual: npt.ArrayLike,
    *,
    edges: npt.ArrayLike,
    expected_weight: npt.ArrayLike | None = None,
    actual_weight: npt.ArrayLike | None = None,
) -> float:
    """Return the population stability index of a score between two populations.

    Args:
        expected: Scores of the population the model was made on, (n,).
        actual: Scores of the population it meets, (m,).
        edges: Ascending inner bin edges, (k,); they make k + 1 bins.
        expected_weight: Positive, (n,); 1 each when not given.
        actual_weight: Positive, (m,); 1 each when not given.

    Returns:
        0 when both fall alike into the bins; above 0.25 is taken for a shift. An empty
        bin counts as half a case, so that the index stays finite.

    Source:
        Siddiqi, *Intelligent Credit Scoring*, 2nd ed. 2017, chapter 13.
    """
    p = _shares(expected, edges, expected_weight)
    q = _shares(actual, edges, actual_weight)
    return float(((q - p) * np.log(q / p)).sum())


def _shares(
    values: npt.ArrayLike, edges: npt.ArrayLike, weight: npt.ArrayLike | None
) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    w = np.ones(x.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    cuts = np.asarray(edges, dtype=np.float64)
    mass = np.bincount(
        np.searchsorted(cuts, x, side="right"), weights=w, minlength=cuts.size + 1
    )
    mass = np.where(mass == 0, w.mean() / 2, mass)
    shares: Floats = mass / mass.sum()
    return shares


def _aligned(
    first: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    x = np.asarray(first, dtype=np.float64)
    y = np.asarray(label, dtype=np.float64)
    w = np.ones(x.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not x.shape == y.shape == w.shape or x.ndim != 1:
        raise ValueError(f"shapes {x.shape}, {y.shape} and {w.shape} are not alike (n,)")
    if not np.isfinite(x).all() or not np.isin(y, (0, 1)).all():
        raise ValueError("a risk is not finite, or a label is neither 0 nor 1")
    return x, y, w


def _by_risk(
    risk: npt.ArrayLike, label: npt.ArrayLike, weight: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    """Return the weight of losses and of others at each distinct risk, ascending."""
    x, y, w = _aligned(risk, label, weight)
    _, place = np.unique(x, return_inverse=True)
    losses: Floats = np.bincount(place, weights=w * y).astype(np.float64)
    others: Floats = np.bincount(place, weights=w * (1 - y)).astype(np.float64)
    if not losses.sum() > 0 or not others.sum() > 0:
        raise ValueError("both outcomes must occur to rank one above the other")
    return losses, others
