"""Reads over servicing. No writes."""

from __future__ import annotations

from longtail.servicing.queries.book import (
    Arrears,
    ArrearsRow,
    Summary,
    Vintage,
    arrears,
    book_summary,
    bucket_moves,
    vintages,
)
from longtail.servicing.queries.funders import (
    CashFlow,
    Position,
    cash_flows,
    portfolio,
    xirr_of,
)
from longtail.servicing.queries.progress import StepProgress, day_end_progress
from longtail.servicing.queries.receivables import Receivable, receivables
from longtail.servicing.queries.refolding import refolded_differences
from longtail.servicing.queries.rows import ScheduleRow
from longtail.servicing.queries.schedules import Schedule, schedule
from longtail.servicing.queries.standing import (
    Standing,
    call_of,
    calls,
    distributions,
    events,
    payment_reference,
    processing_date,
    settlement,
    state,
    steps,
)

__all__ = [
    "Arrears",
    "ArrearsRow",
    "CashFlow",
    "Position",
    "Receivable",
    "Schedule",
    "ScheduleRow",
    "Standing",
    "StepProgress",
    "Summary",
    "Vintage",
    "arrears",
    "book_summary",
    "bucket_moves",
    "call_of",
    "calls",
    "cash_flows",
    "day_end_progress",
    "distributions",
    "events",
    "payment_reference",
    "portfolio",
    "processing_date",
    "receivables",
    "refolded_differences",
    "schedule",
    "settlement",
    "state",
    "steps",
    "vintages",
    "xirr_of",
]
