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
from longtail.servicing.queries.schedules import Schedule, ScheduleRow, schedule
from longtail.servicing.queries.standing import (
    Standing,
    call_of,
    calls,
    distributions,
    events,
    payment_reference,
    processing_date,
    state,
    steps,
)

__all__ = [
    "Arrears",
    "ArrearsRow",
    "CashFlow",
    "Position",
    "Schedule",
    "ScheduleRow",
    "Standing",
    "Summary",
    "Vintage",
    "arrears",
    "book_summary",
    "bucket_moves",
    "call_of",
    "calls",
    "cash_flows",
    "distributions",
    "events",
    "payment_reference",
    "portfolio",
    "processing_date",
    "schedule",
    "state",
    "steps",
    "vintages",
    "xirr_of",
]
