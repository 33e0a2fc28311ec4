"""The desks of step 6: breaks, money without an owner, and the custodian's payees."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status
from pydantic import Field

from longtail.interfaces import clock
from longtail.interfaces.api.auth import Actor
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.desks import (
    CaseOut,
    CasesOut,
    DisposalIn,
    DisposalOut,
    OwnerIn,
    PayeeIn,
    PayeeOut,
    PayeesOut,
    ReasonIn,
    SuspendedOut,
    SuspenseOut,
)
from longtail.interfaces.api.schemas.types import INT64, code, line, one_of
from longtail.ledger.custodian import break_desk, queries, suspense
from longtail.ledger.custodian.cases import CaseState
from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.sandbox import desk as clerks
from longtail.parties import queries as parties

TAG = "Reconciliation"
router = Router()
READERS = ("regulator", "operator", "custodian")
BreakCode = Path[code("BRK")]
EntryReference = Path[line(most=35)]
PayeeId = Path[Annotated[int, Field(ge=1, le=INT64)]]


@router.get("/breaks", response=CasesOut)
def list_breaks(
    request: HttpRequest, state: one_of(CaseState.values) | None = None
) -> CasesOut:
    """List the breaks that are not closed, oldest first, or those of one state."""
    request.auth.require_kind(*READERS)
    found = queries.break_cases(on=clock.now().date(), state=state)
    return CasesOut(results=[CaseOut.of(each) for each in found])


@router.get("/breaks/{break_code}", response=CaseOut)
def show_break(request: HttpRequest, break_code: BreakCode) -> CaseOut:
    """Show a break and all that happened to it."""
    request.auth.require_kind(*READERS)
    return _case(break_code)


@router.post("/breaks/{break_code}/assign", response=CaseOut)
@once
def assign_break(request: HttpRequest, break_code: BreakCode, payload: OwnerIn) -> Status:
    """Make one of the operator's people look after a break."""
    who = _operator(request, "maker")
    people = {person.get_username() for person in parties.people_of(who.code)}
    if payload.owner not in people:
        raise NotFound
    break_desk.assign(code=break_code, owner=payload.owner, by=who.username, at=clock.now())
    return Status(200, _case(break_code))


@router.post("/breaks/{break_code}/propose-closing", response=CaseOut)
@once
def propose_closing(
    request: HttpRequest, break_code: BreakCode, payload: ReasonIn
) -> Status:
    """Propose to close a break; a checker confirms. For an operator's maker."""
    who = _operator(request, "maker")
    break_desk.propose_closing(
        code=break_code, reason=payload.reason, by=who.username, at=clock.now()
    )
    return Status(200, _case(break_code))


@router.post("/breaks/{break_code}/confirm-closing", response=CaseOut)
@once
def confirm_closing(request: HttpRequest, break_code: BreakCode) -> Status:
    """Close a break that another person proposed to close. For an operator's checker."""
    who = _operator(request, "checker")
    break_desk.confirm_closing(code=break_code, by=who.username, at=clock.now())
    return Status(200, _case(break_code))


@router.post("/breaks/{break_code}/decline-closing", response=CaseOut)
@once
def decline_closing(
    request: HttpRequest, break_code: BreakCode, payload: ReasonIn
) -> Status:
    """Keep a break open that somebody proposed to close. For an operator's checker."""
    who = _operator(request, "checker")
    break_desk.decline_closing(
        code=break_code, reason=payload.reason, by=who.username, at=clock.now()
    )
    return Status(200, _case(break_code))


@router.get("/suspense", response=SuspenseOut)
def list_suspense(request: HttpRequest) -> SuspenseOut:
    """List the money that waits for its owner, oldest first."""
    request.auth.require_kind(*READERS)
    found = queries.suspended(on=clock.now().date())
    return SuspenseOut(results=[SuspendedOut.of(each) for each in found])


@router.post("/suspense/{entry_reference}/propose", response=DisposalOut)
@once
def propose_disposal(
    request: HttpRequest, entry_reference: EntryReference, payload: DisposalIn
) -> Status:
    """Propose whose money it is; no reference: back to its payer. For a maker."""
    who = _operator(request, "maker")
    account = queries.account_quoted(payload.reference) if payload.reference else ""
    if account is None:
        raise NotFound
    found = suspense.propose(
        entry_reference=entry_reference,
        account_code=account,
        reason=payload.reason,
        by=who.username,
        at=clock.now(),
    )
    return Status(200, DisposalOut.of(found))


@router.post("/suspense/{entry_reference}/confirm", response=DisposalOut)
@once
def confirm_disposal(request: HttpRequest, entry_reference: EntryReference) -> Status:
    """Carry out what another person proposed. For an operator's checker."""
    who = _operator(request, "checker")
    found = suspense.confirm(
        entry_reference=entry_reference, by=who.username, at=clock.now()
    )
    return Status(200, DisposalOut.of(found))


@router.post("/suspense/{entry_reference}/decline", response=DisposalOut)
@once
def decline_disposal(request: HttpRequest, entry_reference: EntryReference) -> Status:
    """Let the money wait on. For an operator's checker."""
    who = _operator(request, "checker")
    found = suspense.decline(
        entry_reference=entry_reference, by=who.username, at=clock.now()
    )
    return Status(200, DisposalOut.of(found))


@router.get("/payees", response=PayeesOut)
def list_payees(request: HttpRequest) -> PayeesOut:
    """List whom the sandbox custodian pays. For the custodian."""
    request.auth.require_kind("custodian")
    return PayeesOut(results=[PayeeOut.of(each) for each in clerks.payees()])


@router.post("/payees", response={201: PayeeOut})
@once
def propose_payee(request: HttpRequest, payload: PayeeIn) -> Status:
    """Propose whom the bank pays under a reference. For a custodian's maker."""
    who = request.auth
    who.require_kind("custodian")
    who.require_role("maker")
    found = clerks.propose_payee(
        reference=payload.reference,
        payee=Payee(name=payload.name, account=payload.account),
        limit=payload.limit.money,
        paid_in_by=payload.paid_in_by,
        by=who.username,
        at=clock.now(),
    )
    return Status(201, PayeeOut.of(found))


@router.post("/payees/{payee_id}/confirm", response=PayeeOut)
@once
def confirm_payee(request: HttpRequest, payee_id: PayeeId) -> Status:
    """Let the bank pay a proposed payee. For a custodian's checker."""
    who = request.auth
    who.require_kind("custodian")
    who.require_role("checker")
    try:
        found = clerks.confirm_payee(payee_id=payee_id, by=who.username, at=clock.now())
    except clerks.UnknownPayee:
        raise NotFound from None
    return Status(200, PayeeOut.of(found))


def _case(break_code: str) -> CaseOut:
    return CaseOut.of(queries.break_case(break_code, on=clock.now().date()))


def _operator(request: HttpRequest, role: str) -> Actor:
    who: Actor = request.auth
    who.require_kind("operator")
    who.require_role(role)
    return who
