"""One demand: its page, and what each party may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.deals import queries as deals
from longtail.deals import services
from longtail.deals.lifecycle import Event, State, is_possible
from longtail.funding import queries as funding_queries
from longtail.funding import services as funding
from longtail.interfaces import clock
from longtail.interfaces.web import demand_page, formats
from longtail.interfaces.web.access import Acting, acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.cosign import CosignForm
from longtail.interfaces.web.forms.funding import CommitForm
from longtail.interfaces.web.money_desk import may_simulate, wallets
from longtail.interfaces.web.tables import Cell, Column, Table, date_cell, money_cell
from longtail.interfaces.web.views.demand_forms import own_demand
from longtail.interfaces.web.views.homes.enterprise import next_payment_minor
from longtail.interfaces.web.visibility import Sight, visible_demand
from longtail.servicing import services as servicing


@dataclass(frozen=True)
class Actions:
    """What the acting party may do with the demand as it stands."""

    may_edit: bool
    may_submit: bool
    may_accept: bool
    may_withdraw: bool
    may_commit: bool
    may_decide: bool
    may_draw_down: bool
    waits_for: str

    @property
    def is_any(self) -> bool:
        """Whether there is anything to do."""
        return (
            self.may_submit
            or self.may_accept
            or self.may_withdraw
            or self.may_commit
            or self.may_decide
            or self.may_draw_down
        )


def _actions(demand: Any, sight: Sight, who: Acting, parts: dict[str, Any]) -> Actions:
    state, is_operator = demand.state, who.kind == "operator"
    book = parts.get("book")
    return Actions(
        may_edit=sight.is_own and is_possible(state, Event.EDIT),
        may_submit=sight.is_own and state == State.DRAFT,
        may_accept=sight.is_own and state == State.OFFERED,
        may_withdraw=sight.is_own and is_possible(state, Event.WITHDRAW),
        may_commit=who.kind == "funder" and book is not None and book.state == "open",
        may_decide=is_operator and state == State.REFERRED,
        may_draw_down=is_operator and state == State.FUNDED,
        waits_for=_waits_for(state),
    )


def _waits_for(state: str) -> str:
    """Say who is to act next, so that nobody wonders when it goes on."""
    return {
        State.DRAFT: _("The enterprise publishes it when it is ready."),
        State.ATTESTING: _("The providers are to answer; the assessment follows at once."),
        State.REFERRED: _("Two people of the operator are to decide."),
        State.OFFERED: _("The enterprise is to accept the offer."),
        State.ACCEPTED: _("The book is being opened."),
        State.LISTED: _("Funders commit until the book is full or its time is over."),
        State.FROZEN: _("Evidence fell. Nobody can commit until it is mended."),
        State.FUNDED: _("Two people of the operator are to release the payment."),
        State.ACTIVE: _("The enterprise repays by its schedule."),
        State.DEFAULTED: _("Guarantee and recovery are under way."),
    }.get(state, _("Nothing is left to do."))


@require_safe
@acting_for()
def demand(request: HttpRequest, code: str) -> HttpResponse:
    """Show a demand. For its enterprise, overseers, funders, guarantor and providers."""
    return _show(request, code)


def _show(
    request: HttpRequest, code: str, *, status: int = 200, **forms: Any
) -> HttpResponse:
    who: Acting = request.acting
    found, sight = visible_demand(code, who)
    parts = demand_page.parts(found, sight, who=who, now=clock.now())
    actions = _actions(found, sight, who, parts)
    context = {
        **parts,
        "sight": sight,
        "who": who,
        "place": ", ".join(filter(None, (found.enterprise.city, found.enterprise.region))),
        "pd": _probability(parts.get("assessment")),
        "actions": actions,
        **_pocket(who, found, parts),
        "may_simulate": may_simulate(),
        **_forms(request, actions, parts),
        **forms,
    }
    return render(request, "web/demand.html", context, status=status)


def _pocket(who: Acting, found: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return what the party's own money has to do with it: free, reserved or due."""
    if who.kind == "enterprise" and (loan := parts.get("loan")):
        due = formats.plain_amount(next_payment_minor(loan), loan.currency)
        return {"next_payment": due}
    if who.kind != "funder":
        return {}
    currency = found.current.currency
    mine = parts.get("commitments") or []
    return {
        "wallet": next(
            (w for w in wallets(who.code) if w.balance.currency == currency), None
        ),
        "own_commitments": [c for c in mine if c.state == "held"],
    }


def _forms(request: HttpRequest, actions: Actions, parts: dict[str, Any]) -> dict[str, Any]:
    forms: dict[str, Any] = {}
    if actions.may_commit:
        currency = parts["book"].currency
        forms["commit_form"] = CommitForm(
            currency=currency, initial={"key": f"web:{uuid4()}"}
        )
    if actions.may_decide:
        forms["cosign_form"] = CosignForm(request=request, acting=request.acting)
    return forms


