"""How far the end of day has come."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router

from longtail.interfaces.api.schemas.day_end import DayEndOut, DayEndStepOut, DayIn
from longtail.servicing import queries

TAG = "Servicing"
router = Router()


@router.get("/day-end", response=DayEndOut)
def show_day_end(request: HttpRequest, asked: Query[DayIn]) -> DayEndOut:
    """Show the steps of an end of day, done or under way. For who oversees."""
    request.auth.require_kind("operator", "regulator")
    steps = queries.day_end_progress(asked.on)
    return DayEndOut(
        date=steps[0].date if steps else asked.on,
        steps=[DayEndStepOut.of(s) for s in steps],
    )
