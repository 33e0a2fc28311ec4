"""A guarantor's answer to a call, and the wallet it pays from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from longtail.interfaces import clock
from longtail.interfaces.web import money_desk
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.fields import CURRENCIES
from longtail.servicing import queries, services


@require_POST
@acting_for("guarantor")
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm that a call is owed. For the guarantor called."""
    return _answer(
        request,
        code,
        services.verify_call,
        done=_("Verified. The call can be paid."),
    )


@require_POST
@acting_for("guarantor")
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Pay a verified call from the wallet. For the guarantor called."""
    return _answer(
        request,
        code,
        services.pay_guarantee,
        done=_("Paid to the holders. That part of the claim is yours now."),
    )


def _answer(
    request: HttpRequest, code: str, service: Callable[..., Any], *, done: str
) -> HttpResponse:
    own = queries.calls(guarantor_code=request.acting.code)
    if not own.filter(code=code).exists():
        raise Http404
    carry_out(
        request,
        lambda: service(call_code=code, by=request.acting.username, at=clock.now()),
        done=done,
    )
    return redirect("web:home")


@require_POST
@acting_for("funder", "guarantor")
def open_wallet(request: HttpRequest) -> HttpResponse:
    """Open a wallet in a currency. For a funder or a guarantor, for itself."""
    currency = request.POST.get("currency", "")
    if currency not in CURRENCIES:
        raise Http404
    carry_out(
        request,
        lambda: money_desk.open_wallet(request.acting.code, currency),
        done=_("Your wallet is open. Pay in from your bank with its reference."),
    )
    return redirect("web:home")
