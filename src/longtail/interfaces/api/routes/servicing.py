"""Step 7: drawdown, what is owed when, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.deals import queries as deals
from longtail.funding import queries as funding
from longtail.interfaces import clock
from longtail.interfaces.api import paging
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.payments import InstructionOut
from longtail.interfaces.api.schemas.servicing import (
    AgreementOut,
    AgreementPage,
    CashFlowOut,
    CashFlowPage,
    InstalmentOut,
    PortfolioOut,
    PositionOut,
    ScheduleOut,
)
from longtail.interfaces.api.schemas.types import AmountOut, Paging, code
from longtail.servicing import queries, services
from longtail.servicing.rules import NotInService

TAG = "Servicing"
router = Router()
AgreementCode = Path[code("AGR")]
HOLDERS = ("funder", "guarantor")


@dataclass(frozen=True)
class Numbered:
    """A row of a list that has no ids of its own; the last has the largest."""

    id: int
    row: Any


@router.get("/agreements", response=AgreementPage)
def list_agreements(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List one's agreements as enterprise, guarantor or funder; all for who oversees."""
    who = request.auth
    rows = deals.agreements()
    if not who.oversees:
        held = funding.holdings_of(who.code).values("agreement")
        rows = (
            deals.agreements(enterprise_code=who.code)
            | deals.agreements(guarantor_code=who.code)
            | rows.filter(pk__in=held)
        )
    return paging.page(
        rows, cursor=page.cursor, limit=page.limit, write=lambda row: _written(row, who)
    )


@router.get("/agreements/{agreement_code}", response=AgreementOut)
def show_agreement(request: HttpRequest, agreement_code: AgreementCode) -> AgreementOut:
    """Show an agreement and where it stands."""
    return _written(_seen(request, agreement_code), request.auth)


@router.get("/agreements/{agreement_code}/schedule", response=ScheduleOut)
def show_schedule(request: HttpRequest, agreement_code: AgreementCode) -> ScheduleOut:
    """Show what is due when, what was paid and what is late."""
    _seen(request, agreement_code)
    plan = queries.schedule(agreement_code)
    return ScheduleOut(
        agreement_code=agreement_code,
        on=plan.on,
        outstanding=AmountOut.of(plan.outstanding_minor, plan.currency),
        rows=[InstalmentOut.of(row, plan.currency) for row in plan.rows],
    )


@router.post("/agreements/{agreement_code}/drawdown", response={201: InstructionOut})
@once
def prepare_drawdown(request: HttpRequest, agreement_code: AgreementCode) -> Status:
    """Prepare the payment to the enterprise; another releases it. For the operator."""
    who = request.auth
    who.require_kind("operator")
    who.require_role("maker")
    found = services.prepare_drawdown(
        agreement_code=agreement_code, by=who.username, at=clock.now()
    )
    return Status(201, InstructionOut.of(found))


@router.get("/cash-flows", response=CashFlowPage)
def list_cash_flows(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List the money that left and reached a funder or guarantor, newest first."""
    who = request.auth
    who.require_kind(*HOLDERS)
    flows = [Numbered(i, f) for i, f in enumerate(queries.cash_flows(who.code), 1)]
    return paging.page(
        flows, cursor=page.cursor, limit=page.limit, write=lambda n: _flow(n.row)
    )


@router.get("/portfolio", response=PortfolioOut)
def show_portfolio(request: HttpRequest) -> PortfolioOut:
    """Show everything that a funder or guarantor holds, and what it earned a year."""
    who = request.auth
    who.require_kind(*HOLDERS)
    rate = queries.xirr_of(who.code)
    return PortfolioOut(
        annual_return=None
        if rate is None
        else str(Decimal(rate).quantize(Decimal("1e-6"))),
        results=[PositionOut.of(p) for p in queries.portfolio(who.code)],
    )


def _seen(request: HttpRequest, agreement_code: str) -> Any:
    """Return an agreement that the caller is party to or oversees."""
    who, found = request.auth, deals.agreement(agreement_code)
    sides = [found.enterprise.code, *([found.guarantor.code] if found.guarantor else [])]
    if not (who.oversees or who.code in sides):
        held = funding.holdings(agreement_code).filter(funder__code=who.code)
        if not held.exists():
            raise NotFound
    return found


def _written(agreement: Any, who: Any) -> AgreementOut:
    try:
        standing = queries.state(agreement.code)
    except NotInService:
        standing = None
    pays = who.oversees or who.code == agreement.enterprise.code
    reference = queries.payment_reference(agreement.code) if pays else None
    return AgreementOut.of(agreement, standing=standing, reference=reference or "")


def _flow(flow: Any) -> CashFlowOut:
    return CashFlowOut(
        date=flow.date,
        amount=AmountOut.of(flow.amount_minor, flow.currency),
        kind=str(flow.kind),
        agreement_code=flow.agreement_code,
    )
