"""Loan-years at risk: what was known of every loan, year by year, up to a day.

A loan that is young on that day has had less time to fail than an old one. Counting it
as good would teach the model that whatever is new is safe, so a loan counts only for the
time it has been watched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

DAYS_A_YEAR = 365.25
N_AGES = 10


@dataclass(frozen=True, slots=True)
class LoanYears:
    """One row a loan and year of its life in which it was watched.

    Attributes:
        loan: Row of the loan in the table, (n_rows,).
        age: Full years since approval, 0 to ``N_AGES - 1``, (n_rows,).
        watched: Part of that year in which it was watched, in (0, 1], (n_rows,).
        is_lost: Whether it was charged off in that time, (n_rows,).
    """

    loan: npt.NDArray[np.int64]
    age: npt.NDArray[np.int64]
    watched: npt.NDArray[np.float64]
    is_lost: npt.NDArray[np.bool_]


def loan_years(
    *,
    approved: npt.NDArray[np.datetime64],
    charged_off: npt.NDArray[np.datetime64],
    since: date,
    known_on: date,
) -> LoanYears:
    """Return the loan-years watched from one day to another.

    Args:
        approved: Day of approval, (n_loans,).
        charged_off: Day of charge-off, NaT for none, (n_loans,).
        since: Watching begins.
        known_on: Watching ends; a later charge-off is not known.
    """
    ages = np.arange(N_AGES)
    begin = _years(np.datetime64(since, "D"), approved)[:, None]
    end = _years(np.datetime64(known_on, "D"), approved)[:, None]
    never = np.isnat(charged_off)
    lost_at = _years(np.where(never, approved, charged_off), approved)
    lost_at = np.where(never, np.inf, lost_at)[:, None]
    low, high = np.maximum(begin, ages), np.minimum(end, ages + 1)
    is_lost = (lost_at >= low) & (lost_at <= high) & (lost_at < ages + 1)
    watched = np.minimum(high, lost_at) - low
    # A loss on the very first day watched still counts.
    watched = np.where(is_lost, np.maximum(watched, 1 / DAYS_A_YEAR), watched)
    loan, age = np.nonzero(watched > 0)
    return LoanYears(loan, age, watched[loan, age], is_lost[loan, age])


def lifetime_rate(years: LoanYears, weight: npt.NDArray[np.float64]) -> float:
    """Return the share of loans charged off in a life at the rates of these years.

    Args:
        years: Loan-years, best of a recent period and all ages.
        weight: Loans that each row of the table stands for, (n_loans,).

    Returns:
        Fraction: one minus the chance to survive every age.

    Source:
        The period life table; Preston, Heuveline and Guillot, *Demography*, 2001, ch. 3.
    """
    mass = weight[years.loan]
    at_risk = np.bincount(years.age, weights=mass * years.watched, minlength=N_AGES)
    lost = np.bincount(years.age, weights=mass * years.is_lost, minlength=N_AGES)
    hazard = np.divide(lost, at_risk, out=np.zeros(N_AGES), where=at_risk > 0)
    return float(1 - np.exp(-hazard.sum()))


def _years(
    day: npt.NDArray[np.datetime64] | np.datetime64, approved: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.float64]:
    elapsed = (day - approved).astype("timedelta64[D]").astype(np.float64)
    years: npt.NDArray[np.float64] = elapsed / DAYS_A_YEAR
    return years
