"""The books: balances and statements of the past, closed periods, proofs of claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from longtail.interfaces import own_accounts
from longtail.interfaces.api import paging
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.books import (
    AccountCode,
    BalanceOut,
    ClaimDay,
    ClaimsRootOut,
    ClaimsRootsOut,
    KindTotalOut,
    Past,
    PastLineOut,
    PastStatementOut,
    PeriodCloseOut,
    PeriodClosesOut,
    ProofOut,
    RangeIn,
    RootsIn,
    TrialIn,
    TrialOut,
)
from longtail.ledger.books import queries, statements, trial
from longtail.ledger.books.rules import Line, NoSuchClaim
from longtail.ledger.entries import UnknownAccount
from longtail.values.refusal import InvalidInput

TAG = "Books"
router = Router()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line and its number in the statement, from 1; a page continues after it."""

    id: int
    line: Line


@router.get("/accounts/{account_code}/balance", response=BalanceOut)
def show_past_balance(
    request: HttpRequest, account_code: Path[AccountCode], past: Query[Past]
) -> BalanceOut:
    """Show an account's balance by value on a day, as known at a moment, or both."""
    _require_reader(request, account_code)
    try:
        found = queries.balance_as_of(account_code, on=past.on, at=past.known_at)
    except UnknownAccount:
        raise NotFound from None
    return BalanceOut.of(account_code, found)


@router.get("/accounts/{account_code}/statement", response=PastStatementOut)
def show_past_statement(
    request: HttpRequest, account_code: Path[AccountCode], days: Query[RangeIn]
) -> PastStatementOut:
    """Show an account over a range of days: opening, lines with balances, closing."""
    _require_reader(request, account_code)
    if days.to_date < days.from_date:
        raise InvalidInput({"to_date": "Choose a last day that is not before the first."})
    first = paging.read(days.cursor) or 0
    try:
        found = statements.statement(
            account_code,
            from_date=days.from_date,
            to_date=days.to_date,
            known_at=days.known_at,
        )
    except UnknownAccount:
        raise NotFound from None
    lines = found[first : first + days.limit + 1]
    page = paging.cut(
        [_Placed(first + n, line) for n, line in enumerate(lines, 1)],
        limit=days.limit,
        write=lambda placed: PastLineOut.of(placed.line, found.currency),
    )
    return PastStatementOut.of(found, page)


@router.get("/trial-balance", response=TrialOut)
def show_trial_balance(request: HttpRequest, asked: Query[TrialIn]) -> TrialOut:
    """Show debits and credits by kind of account. For those who watch the money."""
    request.auth.require_kind(*sorted(own_accounts.WATCHERS))
    lines = trial.trial_balance(currency=asked.currency, on=asked.on, at=asked.known_at)
    return TrialOut(results=[KindTotalOut.of(total) for total in trial.kind_totals(lines)])


@router.get("/period-closes", response=PeriodClosesOut)
def list_period_closes(request: HttpRequest) -> PeriodClosesOut:
    """List the closed periods, latest first. For those who watch the money."""
    request.auth.require_kind(*sorted(own_accounts.WATCHERS))
    rows = queries.period_closes()
    return PeriodClosesOut(results=[PeriodCloseOut.from_orm(row) for row in rows])


@router.get("/claims-roots", response=ClaimsRootsOut, auth=None, throttle=[])
def list_claims_roots(request: HttpRequest, asked: Query[RootsIn]) -> ClaimsRootsOut:  # noqa: ARG001
    """List the published roots over all client claims, latest first. For everybody."""
    rows = queries.claims_roots(currency=asked.currency, on=asked.on)
    return ClaimsRootsOut(results=[ClaimsRootOut.of(row) for row in rows])


@router.get("/accounts/{account_code}/claim-proof", response=ProofOut)
def show_claim_proof(
    request: HttpRequest, account_code: Path[AccountCode], day: Query[ClaimDay]
) -> dict[str, Any]:
    """Show the proof that what is owed on an account is in the published root."""
    who = request.auth
    if not own_accounts.may_prove(who.code, who.kind, account_code):
        raise NotFound
    try:
        return own_accounts.claim_proof(account_code, on=day.on)
    except (NoSuchClaim, UnknownAccount):
        raise NotFound from None


def _require_reader(request: HttpRequest, account_code: str) -> None:
    who = request.auth
    if not own_accounts.may_read(who.code, who.kind, account_code):
        raise NotFound
