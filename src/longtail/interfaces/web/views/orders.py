"""The provider's work: orders, and their answers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.deals import queries as deals
from longtail.deals.rules import demand_code_of
from longtail.evidence import queries, services
from longtail.evidence.rules import OPEN, SCALES
from longtail.funding import services as funding
from longtail.interfaces import clock
from longtail.interfaces.web import formats
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.evidence import AttestForm, ReasonForm
from longtail.terms.primitives import Evidence
from longtail.values.refusal import Refusal


@require_safe
@acting_for("provider", "guarantor")
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Show an order and the form that answers it. For the provider it was placed with."""
    return _show(request, _own_order(request, code))


def _show(
    request: HttpRequest, found: Any, *, form: Any = None, status: int = 200
) -> HttpResponse:
    demand = deals.demand(demand_code_of(found.matter))
    is_open = found.state in OPEN
    context = {
        "order": found,
        "demand": demand,
        "version": demand.current,
        "is_open": is_open,
        "form": form or (_attest_form(found, demand) if is_open else None),
        "decline_form": ReasonForm(),
        "attestation": getattr(found, "attestation", None),
    }
    return render(request, "web/order.html", context, status=status)


def _attest_form(found: Any, demand: Any) -> AttestForm:
    initial = {}
    version = demand.current
    if found.kind == Evidence.GUARANTEE_UNDERTAKING:
        # What the deal asks the guarantor to bear, so that it need not be worked out.
        asked = -(-version.amount_minor * version.cover_bps // 10_000)
        initial["value"] = formats.plain_amount(asked, version.currency)
    return AttestForm(scale=_scale(found, demand), initial=initial)


def _scale(found: Any, demand: Any) -> str:
    """Return the scale of an order's kind; amounts are in the demand's currency."""
    scale = SCALES[found.kind]
    is_range_or_yes_no = "-" in scale
    return scale if is_range_or_yes_no else demand.current.currency


@require_POST
@acting_for("provider", "guarantor")
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """Take an order into work. For the provider it was placed with."""
    _own_order(request, code)
    carry_out(
        request,
        lambda: services.accept_order(
            order_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("The order is in work."),
    )
    return redirect("web:order", code=code)


@require_POST
@acting_for("provider", "guarantor")
def decline(request: HttpRequest, code: str) -> HttpResponse:
    """Decline an order; it goes to another provider. For the provider it is with."""
    _own_order(request, code)
    carry_out(
        request,
        lambda: services.decline_order(
            order_code=code,
            reason=request.POST.get("reason", ""),
            by=request.acting.username,
            at=clock.now(),
        ),
        done=_("Declined. The order goes to the next provider."),
    )
    return redirect("web:home")


@require_POST
@acting_for("provider", "guarantor")
def attest(request: HttpRequest, code: str) -> HttpResponse:
    """Sign a finding and deliver it. For the provider it was ordered of."""
    found = _own_order(request, code)
    scale = _scale(found, deals.demand(demand_code_of(found.matter)))
    form = AttestForm(request.POST, scale=scale)
    if form.is_valid() and carry_out(
        request,
        lambda: services.attest(
            order_code=code,
            by=request.acting.username,
            at=clock.now(),
            scale=scale,
            **form.cleaned_data,
        ),
        done=_("Signed and delivered."),
        form=form,
        then=lambda: funding.progress(
            demand_code=demand_code_of(found.matter), at=clock.now()
        ),
    ):
        return redirect("web:home")
    return _show(request, found, form=form, status=422)


def _own_order(request: HttpRequest, code: str) -> Any:
    try:
        found = queries.order(code)
    except Refusal:
        raise Http404 from None
    if found.provider.code != request.acting.code:
        raise Http404
    return found
