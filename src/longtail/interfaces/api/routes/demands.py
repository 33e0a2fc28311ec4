"""Step 1: an enterprise publishes a demand; everybody concerned reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.deals import queries, services
from longtail.deals.lifecycle import State
from longtail.funding import services as funding
from longtail.interfaces import clock
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.demands import (
    AssessmentOut,
    DemandFilters,
    DemandIn,
    DemandOut,
    DemandPage,
    StepOut,
    TimelineOut,
    WithdrawIn,
)
from longtail.interfaces.api.schemas.types import code
from longtail.interfaces.web.visibility import ON_OFFER, visible_demand
from longtail.underwriting import queries as underwriting

TAG = "Demands"
router = Router()
DemandCode = Path[code("DEM")]
PUBLISHED = tuple(state for state in State if state is not State.DRAFT)


@router.get("/demands", response=DemandPage)
def list_demands(request: HttpRequest, filters: Query[DemandFilters]) -> dict[str, Any]:
    """List demands: an enterprise's own, what is open to a funder, all to who oversees."""
    who = request.auth
    who.require_kind("enterprise", "funder", "regulator", "operator")
    criteria = filters.criteria()
    if who.kind == "enterprise":
        criteria = filters.criteria(enterprise_code=who.code)
    else:
        seen = ON_OFFER if who.kind == "funder" else PUBLISHED
        asked = [state for state in filters.state if state in seen] or (
            [] if filters.state else sorted(seen)
        )
        if not asked:
            return {"results": [], "next": ""}
        criteria = filters.criteria(states=asked)
    found = queries.search(
        criteria=criteria,
        sort=filters.sort,
        after=filters.cursor or None,
        limit=filters.limit,
    )
    return {
        "results": [DemandOut.of(row) for row in found.rows],
        "next": found.next_after or "",
    }


@router.post("/demands", response={201: DemandOut})
@once
def draft_demand(request: HttpRequest, payload: DemandIn) -> Status:
    """Start a demand as a draft. For an enterprise."""
    who = request.auth
    who.require_kind("enterprise")
    who.require_role("maker")
    made = services.draft(
        enterprise_code=who.code, ask=payload.ask, by=who.username, at=clock.now()
    )
    return Status(201, _written(made))


@router.get("/demands/{demand_code}", response=DemandOut)
def show_demand(request: HttpRequest, demand_code: DemandCode) -> DemandOut:
    """Show a demand."""
    demand, sight = visible_demand(demand_code, request.auth)
    return DemandOut.of(demand, sees_money=sight.sees_money)


@router.get("/demands/{demand_code}/timeline", response=TimelineOut)
def show_timeline(request: HttpRequest, demand_code: DemandCode) -> TimelineOut:
    """Show a demand's way through the seven steps."""
    _, sight = visible_demand(demand_code, request.auth)
    if not sight.sees_money:
        raise NotFound
    return TimelineOut(steps=[StepOut.of(s) for s in queries.timeline(demand_code)])


@router.get("/demands/{demand_code}/assessment", response=AssessmentOut)
def show_assessment(request: HttpRequest, demand_code: DemandCode) -> AssessmentOut:
    """Show what the policy decided on the demand's current version, and why."""
    demand, sight = visible_demand(demand_code, request.auth)
    if not (sight.sees_money and demand.assessment_code):
        raise NotFound
    return AssessmentOut.of(underwriting.assessment(demand.assessment_code))


@router.post("/demands/{demand_code}/submit", response=DemandOut)
@once
def submit_demand(request: HttpRequest, demand_code: DemandCode) -> Status:
    """Publish a draft: the attestations that it needs are ordered. For its enterprise."""
    return _on_own(request, demand_code, services.submit)


@router.post("/demands/{demand_code}/edit", response=DemandOut)
@once
def edit_demand(request: HttpRequest, demand_code: DemandCode, payload: DemandIn) -> Status:
    """Change what is asked; a live book is voided and refunded. For its enterprise."""
    return _on_own(request, demand_code, funding.edit_demand, ask=payload.ask)


@router.post("/demands/{demand_code}/withdraw", response=DemandOut)
@once
def withdraw_demand(
    request: HttpRequest, demand_code: DemandCode, payload: WithdrawIn
) -> Status:
    """Take a demand back; a live book is voided and refunded. For its enterprise."""
    return _on_own(request, demand_code, funding.withdraw_demand, reason=payload.reason)


@router.post("/demands/{demand_code}/accept-offer", response=DemandOut)
@once
def accept_offer(request: HttpRequest, demand_code: DemandCode) -> Status:
    """Accept the open offer; the demand is listed next. For its enterprise."""
    return _on_own(request, demand_code, services.accept_offer)


def _on_own(
    request: HttpRequest, demand_code: str, service: Callable[..., Any], **arguments: Any
) -> Status:
    """Call a service on the caller's own demand; anybody else's is not found."""
    who = request.auth
    if queries.demand(demand_code).enterprise.code != who.code:
        raise NotFound
    who.require_role("maker")
    done = service(demand_code=demand_code, by=who.username, at=clock.now(), **arguments)
    return Status(200, _written(done))


def _written(demand: Any) -> DemandOut:
    return DemandOut.of(queries.demand(demand.code))
