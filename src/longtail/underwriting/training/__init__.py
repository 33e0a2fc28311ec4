"""Trains the scorecard: predictors, leakage guard, loan-years at risk, fit, judgement."""

from longtail.underwriting.training.leakage import LeakingPredictor
from longtail.underwriting.training.predictors import PREDICTORS, Known, Predictor
from longtail.underwriting.training.scorecard import Fitted, TooFewLosses, evaluate, fit

__all__ = [
    "PREDICTORS",
    "Fitted",
    "Known",
    "LeakingPredictor",
    "Predictor",
    "TooFewLosses",
    "evaluate",
    "fit",
]
