"""The scorecard of the demo, fitted on the shipped sample's earlier vintages."""

from __future__ import annotations

from datetime import date, datetime

from rich.console import Console

from longtail.underwriting import queries, sample, services, training

KNOWN_ON = date(2002, 9, 30)


def ensure(*, at: datetime) -> None:
    """Fit and install the scorecard unless one is installed."""
    if not queries.installed_models():
        fitted = fit()
        services.install_model(scorecard=fitted.scorecard, metrics=fitted.metrics, at=at)


def fit() -> training.Fitted:
    """Fit the scorecard on what was known before the first replayed vintage.

    Another table may be replayed, but the shipped sample's earlier vintages train.
    """
    return training.fit(sample.read(sample.SHIPPED), known_on=KNOWN_ON)


def print_metrics() -> None:
    """Print the figures out of time."""
    Console().print_json(data=fit().metrics)
