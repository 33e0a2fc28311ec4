"""The desks of custody: breaks, money without an owner, and whom the bank pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from longtail.interfaces import clock
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.desks import DisposalForm, PayeeForm
from longtail.interfaces.web.forms.evidence import ReasonForm
from longtail.ledger.custodian import break_desk, queries, suspense
from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.sandbox import desk as clerks
from longtail.parties import queries as parties
from longtail.values.refusal import Refusal


@require_safe
@acting_for("operator", "regulator", "custodian")
def desk(request: HttpRequest) -> HttpResponse:
    """Show breaks and money without an owner. For those who supervise."""
    today = clock.now().date()
    context = {
        "breaks": queries.break_cases(on=today),
        "closed": queries.break_cases(on=today, state="closed")[-10:],
        "suspended": queries.suspended(on=today),
        "refused": queries.refused_orders(limit=10),
        "people": parties.people_of(request.acting.code),
        "is_operator": request.acting.kind == "operator",
    }
    return render(request, "web/desk.html", context)


@require_POST
@acting_for("operator")
def break_act(request: HttpRequest, code: str) -> HttpResponse:
    """Assign a break, or propose, confirm or decline closing it. For the operator."""
    _known_break(code)
    act = _act(request, {"assign", "propose"}, {"confirm", "decline"})
    said = {"code": code, "by": request.acting.username, "at": clock.now()}
    if act == "assign":
        owner = request.POST.get("owner", "")
        people = {p.get_username() for p in parties.people_of(request.acting.code)}
        if owner not in people:
            raise Http404
        _do(request, lambda: break_desk.assign(owner=owner, **said))
    elif act == "confirm":
        _do(request, lambda: break_desk.confirm_closing(**said))
    elif reason := _reason(request):
        service = (
            break_desk.propose_closing if act == "propose" else break_desk.decline_closing
        )
        _do(request, lambda: service(reason=reason, **said))
    return redirect("web:desk")


@require_POST
@acting_for("operator")
def suspense_act(request: HttpRequest, code: str) -> HttpResponse:
    """Propose where money is to go, confirm or decline it. For the operator."""
    act = _act(request, {"propose"}, {"confirm", "decline"})
    said = {"entry_reference": code, "by": request.acting.username, "at": clock.now()}
    if act == "propose":
        _propose_disposal(request, said)
    elif act == "confirm":
        _do(request, lambda: suspense.confirm(**said))
    else:
        _do(request, lambda: suspense.decline(**said))
    return redirect("web:desk")


def _propose_disposal(request: HttpRequest, said: dict[str, Any]) -> None:
    form = DisposalForm(request.POST)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0], extra_tags="bad")
        return
    quoted = form.cleaned_data["reference"]
    account = queries.account_quoted(quoted) if quoted else ""
    if account is None:
        messages.error(request, _("No account has this reference."), extra_tags="bad")
        return
    reason = form.cleaned_data["reason"]
    _do(request, lambda: suspense.propose(account_code=account, reason=reason, **said))


@require_http_methods(["GET", "POST"])
@acting_for("custodian")
def payees(request: HttpRequest) -> HttpResponse:
    """List whom the bank pays, and propose one more. For the custodian."""
    form = PayeeForm(request.POST or None)
    if request.method == "POST":
        if not request.acting.is_maker:
            raise PermissionDenied
        if form.is_valid() and carry_out(
            request,
            lambda: _propose_payee(form.cleaned_data, by=request.acting.username),
            done=_("Proposed. A colleague confirms it."),
            form=form,
            names={"payee_account": "account", "limit": "amount"},
        ):
            return redirect("web:payees")
    status = 422 if form.errors else 200
    context = {"form": form, "payees": clerks.payees()}
    return render(request, "web/payees.html", context, status=status)


def _propose_payee(said: dict[str, Any], *, by: str) -> None:
    clerks.propose_payee(
        reference=said["reference"],
        payee=Payee(name=said["name"], account=said["account"]),
        limit=said["limit"],
        paid_in_by=said["paid_in_by"],
        by=by,
        at=clock.now(),
    )


@require_POST
@acting_for("custodian", role="checker")
def payee_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Let the bank pay a proposed payee. For the custodian's checkers."""
    known = {str(found.pk) for found in clerks.payees()}
    if code not in known:
        raise Http404
    _do(
        request,
        lambda: clerks.confirm_payee(
            payee_id=int(code), by=request.acting.username, at=clock.now()
        ),
    )
    return redirect("web:payees")


def _known_break(code: str) -> None:
    try:
        queries.break_case(code, on=clock.now().date())
    except Refusal:
        raise Http404 from None


def _act(request: HttpRequest, makers: set[str], checkers: set[str]) -> str:
    """Return what is to be done, if the person has the role for it."""
    act = request.POST.get("act", "")
    if act not in makers | checkers:
        raise Http404
    if ("maker" if act in makers else "checker") not in request.acting.roles:
        raise PermissionDenied
    return act


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if form.is_valid():
        return str(form.cleaned_data["reason"])
    messages.error(request, form.errors["reason"][0], extra_tags="bad")
    return ""


def _do(request: HttpRequest, call: Callable[[], Any]) -> None:
    carry_out(request, call, done=_("Done, and kept for the record."))
