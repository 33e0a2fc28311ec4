"""Step 4: what a funder looks for, and the demands that were put before it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from longtail.interfaces import clock
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.routes.demands import DemandCode
from longtail.interfaces.api.schemas.market import (
    CriterionOut,
    ExplanationOut,
    MandateIn,
    MandateOut,
    OpportunityFilters,
    OpportunityOut,
    OpportunityPage,
)
from longtail.interfaces.web.visibility import visible_demand
from longtail.market import queries, services

TAG = "Market"
router = Router()


@router.get("/mandate", response=MandateOut)
def show_mandate(request: HttpRequest) -> MandateOut:
    """Show the funder's mandate in force."""
    who = request.auth
    who.require_kind("funder")
    return MandateOut.of(queries.require_mandate(who.code))


@router.post("/mandate", response=MandateOut)
@once
def set_mandate(request: HttpRequest, payload: MandateIn) -> Status:
    """Set what the funder looks for; what is listed and fits is pushed at once."""
    who = request.auth
    who.require_kind("funder")
    who.require_role("maker")
    services.set_mandate(
        funder_code=who.code, mandate=payload.mandate, by=who.username, at=clock.now()
    )
    return Status(200, MandateOut.of(queries.require_mandate(who.code)))


@router.get("/opportunities", response=OpportunityPage)
def list_opportunities(
    request: HttpRequest, filters: Query[OpportunityFilters]
) -> dict[str, Any]:
    """List the listed demands that fit the funder's mandate, and why."""
    who = request.auth
    who.require_kind("funder")
    found = queries.opportunities(
        who.code,
        filters.criteria,
        sort=filters.sort,
        after=filters.cursor or None,
        limit=filters.limit,
    )
    return {
        "results": [OpportunityOut.of(push) for push in found.rows],
        "next": found.next_after or "",
    }


@router.get("/opportunities/{demand_code}", response=ExplanationOut)
def explain(request: HttpRequest, demand_code: DemandCode) -> ExplanationOut:
    """Say why a demand fits the funder's mandate of today, or why it does not."""
    who = request.auth
    who.require_kind("funder")
    visible_demand(demand_code, who)
    found = queries.explain(who.code, demand_code)
    return ExplanationOut(
        fits=found.fits, reasons=[CriterionOut.of(reason) for reason in found.reasons]
    )
