"""Who is on the platform, and how each came to be admitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.interfaces import clock
from longtail.interfaces.web import wording
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.cosign import CosignForm
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
)
from longtail.parties import queries, services
from longtail.parties.rules import STANDINGS, Step
from longtail.values.refusal import Refusal

# The steps that two people take together, by the service that takes them.
TOGETHER: dict[str, Callable[..., Any]] = {
    Step.ADMIT: services.admit,
    Step.SUSPEND: services.suspend,
    Step.REINSTATE: services.reinstate,
    Step.EXIT: services.exit_party,
}


@require_safe
@acting_for("operator", "regulator")
def parties(request: HttpRequest) -> HttpResponse:
    """List every party. For the operator and the regulator."""
    kind, standing = request.GET.get("kind", ""), request.GET.get("standing", "")
    rows = queries.parties(
        kind=kind if kind in wording.KINDS else None,
        standing=standing if standing in wording.STANDINGS else None,
    )
    table = Table(
        request,
        name="parties",
        rows=rows,
        columns=_columns(),
        caption=_("Parties"),
        default="name",
    )
    context = {
        "table": table,
        "kinds": wording.choices("kind"),
        "standings": wording.choices("standing"),
        "kind": kind,
        "standing": standing,
    }
    return asked_for(request, table) or render(request, "web/parties.html", context)


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            key="name",
            title=_("Name"),
            cell=lambda p: Cell(
                p.legal_name,
                href=reverse("web:party", args=[p.code]),
                note=", ".join(filter(None, (p.city, p.region))),
            ),
            order=("legal_name",),
        ),
        Column(
            key="kind",
            title=_("Kind"),
            cell=lambda p: Cell(wording.word("kind", p.kind).text),
            order=("kind",),
        ),
        Column(
            key="sector",
            title=_("Sector"),
            cell=lambda p: Cell(wording.word("sector", p.sector).text or "–"),
            order=("sector",),
        ),
        Column(
            key="applied",
            title=_("Applied"),
            cell=lambda p: date_cell(p.applied_at.date()),
            order=("applied_at",),
        ),
        Column(
            key="standing",
            title=_("Standing"),
            cell=lambda p: badge_cell(wording.word("standing", p.standing)),
            order=("standing",),
        ),
    )


@require_safe
@acting_for("operator", "regulator")
def party(request: HttpRequest, code: str) -> HttpResponse:
    """Show a party and its life. For the operator and the regulator."""
    return _show(request, code)


def _show(
    request: HttpRequest, code: str, *, form: Any = None, status: int = 200
) -> HttpResponse:
    found = _known(code)
    possible = [step for before, step in STANDINGS if before == found.standing]
    is_operator = request.acting.kind == "operator"
    context = {
        "party": found,
        "changes": queries.standing_changes(code),
        "people": queries.people_of(code),
        "may_review": is_operator and Step.REVIEW in possible,
        "steps": [_button(s) for s in possible if s in TOGETHER] if is_operator else [],
        "form": form or CosignForm(request=request, acting=request.acting),
    }
    return render(request, "web/party.html", context, status=status)


def _button(step: Step) -> tuple[str, str]:
    titles = {
        Step.ADMIT: _("Admit"),
        Step.SUSPEND: _("Suspend"),
        Step.REINSTATE: _("Reinstate"),
        Step.EXIT: _("End its membership"),
    }
    return str(step), titles[step]


@require_POST
@acting_for("operator")
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Record that an application was checked. For the operator."""
    _known(code)
    carry_out(
        request,
        lambda: services.review(code=code, by=request.acting.username, at=clock.now()),
        done=_("Reviewed. Two people may admit it now."),
    )
    return redirect("web:party", code=code)


@require_POST
@acting_for("operator")
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Take a step of a party's life as two people. For the operator."""
    _known(code)
    service = TOGETHER.get(request.POST.get("step", ""))
    if service is None:
        raise Http404
    form = CosignForm(request.POST, request=request, acting=request.acting)
    if form.is_valid() and carry_out(
        request,
        lambda: service(
            code=code,
            proposed_by=request.acting.username,
            decided_by=form.cleaned_data["seconded_by"],
            reason=form.cleaned_data["reason"],
            at=clock.now(),
        ),
        done=_("Decided by two people, and kept with the reason."),
        form=form,
    ):
        return redirect("web:party", code=code)
    return _show(request, code, form=form, status=422)


def _known(code: str) -> Any:
    try:
        return queries.party(code)
    except Refusal:
        raise Http404 from None
