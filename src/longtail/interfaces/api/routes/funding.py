"""Step 5: funders commit; the book closes by its rule."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.funding import queries, services
from longtail.interfaces import clock
from longtail.interfaces.api import paging
from longtail.interfaces.api.idempotency import IdempotencyKey, once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.routes.demands import DemandCode
from longtail.interfaces.api.schemas.funding import (
    BookOut,
    CommitIn,
    CommitmentOut,
    CommitmentPage,
    HoldingOut,
    HoldingPage,
)
from longtail.interfaces.api.schemas.types import Paging, code
from longtail.interfaces.web.visibility import visible_demand

TAG = "Funding"
router = Router()
CommitmentCode = Path[code("COM")]


@router.get("/demands/{demand_code}/book", response=BookOut)
def show_book(request: HttpRequest, demand_code: DemandCode) -> BookOut:
    """Show how far a demand is funded."""
    _, sight = visible_demand(demand_code, request.auth)
    book = queries.book(demand_code)
    if book is None or not sight.sees_money:
        raise NotFound
    return BookOut.of(book)


@router.get("/demands/{demand_code}/commitments", response=CommitmentPage)
def list_commitments_to(
    request: HttpRequest, demand_code: DemandCode, page: Query[Paging]
) -> dict[str, Any]:
    """List the commitments to a demand; a funder sees its own."""
    _, sight = visible_demand(demand_code, request.auth)
    rows = queries.commitments(demand_code)
    if not sight.sees_funders:
        rows = rows.filter(funder__code=request.auth.code)
    return paging.page(rows, cursor=page.cursor, limit=page.limit, write=CommitmentOut.of)


@router.post("/demands/{demand_code}/commitments", response={201: CommitmentOut})
@once
def commit(
    request: HttpRequest,
    demand_code: DemandCode,
    payload: CommitIn,
    idempotency_key: IdempotencyKey,
) -> Status:
    """Commit money to a demand: it is held in the wallet until the book closes."""
    who = request.auth
    who.require_kind("funder")
    who.require_role("maker")
    visible_demand(demand_code, who)
    made = services.commit(
        demand_code=demand_code,
        funder_code=who.code,
        amount=payload.amount.money,
        key=f"api:{who.client.pk}:{idempotency_key}",
        by=who.username,
        at=clock.now(),
        accepts_part=payload.accepts_part,
    )
    return Status(201, CommitmentOut.of(queries.commitment(made.code)))


@router.get("/commitments", response=CommitmentPage)
def list_commitments(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List the funder's commitments."""
    who = request.auth
    who.require_kind("funder")
    rows = queries.commitments_of(who.code)
    return paging.page(rows, cursor=page.cursor, limit=page.limit, write=CommitmentOut.of)


@router.get("/commitments/{commitment_code}", response=CommitmentOut)
def show_commitment(request: HttpRequest, commitment_code: CommitmentCode) -> CommitmentOut:
    """Show a commitment. For its funder and those who oversee."""
    found = queries.commitment(commitment_code)
    request.auth.require_sight(found.funder.code)
    return CommitmentOut.of(found)


@router.post("/commitments/{commitment_code}/withdraw", response=CommitmentOut)
@once
def withdraw_commitment(request: HttpRequest, commitment_code: CommitmentCode) -> Status:
    """Take a commitment back while the book has room. For its funder."""
    who = request.auth
    if queries.commitment(commitment_code).funder.code != who.code:
        raise NotFound
    who.require_role("maker")
    services.withdraw_commitment(
        commitment_code=commitment_code, by=who.username, at=clock.now()
    )
    return Status(200, CommitmentOut.of(queries.commitment(commitment_code)))


@router.get("/holdings", response=HoldingPage)
def list_holdings(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List the funder's holdings."""
    who = request.auth
    who.require_kind("funder")
    rows = queries.holdings_of(who.code)
    return paging.page(rows, cursor=page.cursor, limit=page.limit, write=HoldingOut.of)
