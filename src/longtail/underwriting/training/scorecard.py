"""Trains the scorecard on what was known on a day, and judges it on later loans."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from longtail.kernels.credit.calibration import shift_to_rate
from longtail.kernels.credit.metrics import auc, brier, calibration_ratio, gini, ks, psi
from longtail.kernels.credit.points import (
    MISSING,
    Attribute,
    CategoricalAttribute,
    NumericAttribute,
    Scorecard,
)
from longtail.underwriting import sample
from longtail.underwriting.sample import Table
from longtail.underwriting.training import fitting
from longtail.underwriting.training.exposure import LoanYears, lifetime_rate, loan_years
from longtail.underwriting.training.fitting import Block
from longtail.underwriting.training.leakage import refuse_leaks
from longtail.underwriting.training.predictors import PREDICTORS, Predictor
from longtail.values.dates import add_months
from longtail.values.refusal import Refusal

# The window reaches back as few years as give this many known charge-offs: recent loans
# resemble the next ones most, and ten events a coefficient keep the fit steady.
# Source: Peduzzi et al., *Journal of Clinical Epidemiology* 49 (1996) 1373-1379.
LEAST_CHARGE_OFFS = 500
LONGEST_WINDOW_YEARS = 30
ANCHOR_SCORE, PDO = 600, 20
POINTS_PER_LOG_ODDS = PDO / math.log(2)
NO_VALUES = np.empty(0)


class TooFewLosses(Refusal):
    """The table holds too few charge-offs known on the day to learn from."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained scorecard and its record.

    Attributes:
        scorecard: The points.
        metrics: What it was trained on and how well it did, JSON-able.
    """

    scorecard: Scorecard
    metrics: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """What the model may learn from.

    Attributes:
        table: The loans approved in the window.
        since: Day the window begins.
        known_on: Day it ends; nothing later is known.
    """

    table: Table
    since: date
    known_on: date


def fit(
    table: Table, *, known_on: date, predictors: tuple[Predictor, ...] = PREDICTORS
) -> Fitted:
    """Train a scorecard as it could have been trained on a day.

    Only loans approved by that day count, for the years they have been watched, and a
    charge-off counts if it happened by then. The probability of default is set to the
    charge-off rates by age of the twelve months before that day, at the natural mix.

    Args:
        table: From ``sample.read``.
        known_on: The day.
        predictors: What the scorecard may read.

    Returns:
        The scorecard and its metrics; out of time where the table holds later loans.

    Raises:
        LeakingPredictor: If a predictor would not be known at approval.
        TooFewLosses: If there is too little to learn from.
    """
    window = _window(table, known_on)
    columns = _columns(window.table, [p.name for p in predictors])
    weight = sample.weights(window.table)
    refuse_leaks(
        predictors,
        columns=columns,
        is_lost=sample.is_charged_off(window.table),
        weight=weight,
    )
    blocks = tuple(fitting.block(p, columns[p.name]) for p in predictors)
    years = _years(window.table, since=window.since, known_on=known_on)
    effects = fitting.coefficients(
        blocks,
        loan=years.loan,
        age=years.age,
        is_lost=years.is_lost,
        # A charge-off weighs 1, so the penalty counts in charge-offs.
        weight=weight[years.loan]
        / sample.CHARGED_OFF_WEIGHT
        * np.where(years.is_lost, 1, years.watched),
    )
    attributes = tuple(
        _attribute(
            b,
            fitting.bin_effects(b, effects[b.predictor.name]),
            columns[b.predictor.name],
            weight,
        )
        for b in blocks
    )
    rate = _recent_rate(table, known_on)
    scorecard = _scaled(attributes, columns, weight=weight, rate=rate)
    return Fitted(scorecard, _metrics(scorecard, table, window, years, rate))


def evaluate(
    scorecard: Scorecard, table: Table, *, approved_from: date, approved_to: date
) -> dict[str, Any]:
    """Return how a scorecard did on the loans approved in a span, at the natural mix.

    Args:
        scorecard: The scorecard.
        table: From ``sample.read``, with final outcomes.
        approved_from: First day of approval.
        approved_to: Last day of approval.

    Returns:
        AUC, Gini, KS, Brier score, charge-offs observed over expected, and the counts.
    """
    loans = _approved(table, approved_from, approved_to)
    risk = scorecard.pds(_scores(scorecard, loans))
    lost, weight = sample.is_charged_off(loans), sample.weights(loans)
    return {
        "approved_from": approved_from.isoformat(),
        "approved_to": approved_to.isoformat(),
        "n_loans": int(lost.size),
        "n_charge_offs": int(lost.sum()),
        "charge_off_rate": round(float(np.average(lost, weights=weight)), 4),
        "mean_pd": round(float(np.average(risk, weights=weight)), 4),
        "auc": round(auc(risk, lost, weight), 4),
        "gini": round(gini(risk, lost, weight), 4),
        "ks": round(ks(risk, lost, weight), 4),
        "brier": round(brier(risk, lost, weight), 4),
        "observed_over_expected": round(calibration_ratio(risk, lost, weight), 3),
    }


def _window(table: Table, known_on: date) -> Window:
    """Return the shortest window of whole years with enough known charge-offs."""
    today = np.datetime64(known_on, "D")
    is_known = table["ChgOffDate"] <= today
    # A charge-off without a date cannot be said to have been known.
    undated = sample.is_charged_off(table) & np.isnat(table["ChgOffDate"])
    for n_years in range(1, LONGEST_WINDOW_YEARS + 1):
        since = add_months(known_on, -12 * n_years)
        span = _in_span(table, since, known_on) & ~undated
        if (span & is_known & sample.is_charged_off(table)).sum() >= LEAST_CHARGE_OFFS:
            return Window(_rows(table, span), since, known_on)
    raise TooFewLosses(
        f"Fewer than {LEAST_CHARGE_OFFS} charge-offs of the table were known on "
        f"{known_on.isoformat()}. Give a table with more loans, or a later day."
    )


def _columns(table: Table, names: Iterable[str]) -> Table:
    """Return values by attribute: made from the loans, else a column of that name."""
    made = sample.attributes(table)
    return {n: made.get(n, table.get(n, NO_VALUES)) for n in names}


def _years(table: Table, *, since: date, known_on: date) -> LoanYears:
    lost = sample.is_charged_off(table)
    return loan_years(
        approved=table["ApprovalDate"],
        charged_off=np.where(lost, table["ChgOffDate"], np.datetime64("NaT", "D")),
        since=since,
        known_on=known_on,
    )


def _recent_rate(table: Table, known_on: date) -> float:
    """Return the lifetime charge-off rate at the last twelve months' rates by age."""
    recent = _approved(table, add_months(known_on, -132), known_on)
    years = _years(recent, since=add_months(known_on, -12), known_on=known_on)
    return lifetime_rate(years, sample.weights(recent))


