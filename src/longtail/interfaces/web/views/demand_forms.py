"""Writing a demand: a new one, a change, and what it would cost."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from longtail.deals import queries as deals
from longtail.deals import services
from longtail.funding import services as funding
from longtail.interfaces import clock
from longtail.interfaces.web import previews
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.demand import INDICATIVE_BPS, DemandForm, initial_of
from longtail.values.refusal import Refusal

# What the service calls ``amount`` is one field here, too; ``facts`` are several.
FIELD_NAMES = {"facts": "employees"}


@require_http_methods(["GET", "POST"])
@acting_for("enterprise")
def demand_new(request: HttpRequest) -> HttpResponse:
    """Start a demand. For an enterprise, for itself."""
    form = DemandForm(request.POST or None, initial={"currency": _currency(request)})
    made: list[Any] = []
    if (
        request.method == "POST"
        and form.is_valid()
        and carry_out(
            request,
            lambda: made.append(
                services.draft(
                    enterprise_code=request.acting.code,
                    ask=form.ask,
                    by=request.acting.username,
                    at=clock.now(),
                )
            ),
            done=_("Your draft is kept. Read it through, then publish it."),
            form=form,
            names=FIELD_NAMES,
        )
    ):
        return redirect("web:demand", code=made[0].code)
    return _show(request, form, demand=None)


@require_http_methods(["GET", "POST"])
@acting_for("enterprise")
def demand_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a demand; once published, its evidence is ordered anew. For its enterprise."""
    demand = own_demand(request, code)
    form = DemandForm(request.POST or None, initial=initial_of(demand.current))
    if (
        request.method == "POST"
        and form.is_valid()
        and carry_out(
            request,
            lambda: funding.edit_demand(
                demand_code=code, ask=form.ask, by=request.acting.username, at=clock.now()
            ),
            done=_("The demand has a new version."),
            form=form,
            names=FIELD_NAMES,
        )
    ):
        return redirect("web:demand", code=code)
    return _show(request, form, demand=demand)


@require_POST
@acting_for("enterprise")
def demand_submit(request: HttpRequest, code: str) -> HttpResponse:
    """Publish a draft: the attestations are ordered. For its enterprise."""
    own_demand(request, code)
    carry_out(
        request,
        lambda: services.submit(
            demand_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("Your demand is published. The attestations it needs are ordered."),
    )
    return redirect("web:demand", code=code)


@require_safe
@acting_for("enterprise")
def demand_preview(request: HttpRequest) -> HttpResponse:
    """Show what a demand would cost, as its form stands. For an enterprise."""
    form = DemandForm(request.GET)
    form.is_valid()
    return render(request, "web/_preview.html", _preview(request, form))


def own_demand(request: HttpRequest, code: str) -> Any:
    """Return the acting enterprise's demand; anybody else's is not found."""
    try:
        demand = deals.demand(code)
    except Refusal:
        raise Http404 from None
    if demand.enterprise.code != request.acting.code:
        raise Http404
    return demand


def _show(request: HttpRequest, form: DemandForm, *, demand: Any) -> HttpResponse:
    context = {"form": form, "demand": demand}
    if form.is_bound:
        context |= _preview(request, form)
    elif demand is not None:
        filled = DemandForm({**form.initial, "rate_bps": form["rate_bps"].initial})
        filled.is_valid()
        context |= _preview(request, filled)
    status = 422 if form.errors else 200
    return render(request, "web/demand_form.html", context, status=status)


def _preview(request: HttpRequest, form: DemandForm) -> dict[str, Any]:
    """Return the schedule that the form describes, or nothing while it is incomplete."""
    said = getattr(form, "cleaned_data", {})
    wanted = (said.get("money"), said.get("tenor_months"), said.get("mode_code"))
    if not all(wanted) or wanted[0].minor <= 0:
        return {"terms": None}
    rate = said.get("rate_bps")
    try:
        terms = previews.preview(
            amount=wanted[0],
            tenor_months=wanted[1],
            mode_code=wanted[2],
            rate_bps=INDICATIVE_BPS if rate is None else rate,
            country=request.acting.party.country,
            today=clock.now().date(),
        )
    except Refusal as refusal:
        return {"terms": None, "problem": str(refusal)}
    return {
        "terms": terms,
        "schedule": previews.schedule(terms.currency, terms.instalments),
    }


def _currency(request: HttpRequest) -> str:
    return {"US": "USD", "CN": "CNY", "GB": "GBP", "JP": "JPY", "KW": "KWD"}.get(
        request.acting.party.country, "EUR"
    )
