"""A points scorecard: a frozen value that scores one case or many, exactly."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.int64]
Bins = npt.NDArray[np.int64]
Value = float | int | str | None
# The bin of a case whose value is not known.
MISSING = -1


class UnseenLevel(ValueError):
    """A categorical value that the scorecard was never given points for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericAttribute:
    """Points by range of a number.

    Attributes:
        name: What is scored, such as ``"employees"``.
        edges: Ascending; bin ``i`` holds values in ``[edges[i-1], edges[i])``, the first
            everything below, the last everything from the last edge up.
        points: One integer a bin, so one more than there are edges.
        missing_points: For a case whose value is not known.
    """

    name: str
    edges: tuple[float, ...]
    points: tuple[int, ...]
    missing_points: int

    def __post_init__(self) -> None:
        if len(self.points) != len(self.edges) + 1:
            raise ValueError(f"{self.name}: {len(self.edges)} edges need one more point")
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError(f"{self.name}: edges {self.edges} do not ascend")

    def bin_of(self, value: Value) -> int:
        """Return the bin of one value; ``MISSING`` for None and NaN."""
        if value is None:
            return MISSING
        if isinstance(value, str):
            raise ValueError(f"{self.name}: {value!r} is not a number")
        return MISSING if math.isnan(value) else bisect_right(self.edges, value)

    def bins(self, values: npt.ArrayLike) -> Bins:
        """Return the bin of each value; ``MISSING`` for NaN."""
        numbers = np.asarray(values, dtype=np.float64)
        found = np.searchsorted(np.asarray(self.edges), numbers, side="right")
        return np.where(np.isnan(numbers), MISSING, found).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalAttribute:
    """Points by level.

    Attributes:
        name: What is scored, such as ``"sector"``.
        levels: Each value the attribute may take, once.
        points: One integer a level.
        missing_points: For a case whose value is not known.
    """

    name: str
    levels: tuple[str, ...]
    points: tuple[int, ...]
    missing_points: int

    def __post_init__(self) -> None:
        if len(self.points) != len(self.levels):
            raise ValueError(f"{self.name}: levels and points differ in number")
        if len(set(self.levels)) != len(self.levels):
            raise ValueError(f"{self.name}: a level appears twice")

    def bin_of(self, value: Value) -> int:
        """Return the bin of one level; ``MISSING`` for None.

        Raises:
            UnseenLevel: If the level has no points.
        """
        if value is None:
            return MISSING
        if value not in self.levels:
            raise UnseenLevel(f"{self.name}: no points for {value!r}")
        return self.levels.index(str(value))

    def bins(self, values: npt.ArrayLike) -> Bins:
        """Return the bin of each level; ``MISSING`` for None.

        Raises:
            UnseenLevel: If any level has no points; names them all.
        """
        given = np.asarray(values, dtype=object)
        index: dict[object, int] = {level: i for i, level in enumerate(self.levels)}
        index[None] = MISSING
        unseen = {str(v) for v in given.flat if v not in index}
        if unseen:
            raise UnseenLevel(f"{self.name}: no points for {', '.join(sorted(unseen))}")
        return np.fromiter((index[v] for v in given.flat), np.int64, count=given.size)


Attribute = NumericAttribute | CategoricalAttribute


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Integer points by attribute, and what a score means as a probability.

    Attributes:
        attributes: In the order their points are added.
        base_points: Given to everybody.
        anchor_score: The score at which the odds are ``anchor_odds``.
        anchor_odds: Good-to-bad odds there, positive.
        pdo: Points that double the odds, positive.

    Source:
        Siddiqi, *Intelligent Credit Scoring*, 2nd ed. 2017, chapter 10 (scaling).
    """

    attributes: tuple[Attribute, ...]
    base_points: int
    anchor_score: int
    anchor_odds: float
    pdo: int

    def __post_init__(self) -> None:
        names = [a.name for a in self.attributes]
        if len(set(names)) != len(names):
            raise ValueError(f"an attribute appears twice in {names}")
        if self.pdo <= 0 or not 0 < self.anchor_odds < math.inf:
            raise ValueError(f"pdo {self.pdo} and odds {self.anchor_odds} must be positive")

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """The attributes by name."""
        return {a.name: a for a in self.attributes}

    @cached_property
    def best_score(self) -> int:
        """The highest score that a case with nothing missing can have."""
        return self.base_points + sum(max(a.points) for a in self.attributes)

    def bin_of(self, values: Mapping[str, Value]) -> tuple[int, ...]:
        """Return the bin of each attribute for one case; absent keys are missing."""
        return tuple(a.bin_of(values.get(a.name)) for a in self.attributes)

    def points_of(self, bins: Sequence[int]) -> tuple[int, ...]:
        """Return the points of each attribute for one case, from its bins."""
        return tuple(
            a.missing_points if b == MISSING else a.points[b]
            for a, b in zip(self.attributes, bins, strict=True)
        )

    def score_of(self, values: Mapping[str, Value]) -> int:
        """Return the score of one case."""
        return self.base_points + sum(self.points_of(self.bin_of(values)))

    def contributions(self, columns: Mapping[str, npt.ArrayLike]) -> Points:
        """Return the points of each case and attribute, shape (n_cases, n_attributes).

        Args:
            columns: Values by attribute name, one a case, NaN or None where not known.

        Raises:
            KeyError: If a column is absent.
            UnseenLevel: If a level has no points.
        """
        parts = [
            np.asarray((*a.points, a.missing_points), dtype=np.int64)[
                a.bins(columns[a.name])
            ]
            for a in self.attributes
        ]
        return np.column_stack(parts)

    def scores(self, columns: Mapping[str, npt.ArrayLike]) -> Points:
        """Return the score of each case, shape (n_cases,)."""
        total: Points = self.contributions(columns).sum(axis=1, dtype=np.int64)
        return total + self.base_points

    def pd_of(self, score: float) -> float:
        """Return the probability of default at a score."""
        return 1 / (1 + self.anchor_odds * 2 ** ((score - self.anchor_score) / self.pdo))

    def pds(self, scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the probability of default at each score, shape of ``scores``."""
        doublings = (np.asarray(scores, dtype=np.float64) - self.anchor_score) / self.pdo
        probabilities: npt.NDArray[np.float64] = 1 / (1 + self.anchor_odds * 2**doublings)
        return probabilities
