"""From a ranking to a true probability: move the odds until they fit the population."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def prior_shift(pd: npt.ArrayLike, *, from_rate: float, to_rate: float) -> Floats:
    """Move probabilities learnt at one loss rate to a population with another.

    Args:
        pd: Fractions in (0, 1), any shape.
        from_rate: Loss rate of the sample they were learnt on, in (0, 1).
        to_rate: Loss rate of the population, in (0, 1).

    Returns:
        Fractions of the same shape; their order is kept.

    Raises:
        ValueError: If a rate is not in (0, 1).

    Source:
        Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
    """
    for rate in (from_rate, to_rate):
        if not 0 < rate < 1:
            raise ValueError(f"loss rate {rate} is not between 0 and 1")
    p = np.asarray(pd, dtype=np.float64)
    up, down = to_rate / from_rate, (1 - to_rate) / (1 - from_rate)
    shifted: Floats = p * up / (p * up + (1 - p) * down)
    return shifted


def shift_to_rate(
    log_odds: npt.ArrayLike, *, rate: float, weight: npt.ArrayLike | None = None
) -> float:
    """Return what to add to every log odds so that the mean probability is ``rate``.

    Args:
        log_odds: Log odds of the loss, finite, (n,).
        rate: Loss rate of the population, in (0, 1).
        weight: Positive, (n,); 1 each when not given.

    Returns:
        The intercept shift, exact to 1e-12.

    Raises:
        ValueError: If the rate is not in (0, 1) or there are no cases.
    """
    z = np.asarray(log_odds, dtype=np.float64)
    if not 0 < rate < 1 or z.size == 0:
        raise ValueError(f"cannot reach loss rate {rate} with {z.size} cases")
    w = np.ones(z.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    target = float(np.log(rate / (1 - rate)))
    # The mean lies between the extremes, so the shift lies between these.
    low, high = target - float(z.max()), target - float(z.min())
    while high - low > 1e-12 * max(1.0, abs(low), abs(high)):
        middle = (low + high) / 2
        if float(np.average(_logistic(z + middle), weights=w)) < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _logistic(z: Floats) -> Floats:
    # exp of a positive number may overflow; of a negative one it only vanishes.
    tail = np.exp(-np.abs(z))
    value: Floats = np.where(z >= 0, 1.0, tail) / (1 + tail)
    return value