def _probability(assessment: Any) -> str:
    if assessment is None or assessment.pd_ppm is None:
        return _("not known")
    return f"{assessment.pd_ppm / 10_000:.2f} %"


@require_safe
@acting_for()
def schedule_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Return a demand's schedule as CSV. For whoever sees it on the page."""
    found, sight = visible_demand(code, request.acting)
    parts = demand_page.parts(found, sight, who=request.acting, now=clock.now())
    plan = parts.get("schedule")
    if plan is None:
        raise Http404
    currency = plan.currency
    columns = (
        Column(key="number", title="", cell=lambda line: Cell(str(line.number))),
        Column(key="due_date", title="", cell=lambda line: date_cell(line.due_date)),
        _money_column("principal", lambda line: line.principal_minor, currency),
        _money_column("interest", lambda line: line.interest_minor, currency),
        _money_column("instalment", lambda line: line.total_minor, currency),
        _money_column("left", lambda line: line.balance_minor, currency),
    )
    lines = [line for line in plan.lines if not line.is_subtotal]
    return Table(request, name="schedule", rows=lines, columns=columns, caption="").csv()


def _money_column(key: str, value: Callable[[Any], int], currency: str) -> Column:
    return Column(key=key, title="", cell=lambda line: money_cell(value(line), currency))


@require_POST
@acting_for("enterprise")
def accept_offer(request: HttpRequest, code: str) -> HttpResponse:
    """Accept the offer. For the demand's enterprise."""
    own_demand(request, code)
    carry_out(
        request,
        lambda: services.accept_offer(
            demand_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("Accepted. The book opens and the funders it fits are told."),
        then=lambda: funding.progress(demand_code=code, at=clock.now()),
    )
    return redirect("web:demand", code=code)


@require_POST
@acting_for("enterprise")
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a demand back; every commitment is refunded. For its enterprise."""
    own_demand(request, code)
    carry_out(
        request,
        lambda: funding.withdraw_demand(
            demand_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("The demand is withdrawn."),
    )
    return redirect("web:demand", code=code)


@require_POST
@acting_for("funder")
def commit(request: HttpRequest, code: str) -> HttpResponse:
    """Commit money to a book. For a funder that sees it."""
    visible_demand(code, request.acting)
    book = funding_queries.book(code)
    if book is None:
        raise Http404
    form = CommitForm(request.POST, currency=book.currency)
    if form.is_valid() and carry_out(
        request,
        lambda: funding.commit(
            demand_code=code,
            funder_code=request.acting.code,
            amount=form.cleaned_data["money"],
            key=form.cleaned_data["key"],
            by=request.acting.username,
            at=clock.now(),
            accepts_part=form.cleaned_data["accepts_part"],
        ),
        done=_("Committed. The money is reserved in your wallet until the book closes."),
        form=form,
        then=lambda: funding.progress(demand_code=code, at=clock.now()),
    ):
        return redirect("web:demand", code=code)
    return _show(request, code, status=422, commit_form=form)


@require_POST
@acting_for("funder")
def withdraw_commitment(request: HttpRequest, code: str) -> HttpResponse:
    """Take a commitment back while the book has room. For the funder who made it."""
    try:
        found = funding_queries.commitment(code)
    except funding_queries.UnknownCommitment:
        raise Http404 from None
    if found.funder.code != request.acting.code:
        raise Http404
    carry_out(
        request,
        lambda: funding.withdraw_commitment(
            commitment_code=code, by=request.acting.username, at=clock.now()
        ),
        done=_("Taken back. The money is free in your wallet again."),
    )
    return redirect("web:demand", code=found.book.demand.code)


@require_POST
@acting_for("operator")
def decide_referral(request: HttpRequest, code: str) -> HttpResponse:
    """Decide a referred demand as two people. For the operator."""
    visible_demand(code, request.acting)
    form = CosignForm(request.POST, request=request, acting=request.acting)
    if form.is_valid() and carry_out(
        request,
        lambda: services.decide_referral(
            demand_code=code,
            is_approved=request.POST.get("decision") == "approve",
            reason=form.cleaned_data["reason"],
            by=request.acting.username,
            seconded_by=form.cleaned_data["seconded_by"],
            at=clock.now(),
        ),
        done=_("Decided by two people, and kept with the reason."),
        form=form,
    ):
        return redirect("web:demand", code=code)
    return _show(request, code, status=422, cosign_form=form)


@require_POST
@acting_for("operator")
def prepare_drawdown(request: HttpRequest, code: str) -> HttpResponse:
    """Prepare the payment to the enterprise; another releases it. For the operator."""
    visible_demand(code, request.acting)
    agreement = deals.agreement_of(code)
    if agreement is None:
        raise Http404
    carry_out(
        request,
        lambda: servicing.prepare_drawdown(
            agreement_code=agreement.code, by=request.acting.username, at=clock.now()
        ),
        done=_("Prepared. A second person is to release the payment."),
    )
    return redirect("web:demand", code=code)
