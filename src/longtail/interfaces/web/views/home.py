"""The first page after the log-in, by what kind of party one acts for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.views.homes import (
    custody,
    enterprise,
    evidence,
    funder,
    operator,
)

PAGES = {
    "enterprise": enterprise.home,
    "funder": funder.home,
    "provider": evidence.provider,
    "guarantor": evidence.guarantor,
    "regulator": custody.regulator,
    "custodian": custody.custodian_home,
    "operator": operator.home,
}


@require_safe
@acting_for()
def home(request: HttpRequest) -> HttpResponse:
    """Show the acting party's own page. For everybody of a party."""
    return PAGES[request.acting.kind](request)
