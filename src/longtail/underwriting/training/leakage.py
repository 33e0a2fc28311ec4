"""Keeps out of a model what nobody can know when a loan is approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from longtail.kernels.credit.metrics import auc
from longtail.underwriting.training.predictors import Known, Predictor
from longtail.values.refusal import Refusal

# Why each column may not be read, by its name in the source.
FORBIDDEN: Mapping[str, str] = {
    "Term": "of a charged-off loan it is the realised term, not the contractual one",
    "ChgOffDate": "only a charged-off loan has one",
    "ChgOffPrinGr": "only a charged-off loan has one",
    "MIS_Status": "it is the outcome itself",
    "BalanceGross": "it is the balance at the end",
    "DisbursementDate": "it follows the approval",
    "DisbursementGross": "it follows the approval",
    "ApprovalDate": "it tells the vintage, not the enterprise",
    "ApprovalFY": "it tells the vintage, not the enterprise",
    "LoanNr_ChkDgt": "it identifies the loan",
    "Bank": "it identifies the lender",
    "BankState": "it identifies the lender",
}
# No honest datum known at approval ranks small-business loans this well on its own: the
# best one of the shipped sample reaches 0.63.
SUSPICIOUS_AUC = 0.9
N_BINS = 64


class LeakingPredictor(Refusal):
    """A predictor would not be known when the decision is made."""


def refuse_leaks(
    predictors: Iterable[Predictor],
    *,
    columns: Mapping[str, npt.NDArray[Any]],
    is_lost: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.float64],
) -> None:
    """Refuse predictors that know the future: by name, by declaration, or by their power.

    Args:
        predictors: Those a model is to be trained on.
        columns: Values by predictor name, (n_loans,).
        is_lost: The outcome as finally recorded, (n_loans,): a leak is written when the
            outcome is, so the fullest record shows it best.
        weight: Loans that each row stands for, (n_loans,).

    Raises:
        LeakingPredictor: If any leaks; names every one and why.
        ValueError: If a predictor has no column.
    """
    found = {}
    for predictor in predictors:
        if reason := _declared_leak(predictor):
            found[predictor.name] = reason
            continue
        if columns[predictor.name].size != is_lost.size:
            raise ValueError(f"there is no column for the predictor {predictor.name!r}")
        power = single_auc(columns[predictor.name], is_lost, weight)
        if power > SUSPICIOUS_AUC:
            found[predictor.name] = (
                f"alone it ranks the outcome with AUC {power:.3f}, more than anything "
                "known at approval can"
            )
    if found:
        listed = "; ".join(f"{name}: {reason}" for name, reason in found.items())
        raise LeakingPredictor(
            f"The model would read what is not known at approval ({listed}). Leave these "
            "predictors out."
        )


def single_auc(
    values: npt.NDArray[Any],
    is_lost: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.float64],
) -> float:
    """Return how well one column alone ranks the outcome, whatever its shape.

    Loss rates by bin are learnt on every other row and judged on the rest, so a column
    of unique values does not look prophetic.

    Args:
        values: Numbers or levels, NaN or None where not known, (n_loans,).
        is_lost: The outcome, (n_loans,).
        weight: Positive, (n_loans,).

    Returns:
        AUC on the rows not learnt from, 0 to 1.
    """
    bins = _bins(values)
    learn = np.arange(bins.size) % 2 == 0
    size = int(bins.max()) + 1
    all_, lost = (
        np.bincount(bins[learn], weights=mass[learn], minlength=size)
        for mass in (weight, weight * is_lost)
    )
    prior = lost.sum() / all_.sum()
    # Ten loans' worth of the average steadies thin bins.
    steady = 10 * weight.mean()
    rates = (lost + steady * prior) / (all_ + steady)
    return auc(rates[bins[~learn]], is_lost[~learn], weight[~learn])


def _declared_leak(predictor: Predictor) -> str:
    if predictor.known is not Known.AT_APPROVAL:
        return f"it is declared as known {predictor.known}"
    named = [s for s in (*predictor.sources, predictor.name) if s in FORBIDDEN]
    return f"{named[0]}: {FORBIDDEN[named[0]]}" if named else ""


def _bins(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if values.dtype.kind == "O":
        labels = np.asarray([str(v) for v in values])
        return np.unique(labels, return_inverse=True)[1].astype(np.int64)
    numbers = values.astype(np.float64)
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    found = np.searchsorted(edges, numbers, side="right")
    return np.where(np.isnan(numbers), edges.size + 1, found).astype(np.int64)
