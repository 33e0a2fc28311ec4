"""Joining, logging in for a demonstration, and choosing for whom one acts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from longtail.interfaces import clock
from longtail.interfaces.web import formats
from longtail.interfaces.web.access import SESSION_KEY, acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.joining import ApplicationForm
from longtail.interfaces.web.money_desk import play_bank, references_of
from longtail.ledger.custodian.sandbox import services as bank
from longtail.parties import queries as parties
from longtail.parties import services
from longtail.parties.rules import Application
from longtail.values.money import parse

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Take in a firm's application. For everybody."""
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        application = Application(**form.cleaned_data)
        if carry_out(
            request,
            lambda: services.apply(application=application, at=clock.now()),
            done=_(
                "The operator has your application. One person reviews it, two admit you."
            ),
            form=form,
        ):
            return redirect("web:overview")
    status = 422 if form.errors else 200
    return render(request, "web/apply.html", {"form": form}, status=status)


@require_POST
@acting_for()
def act_for(request: HttpRequest) -> HttpResponse:
    """Choose the party that the person acts for from now on, among their own."""
    code = request.POST.get("party", "")
    if code not in {p.code for p in (request.acting.party, *request.acting.others)}:
        raise Http404
    request.session[SESSION_KEY] = code
    return redirect("web:home")


@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """Log in without a password. In the demonstration only."""
    if not settings.DEMO:
        raise Http404
    try:
        person = parties.person(request.POST.get("username", ""))
    except parties.UnknownPerson:
        raise Http404 from None
    if not person.is_active or not parties.parties_of(person):
        raise Http404
    login(request, person, backend=BACKEND)
    messages.success(
        request, _("You are %(name)s now.") % {"name": person}, extra_tags="good"
    )
    return redirect("web:home")


@require_POST
@acting_for("enterprise", "funder", "guarantor")
def demo_pay_in(request: HttpRequest) -> HttpResponse:
    """Transfer money as the party's own bank would. In the demonstration only."""
    if not settings.DEMO:
        raise Http404
    reference = request.POST.get("reference", "")
    if reference not in references_of(request.acting.code):
        raise Http404
    try:
        amount = parse(request.POST.get("amount", ""), request.POST.get("currency", ""))
    except ValueError as error:
        messages.error(request, _("The amount %(why)s.") % {"why": error}, extra_tags="bad")
        return redirect("web:home")
    at = clock.now()
    carry_out(
        request,
        lambda: play_bank(
            lambda: bank.pay_in(
                reference=reference,
                amount=amount,
                remitter=request.acting.party.legal_name,
                value_date=at.date(),
                at=at,
            )
        ),
        done=_("%(amount)s arrived at the custodian.")
        % {"amount": formats.money(amount.minor, amount.currency)},
    )
    return redirect("web:home")
