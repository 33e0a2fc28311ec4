"""Fits a scorecard's points: penalised logistic regression on bins, with declared signs.

A numeric attribute enters as steps, one an edge, and a declared trend bounds every step's
sign, so the points are monotone by construction; the penalty pulls neighbouring bins
together. Levels enter one column a group, and the penalty pulls small groups towards the
average (what smoothed weights of evidence do one attribute at a time, done jointly). The
age of a loan is controlled for and left out of the scorecard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from longtail.underwriting.training.predictors import Predictor

Floats = npt.NDArray[np.float64]
# Strength of the penalty, in charge-offs; chosen out of time like the predictors.
PENALTY = 10.0
# The level at each age is free but for this, which keeps an age without losses finite.
AGE_PENALTY = 1e-3


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of one predictor in the design.

    Attributes:
        predictor: Whose they are.
        levels: Its levels in order; empty for a number.
        group_of: Column of each level; empty for a number.
        columns: 0/1 design, (n_loans, n_columns).
    """

    predictor: Predictor
    levels: tuple[str, ...]
    group_of: tuple[int, ...]
    columns: Floats


def block(predictor: Predictor, values: npt.NDArray[Any]) -> Block:
    """Return a predictor's columns: steps for a number, groups for levels.

    Args:
        predictor: With edges for a number, without for levels.
        values: NaN or None where not known, (n_loans,); a missing value is 0 in every
            column, which is the average.
    """
    if predictor.edges:
        numbers = values.astype(np.float64)
        return Block(predictor, (), (), _at_least(numbers, predictor.edges))
    levels = tuple(sorted({str(v) for v in values if v is not None}))
    groups = tuple(dict.fromkeys(predictor.groups.get(v, v) for v in levels))
    group_of = tuple(groups.index(predictor.groups.get(v, v)) for v in levels)
    lookup: dict[Any, int] = dict(zip(levels, group_of, strict=True)) | {None: -1}
    place = np.fromiter((lookup[v] for v in values), np.int64, count=len(values))
    return Block(predictor, levels, group_of, _one_hot(place, len(groups)))


def coefficients(
    blocks: tuple[Block, ...],
    *,
    loan: npt.NDArray[np.int64],
    age: npt.NDArray[np.int64],
    is_lost: npt.NDArray[np.bool_],
    weight: Floats,
) -> Mapping[str, Floats]:
    """Return the change in log odds of a loss by column of each block.

    Args:
        blocks: From :func:`block`, over the loans.
        loan: Row of the loan of each loan-year, (n_rows,).
        age: Years since approval of each loan-year, (n_rows,).
        is_lost: Whether it was lost in that year, (n_rows,).
        weight: Of each loan-year, (n_rows,).

    Returns:
        Coefficients by predictor name, (n_columns,) each.
    """
    design = np.column_stack([b.columns for b in blocks])
    signs = np.concatenate([np.full(b.columns.shape[1], b.predictor.trend) for b in blocks])
    solution = _penalised_logistic(
        _Rows(design, loan, age), is_lost.astype(np.float64), weight, signs=signs
    )
    ends = np.cumsum([b.columns.shape[1] for b in blocks])
    parts = np.split(solution[: design.shape[1]], ends[:-1])
    return {b.predictor.name: part for b, part in zip(blocks, parts, strict=True)}


def bin_effects(fitted: Block, coefficient: Floats) -> Floats:
    """Return the change in log odds by bin: by range of a number, or by level."""
    if fitted.predictor.edges:
        return np.r_[0.0, np.cumsum(coefficient)]
    return coefficient[np.asarray(fitted.group_of, dtype=np.int64)]


def _at_least(numbers: Floats, edges: tuple[float, ...]) -> Floats:
    return (numbers[:, None] >= np.asarray(edges)).astype(np.float64)


def _one_hot(place: npt.NDArray[np.int64], n_columns: int) -> Floats:
    return (place[:, None] == np.arange(n_columns)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Loan-years without repeating a loan's columns for each of its years."""

    design: Floats
    loan: npt.NDArray[np.int64]
    age: npt.NDArray[np.int64]

    @property
    def n_ages(self) -> int:
        return int(self.age.max()) + 1

    def predict(self, b: Floats) -> Floats:
        by_loan, by_age = np.split(b, [self.design.shape[1]])
        z: Floats = (self.design @ by_loan)[self.loan] + by_age[self.age]
        return z

    def gather(self, residual: Floats) -> Floats:
        n_loans = len(self.design)
        by_loan = np.bincount(self.loan, weights=residual, minlength=n_loans)
        by_age = np.bincount(self.age, weights=residual, minlength=self.n_ages)
        return np.concatenate([self.design.T @ by_loan, by_age])


def _penalised_logistic(
    rows: _Rows, y: Floats, weight: Floats, *, signs: npt.NDArray[np.int64]
) -> Floats:
    """Return the minimiser of weighted log loss plus half the penalised squares."""
    free = np.zeros(rows.n_ages)
    penalty = np.concatenate([np.full(signs.size, PENALTY), free + AGE_PENALTY])

    def loss(b: Floats) -> tuple[float, Floats]:
        z = rows.predict(b)
        p = 1 / (1 + np.exp(-z))
        fit = float((weight * (np.logaddexp(0, z) - y * z)).sum())
        gradient = rows.gather(weight * (p - y)) + penalty * b
        return fit + float((penalty * b * b).sum()) / 2, gradient

    bounds = [
        (0 if s > 0 else None, 0 if s < 0 else None) for s in (*signs.tolist(), *free)
    ]
    # One thread: the sums then add up in one order on every machine, and threads that
    # wait for each other on a busy one would cost more than they bring.
    with threadpool_limits(limits=1, user_api="blas"):
        found = minimize(
            loss,
            np.zeros(len(bounds)),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-10, "gtol": 1e-4},
        )
    if not found.success:
        raise ValueError(f"the scorecard did not converge: {found.message}")
    return np.asarray(found.x, dtype=np.float64)
