"""Step 6: wallets with the custodian, and payments that two people let go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.deals.rules import AMOUNT_BOUNDS
from longtail.interfaces import clock
from longtail.interfaces.api import paging
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.payments import (
    CancelIn,
    InstructionFilters,
    InstructionOut,
    InstructionPage,
    LineOut,
    StatementPage,
    WalletIn,
    WalletOut,
    WalletsOut,
)
from longtail.interfaces.api.schemas.types import Currency, Paging, code
from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import queries, services

TAG = "Payments"
router = Router()
InstructionCode = Path[code("PAY")]
DESK = ("operator", "custodian", "regulator")


@router.get("/wallets", response=WalletsOut)
def list_wallets(request: HttpRequest) -> WalletsOut:
    """List the party's wallets with the reference that pays into each."""
    return WalletsOut(results=_wallets(request.auth.code))


@router.post("/wallets", response={201: WalletOut})
@once
def open_wallet(request: HttpRequest, payload: WalletIn) -> Status:
    """Open a wallet in a currency, or return it; quote its reference to pay in."""
    who = request.auth
    who.require_kind("funder", "guarantor", "enterprise")
    who.require_role("maker")
    spec = chart.wallet(who.code, payload.currency)
    posting.open_account(spec)
    services.assign_reference(account_code=spec.code)
    return Status(201, _wallet(who.code, payload.currency))


@router.get("/wallets/{currency}/statement", response=StatementPage)
def show_statement(
    request: HttpRequest, currency: Path[Currency], page: Query[Paging]
) -> dict[str, Any]:
    """List the transfers on the party's wallet, newest first."""
    account = chart.wallet(request.auth.code, currency).code
    _wallet(request.auth.code, currency)
    found = ledger.statement(
        account, limit=page.limit + 1, before_id=paging.read(page.cursor)
    )
    return paging.cut(
        found, limit=page.limit, write=lambda line: LineOut.of(line, currency)
    )


@router.get("/instructions", response=InstructionPage)
def list_instructions(
    request: HttpRequest, filters: Query[InstructionFilters]
) -> dict[str, Any]:
    """List payments. For the operator, the custodian and the regulator."""
    request.auth.require_kind(*DESK)
    return paging.page(
        queries.instructions(filters.state),
        cursor=filters.cursor,
        limit=filters.limit,
        write=InstructionOut.of,
    )


@router.get("/instructions/{instruction_code}", response=InstructionOut)
def show_instruction(
    request: HttpRequest, instruction_code: InstructionCode
) -> InstructionOut:
    """Show a payment. For the operator, the custodian and the regulator."""
    request.auth.require_kind(*DESK)
    return InstructionOut.of(queries.instruction(instruction_code))


@router.post("/instructions/{instruction_code}/release", response=InstructionOut)
@once
def release(request: HttpRequest, instruction_code: InstructionCode) -> Status:
    """Let a payment go to the bank. For an operator's checker who did not prepare it."""
    who = request.auth
    who.require_kind("operator")
    who.require_role("checker")
    found = services.release_payment(code=instruction_code, by=who.username, at=clock.now())
    return Status(200, InstructionOut.of(found))


@router.post("/instructions/{instruction_code}/cancel", response=InstructionOut)
@once
def cancel(
    request: HttpRequest, instruction_code: InstructionCode, payload: CancelIn
) -> Status:
    """Give a payment up before it is sent. For an operator's checker."""
    who = request.auth
    who.require_kind("operator")
    who.require_role("checker")
    found = services.cancel_payment(
        code=instruction_code, by=who.username, at=clock.now(), reason=payload.reason
    )
    return Status(200, InstructionOut.of(found))


def _wallets(party_code: str) -> list[WalletOut]:
    codes = [chart.wallet(party_code, currency).code for currency in AMOUNT_BOUNDS]
    return [
        WalletOut.of(balance, reference=queries.reference_of(account) or "")
        for account, balance in ledger.balances_of(codes).items()
    ]


def _wallet(party_code: str, currency: str) -> WalletOut:
    for wallet in _wallets(party_code):
        if wallet.currency == currency:
            return wallet
    raise NotFound
