"""The trial balance and the close of a period, for those who watch the money."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.interfaces import clock
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.forms.books import ClosePeriodForm, DayForm
from longtail.interfaces.web.tables import Cell, Column, Table, asked_for, money_cell
from longtail.interfaces.web.views.books.accounts import name_of
from longtail.ledger.books import queries, services, trial


@require_safe
@acting_for("operator", "regulator", "custodian")
def books(request: HttpRequest) -> HttpResponse:
    """Show the trial balance and the closed periods. For those who watch the money."""
    return _show(request)


def _show(request: HttpRequest, *, form: Any = None, status: int = 200) -> HttpResponse:
    day = DayForm(request.GET if "on" in request.GET else None)
    lines = trial.trial_balance(on=day.day())
    table = Table(
        request,
        name="accounts",
        rows=lines,
        columns=_columns(),
        caption=_("Accounts"),
        default="account",
    )
    if (export := asked_for(request, table)) is not None:
        return export
    who = request.acting
    may_close = who.kind == "operator"
    context = {
        "table": table,
        "totals": trial.kind_totals(lines),
        "day": day,
        "on": day.day(),
        "closes": queries.period_closes(),
        "form": form
        or (ClosePeriodForm(request=request, acting=who) if may_close else None),
    }
    return render(request, "web/books.html", context, status=status)


def _columns() -> tuple[Column, ...]:
    def money(key: str, title: str, field: str) -> Column:
        return Column(
            key=key,
            title=title,
            cell=lambda line: money_cell(getattr(line, field), line.currency),
            order=(field,),
            is_number=True,
        )

    return (
        Column(
            key="account",
            title=_("Account"),
            cell=lambda line: Cell(
                name_of(line.account_code),
                href=reverse("web:account", args=[line.account_code]),
                raw=line.account_code,
            ),
            order=("currency", "account_code"),
        ),
        money("debits", _("Debits"), "debits_minor"),
        money("credits", _("Credits"), "credits_minor"),
        money("balance", _("Balance"), "balance_minor"),
    )


@require_POST
@acting_for("operator")
def close_period(request: HttpRequest) -> HttpResponse:
    """Close the books up to a day, as two people. For the operator."""
    form = ClosePeriodForm(request.POST, request=request, acting=request.acting)
    if form.is_valid() and carry_out(
        request,
        lambda: services.close_period(
            to_date=form.cleaned_data["to_date"],
            by=request.acting.username,
            seconded_by=form.cleaned_data["seconded_by"],
            at=clock.now(),
        ),
        done=_("Closed by two people. Nothing is posted into that period any more."),
        form=form,
    ):
        return redirect("web:books")
    return _show(request, form=form, status=422)
