"""What a funder looks for, and what it does not want to be shown."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from longtail.interfaces import clock
from longtail.interfaces.web import formats
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.funding import MandateForm
from longtail.market import queries as market
from longtail.market import services
from longtail.market.rules import Mandate

# A service's name of a field by the form's.
MANDATE_NAMES = {
    "min_amount_minor": "min_amount",
    "max_amount_minor": "max_amount",
    "cap_minor": "cap",
}


@require_http_methods(["GET", "POST"])
@acting_for("funder")
def mandate(request: HttpRequest) -> HttpResponse:
    """Say what a funder looks for, and what that finds now. For a funder, for itself."""
    current = market.mandate(request.acting.code)
    form = MandateForm(request.POST or None, initial=_initial(current))
    found = None
    if request.method == "POST" and form.is_valid():
        wanted = _mandate(form.cleaned_data)
        if "preview" in request.POST:
            found = market.preview(wanted)
        elif carry_out(
            request,
            lambda: services.set_mandate(
                funder_code=request.acting.code,
                mandate=wanted,
                by=request.acting.username,
                at=clock.now(),
            ),
            done=_(
                "Your mandate holds from now on. What is open and fits was pushed to you."
            ),
            form=form,
            names=MANDATE_NAMES,
        ):
            return redirect("web:mandate")
    elif current is not None:
        found = market.preview(current)
    context = {"form": form, "found": found, "current": current}
    status = 422 if form.errors else 200
    return render(request, "web/mandate.html", context, status=status)


def _mandate(said: dict[str, Any]) -> Mandate:
    return Mandate(
        currency=said["currency"],
        min_amount_minor=said["min_amount_minor"],
        max_amount_minor=said["max_amount_minor"],
        sizes=frozenset(said["sizes"]),
        grades=frozenset(said["grades"]),
        sectors=frozenset(said["sectors"]),
        regions=frozenset(said["region_list"]),
        modes=frozenset(said["modes"]),
        min_tenor_months=said["min_tenor_months"],
        max_tenor_months=said["max_tenor_months"],
        min_rate_bps=said["min_rate_bps"],
        cap_minor=said["cap_minor"],
    )


def _initial(current: Mandate | None) -> dict[str, Any]:
    if current is None:
        return {
            "currency": "USD",
            "min_tenor_months": 1,
            "max_tenor_months": 360,
            "min_rate_bps": "0",
        }
    return {
        "currency": current.currency,
        "min_amount": formats.plain_amount(current.min_amount_minor, current.currency),
        "max_amount": formats.plain_amount(current.max_amount_minor, current.currency),
        "cap": formats.plain_amount(current.cap_minor, current.currency),
        "min_tenor_months": current.min_tenor_months,
        "max_tenor_months": current.max_tenor_months,
        "min_rate_bps": f"{current.min_rate_bps / 100:g}",
        "grades": sorted(current.grades),
        "sizes": sorted(current.sizes),
        "modes": sorted(current.modes),
        "sectors": sorted(current.sectors),
        "regions": ", ".join(sorted(current.regions)),
    }


@require_POST
@acting_for("funder")
def mute(request: HttpRequest, code: str) -> HttpResponse:
    """Take a demand out of the funder's feed. For a funder it was pushed to."""
    if not market.pushes_for(code).filter(funder__code=request.acting.code).exists():
        raise Http404
    carry_out(
        request,
        lambda: services.mute(
            funder_code=request.acting.code, demand_code=code, at=clock.now()
        ),
        done=_("It is no longer shown among what was pushed to you."),
    )
    return redirect("web:home")
