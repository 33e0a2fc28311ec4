"""A regime for trials and demonstrations: every mode, one price cap."""

from __future__ import annotations

from datetime import date

from longtail.terms.regimes.regime import Regime

OPEN_SANDBOX = (
    Regime(
        code="open-sandbox",
        name="Open sandbox",
        effective_from=date(1900, 1, 1),
        effective_to=None,
        apr_cap_bps=3600,
        apr_article="rule 1 of the sandbox: an all-in rate of at most 36 %",
    ),
)
