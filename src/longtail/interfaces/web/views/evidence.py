"""Every attestation: read, checked, handed out, taken back."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.deals import queries as deals
from longtail.deals.rules import demand_code_of
from longtail.evidence import queries, services
from longtail.evidence.verify import AttestationRefused, require_in_force, verify
from longtail.interfaces import clock
from longtail.interfaces.web import demand_page
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.visibility import OVERSEERS, visible_demand
from longtail.values.refusal import Refusal


@require_safe
@acting_for()
def attestation(request: HttpRequest, code: str) -> HttpResponse:
    """Show an attestation with the result of checking it. For whoever may read it."""
    found = _readable(request, code)
    problem = ""
    try:
        claims = verify(found.jws, queries.issuer_keys(found.provider.code))
        require_in_force(claims, at=clock.now())
    except AttestationRefused as refusal:
        problem = str(refusal)
    context = {
        "attestation": found,
        "finding": demand_page.finding(found),
        "problem": problem,
        "may_revoke": found.revoked_at is None and _may_revoke(request, found),
        "demand_code": demand_code_of(found.matter),
    }
    return render(request, "web/attestation.html", context)


@require_safe
@acting_for()
def attestation_file(request: HttpRequest, code: str) -> HttpResponse:
    """Hand out the signed attestation. For whoever may read it."""
    found = _readable(request, code)
    response = HttpResponse(found.jws, content_type="application/vc+jwt")
    response["Content-Disposition"] = f'attachment; filename="{found.code}.jws"'
    return response


@require_safe
@acting_for()
def attestation_keys(request: HttpRequest, code: str) -> HttpResponse:
    """Hand out the provider's public keys (JWKS), to check it offline."""
    found = _readable(request, code)
    keys = [{**key.jwk, "kid": key.kid} for key in queries.issuer_keys(found.provider.code)]
    response = HttpResponse(
        json.dumps({"keys": keys}, indent=2), content_type="application/jwk-set+json"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="{found.provider.code}.jwks.json"'
    )
    return response


@require_POST
@acting_for("provider", "guarantor", "operator")
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Take an attestation back for good. For its provider and the operator."""
    found = _readable(request, code)
    if not _may_revoke(request, found):
        raise Http404
    carry_out(
        request,
        lambda: services.revoke(
            attestation_code=code,
            reason=request.POST.get("reason", ""),
            by=request.acting.username,
            at=clock.now(),
        ),
        done=_("Revoked. No decision rests on it any more."),
    )
    return redirect("web:attestation", code=code)


def _may_revoke(request: HttpRequest, found: Any) -> bool:
    who = request.acting
    return who.kind == "operator" or found.provider.code == who.code


def _readable(request: HttpRequest, code: str) -> Any:
    """Return an attestation that the acting party may read.

    Raises:
        Http404: If there is none, or it may not; a provider reads only its own.
    """
    try:
        found = queries.attestation(code)
    except Refusal:
        raise Http404 from None
    who = request.acting
    if found.provider.code == who.code or who.kind in OVERSEERS:
        return found
    demand, sight = visible_demand(demand_code_of(found.matter), who)
    if not sight.sees_money or deals.matter(demand) != found.matter:
        raise Http404
    return found
