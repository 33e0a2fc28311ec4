"""Who the token acts for, and the parties that it may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.interfaces import clock
from longtail.interfaces.api import paging
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.schemas.parties import (
    ApplicationIn,
    KindName,
    MeOut,
    PartyOut,
    PartyPage,
    ReviewIn,
)
from longtail.interfaces.api.schemas.types import Paging, PartyRef, code
from longtail.parties import queries, services

TAG = "Parties"
router = Router()
PartyCode = Path[code("[A-Z]{3}")]
# What everybody may look up; enterprises and funders are shown only to those who oversee.
INSTITUTIONS = ("provider", "guarantor", "custodian", "regulator", "operator")


@router.get("/me", response=MeOut)
def show_me(request: HttpRequest) -> MeOut:
    """Show the person and the party that the token acts for."""
    who = request.auth
    return MeOut(
        party=PartyRef.of(who.party),
        kind=who.kind,
        standing=who.party.standing,
        person=str(who.person),
        roles=sorted(queries.roles_of(who.person, who.party)),
    )


@router.get("/parties", response=PartyPage)
def list_parties(
    request: HttpRequest, page: Query[Paging], kind: KindName | None = None
) -> dict[str, Any]:
    """List parties: institutions and oneself; everybody for those who oversee."""
    who = request.auth
    rows = queries.parties(kind=kind)
    if not who.oversees:
        rows = rows.filter(kind__in=INSTITUTIONS) | rows.filter(code=who.code)
    return paging.page(rows, cursor=page.cursor, limit=page.limit, write=PartyOut.of)


@router.get("/parties/{party_code}", response=PartyOut)
def show_party(request: HttpRequest, party_code: PartyCode) -> PartyOut:
    """Show a party that may be seen."""
    who, found = request.auth, queries.party(party_code)
    if not (who.oversees or found.kind in INSTITUTIONS or found.code == who.code):
        raise NotFound
    return PartyOut.of(found)


@router.post("/parties", response={201: PartyOut})
@once
def apply(request: HttpRequest, payload: ApplicationIn) -> Status:
    """Hand in a party's application. For the operator."""
    request.auth.require_kind("operator")
    found = services.apply(application=payload.application, at=clock.now())
    return Status(201, PartyOut.of(found))


@router.post("/parties/{party_code}/review", response=PartyOut)
@once
def review(request: HttpRequest, party_code: PartyCode, payload: ReviewIn) -> Status:
    """Record that an application was checked. For the operator; two people then admit."""
    who = request.auth
    who.require_kind("operator")
    found = services.review(
        code=party_code, by=who.username, at=clock.now(), reason=payload.reason
    )
    return Status(200, PartyOut.of(found))