def _attribute(
    block: Block,
    effect: npt.NDArray[np.float64],
    values: npt.NDArray[Any],
    weight: npt.NDArray[np.float64],
) -> Attribute:
    """Turn log odds into points, the worst bin at 0.

    A missing value gets the average, rounded down: to leave a fact out never pays.
    """
    raw = -POINTS_PER_LOG_ODDS * effect
    points = tuple(int(p) for p in np.rint(raw - raw.min()))
    attribute: Attribute = (
        NumericAttribute(
            name=block.predictor.name,
            edges=block.predictor.edges,
            points=points,
            missing_points=0,
        )
        if block.predictor.edges
        else CategoricalAttribute(
            name=block.predictor.name, levels=block.levels, points=points, missing_points=0
        )
    )
    bins = attribute.bins(values)
    known = bins != MISSING
    mean = np.average(np.asarray(points)[bins[known]], weights=weight[known])
    return replace(attribute, missing_points=int(mean))


def _scaled(
    attributes: tuple[Attribute, ...],
    columns: Table,
    *,
    weight: npt.NDArray[np.float64],
    rate: float,
) -> Scorecard:
    """Return the scorecard whose mean score is the anchor and whose mean PD is the rate."""
    bare = Scorecard(
        attributes=attributes,
        base_points=0,
        anchor_score=ANCHOR_SCORE,
        anchor_odds=1.0,
        pdo=PDO,
    )
    points = bare.scores(columns)
    base = ANCHOR_SCORE - round(float(np.average(points, weights=weight)))
    log_odds = (ANCHOR_SCORE - base - points) / POINTS_PER_LOG_ODDS
    shift = shift_to_rate(log_odds, rate=rate, weight=weight)
    # Rounded, so that the stored text and the number are one and the same.
    odds = round(math.exp(-shift), 6)
    return replace(bare, base_points=base, anchor_odds=odds)


def _metrics(
    scorecard: Scorecard, table: Table, window: Window, years: LoanYears, rate: float
) -> dict[str, Any]:
    """Return the model's record: what it learnt from, and how it did on later loans."""
    metrics: dict[str, Any] = {
        "known_on": window.known_on.isoformat(),
        "approved_from": window.since.isoformat(),
        "n_loans": len(window.table["GrAppv"]),
        "n_charge_offs_known": int(years.is_lost.sum()),
        "lifetime_rate": round(rate, 4),
        "predictors": [a.name for a in scorecard.attributes],
    }
    later = add_months(window.known_on, 24)
    first = window.known_on + timedelta(days=1)
    test = _approved(table, first, later)
    if 0 < sample.is_charged_off(test).sum() < len(test["GrAppv"]):
        metrics["out_of_time"] = evaluate(
            scorecard, table, approved_from=first, approved_to=later
        )
        metrics["out_of_time"]["psi"] = _stability(scorecard, window.table, test)
    return metrics


def _stability(scorecard: Scorecard, before: Table, after: Table) -> float:
    then, now = (_scores(scorecard, t) for t in (before, after))
    index = psi(
        then,
        now,
        edges=np.unique(np.quantile(then, np.linspace(0.1, 0.9, 9))),
        expected_weight=sample.weights(before),
        actual_weight=sample.weights(after),
    )
    return round(index, 4)


def _scores(scorecard: Scorecard, table: Table) -> npt.NDArray[np.int64]:
    """Return scores; a level that the scorecard has no points for is not known to it."""
    columns = _columns(table, scorecard.by_name)
    for attribute in scorecard.attributes:
        if isinstance(attribute, CategoricalAttribute):
            given = columns[attribute.name]
            is_seen = np.isin(given.astype(str), attribute.levels)
            columns[attribute.name] = np.where(is_seen, given, None)
    return scorecard.scores(columns)


def _approved(table: Table, first: date, last: date) -> Table:
    return _rows(table, _in_span(table, first, last))


def _in_span(table: Table, first: date, last: date) -> npt.NDArray[np.bool_]:
    approved = table["ApprovalDate"]
    span = (approved >= np.datetime64(first, "D")) & (approved <= np.datetime64(last, "D"))
    return np.asarray(span, dtype=np.bool_)


def _rows(table: Table, keep: npt.NDArray[np.bool_]) -> Table:
    return {name: values[keep] for name, values in table.items()}
