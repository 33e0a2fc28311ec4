"""Reads over deals. No writes."""

from __future__ import annotations

from longtail.deals.queries.demands import (
    UnknownAgreement,
    agreement,
    agreement_of,
    agreements,
    asked_by_state,
    counts_by_state,
    current_version,
    decisions,
    demand,
    demands,
    matter,
    offer,
    offers,
    purposes,
    transitions,
    versions,
)
from longtail.deals.queries.paging import Page
from longtail.deals.queries.search import Criteria, Sort, count, matching, search
from longtail.deals.queries.timeline import Step, timeline

__all__ = [
    "Criteria",
    "Page",
    "Sort",
    "Step",
    "UnknownAgreement",
    "agreement",
    "agreement_of",
    "agreements",
    "asked_by_state",
    "count",
    "counts_by_state",
    "current_version",
    "decisions",
    "demand",
    "demands",
    "matching",
    "matter",
    "offer",
    "offers",
    "purposes",
    "search",
    "timeline",
    "transitions",
    "versions",
]
