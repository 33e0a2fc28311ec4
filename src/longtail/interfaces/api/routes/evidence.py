"""Steps 2 and 3: orders for attestations, and the providers' signed answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status

from longtail.deals import queries as deals
from longtail.deals.rules import demand_code_of
from longtail.evidence import queries, services
from longtail.interfaces import clock
from longtail.interfaces.api import paging
from longtail.interfaces.api.idempotency import once
from longtail.interfaces.api.problems import NotFound
from longtail.interfaces.api.routes.demands import DemandCode
from longtail.interfaces.api.routes.parties import PartyCode
from longtail.interfaces.api.schemas.evidence import (
    AttestationOut,
    AttestationPage,
    AttestIn,
    DeliverIn,
    JwkIn,
    KeyOut,
    KeysOut,
    OrderOut,
    OrderPage,
    ReasonIn,
)
from longtail.interfaces.api.schemas.types import Paging, code
from longtail.interfaces.web.visibility import visible_demand
from longtail.parties import queries as parties

TAG = "Evidence"
router = Router()
OrderCode = Path[code("ORD")]
AttestationCode = Path[code("ATT")]
PROVIDERS = ("provider", "guarantor")


@router.get("/parties/{party_code}/keys", response=KeysOut)
def list_keys(request: HttpRequest, party_code: PartyCode) -> KeysOut:
    """List a provider's public keys, to verify its attestations offline. For everybody."""
    found = parties.party(party_code)
    if found.kind not in PROVIDERS and not request.auth.oversees:
        raise NotFound
    return KeysOut(results=[KeyOut.of(key) for key in queries.issuer_keys(party_code)])


@router.post("/keys", response={201: KeyOut})
@once
def register_key(request: HttpRequest, payload: JwkIn) -> Status:
    """Register the public half of a key that the provider signs with itself."""
    who = request.auth
    who.require_kind(*PROVIDERS)
    who.require_role("maker")
    key = services.register_key(
        provider_code=who.code, jwk=payload.model_dump(), by=who.username, at=clock.now()
    )
    return Status(201, KeyOut.of(key))


@router.get("/orders", response=OrderPage)
def list_orders(
    request: HttpRequest, page: Query[Paging], is_open: bool = True
) -> dict[str, Any]:
    """List the provider's orders: its open work, or everything it was ever asked."""
    who = request.auth
    who.require_kind(*PROVIDERS)
    rows = queries.work_queue(who.code) if is_open else queries.orders_of(who.code)
    return paging.page(rows, cursor=page.cursor, limit=page.limit, write=OrderOut.of)


@router.get("/orders/{order_code}", response=OrderOut)
def show_order(request: HttpRequest, order_code: OrderCode) -> OrderOut:
    """Show an order. For its provider and those who oversee."""
    found = queries.order(order_code)
    request.auth.require_sight(found.provider.code)
    return OrderOut.of(found)


@router.post("/orders/{order_code}/accept", response=OrderOut)
@once
def accept_order(request: HttpRequest, order_code: OrderCode) -> Status:
    """Take an order into work. For its provider."""
    who = _own_order(request, order_code)
    services.accept_order(order_code=order_code, by=who.username, at=clock.now())
    return Status(200, OrderOut.of(queries.order(order_code)))


@router.post("/orders/{order_code}/decline", response=OrderOut)
@once
def decline_order(request: HttpRequest, order_code: OrderCode, payload: ReasonIn) -> Status:
    """Decline an order; it goes to the next provider. For its provider."""
    who = _own_order(request, order_code)
    services.decline_order(
        order_code=order_code, reason=payload.reason, by=who.username, at=clock.now()
    )
    return Status(200, OrderOut.of(queries.order(order_code)))


@router.post("/orders/{order_code}/attest", response={201: AttestationOut})
@once
def attest(request: HttpRequest, order_code: OrderCode, payload: AttestIn) -> Status:
    """Sign a finding with the provider's hosted key and deliver it. For its provider."""
    who, at = _own_order(request, order_code), clock.now()
    found = services.attest(
        order_code=order_code, by=who.username, at=at, **payload.model_dump()
    )
    return Status(201, AttestationOut.of(found, at=at))


@router.post("/orders/{order_code}/deliver", response={201: AttestationOut})
@once
def deliver(request: HttpRequest, order_code: OrderCode, payload: DeliverIn) -> Status:
    """Deliver an attestation signed with the provider's own key. For its provider."""
    _own_order(request, order_code)
    at = clock.now()
    found = services.deliver(order_code=order_code, jws=payload.jws, at=at)
    return Status(201, AttestationOut.of(found, at=at))


@router.get("/demands/{demand_code}/attestations", response=AttestationPage)
def list_attestations(
    request: HttpRequest, demand_code: DemandCode, page: Query[Paging]
) -> dict[str, Any]:
    """List what providers attested for a demand's current version."""
    demand, sight = visible_demand(demand_code, request.auth)
    rows = queries.attestations_for(deals.matter(demand)).select_related("order")
    if not sight.sees_money:
        rows = rows.filter(provider__code=request.auth.code)
    at = clock.now()
    return paging.page(
        rows,
        cursor=page.cursor,
        limit=page.limit,
        write=lambda row: AttestationOut.of(row, at=at),
    )


@router.get("/attestations/{attestation_code}", response=AttestationOut)
def show_attestation(
    request: HttpRequest, attestation_code: AttestationCode
) -> AttestationOut:
    """Show an attestation. For its provider and whoever sees the demand's terms."""
    found = queries.attestation(attestation_code)
    if found.provider.code != request.auth.code:
        _, sight = visible_demand(demand_code_of(found.matter), request.auth)
        if not sight.sees_money:
            raise NotFound
    return AttestationOut.of(found, at=clock.now())


@router.post("/attestations/{attestation_code}/revoke", response=AttestationOut)
@once
def revoke(
    request: HttpRequest, attestation_code: AttestationCode, payload: ReasonIn
) -> Status:
    """Take an attestation back for good. For its provider and the operator."""
    who, at = request.auth, clock.now()
    if who.kind != "operator":
        if queries.attestation(attestation_code).provider.code != who.code:
            raise NotFound
        who.require_role("maker")
    found = services.revoke(
        attestation_code=attestation_code, reason=payload.reason, by=who.username, at=at
    )
    return Status(200, AttestationOut.of(found, at=at))


def _own_order(request: HttpRequest, order_code: str) -> Any:
    """Return who calls; an order of another provider is not found."""
    who = request.auth
    if queries.order(order_code).provider.code != who.code:
        raise NotFound
    who.require_role("maker")
    return who
