"""An account's statement, and the proof of what is owed on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from longtail.interfaces import clock, own_accounts
from longtail.interfaces.web import wording
from longtail.interfaces.web.access import Acting, acting_for
from longtail.interfaces.web.forms.books import DayForm, RangeForm
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    date_cell,
    money_cell,
)
from longtail.ledger.books import statements
from longtail.ledger.books.rules import Line, NoSuchClaim
from longtail.values.refusal import Refusal


@require_safe
@acting_for()
def account(request: HttpRequest, code: str) -> HttpResponse:
    """Show an account's statement. For its owner and for those who watch the money."""
    who = request.acting
    if not own_accounts.may_read(who.code, who.kind, code):
        raise Http404
    asked = bool({"from_date", "to_date"} & set(request.GET))
    form = RangeForm(request.GET if asked else None)
    first, last = form.days(clock.now().date())
    try:
        statement = statements.statement(code, from_date=first, to_date=last)
    except Refusal:
        raise Http404 from None
    table = Table(
        request,
        name="statement",
        rows=statement,
        columns=_columns(
            statement.currency, shows_owners=who.kind in own_accounts.WATCHERS
        ),
        caption=_("Account statement"),
    )
    context = {
        "statement": statement,
        "title": name_of(code),
        "table": table,
        "form": form,
        "may_prove": own_accounts.may_prove(who.code, who.kind, code),
    }
    return asked_for(request, table) or render(request, "web/account.html", context)


def _columns(currency: str, *, shows_owners: bool) -> tuple[Column, ...]:
    def money(key: str, title: str, field: str) -> Column:
        return Column(
            key=key,
            title=title,
            cell=lambda line: money_cell(getattr(line, field), currency),
            is_number=True,
        )

    return (
        Column(
            key="date",
            title=_("Date"),
            cell=lambda line: date_cell(line.effective_at.date()),
        ),
        Column(
            key="what",
            title=_("What"),
            cell=lambda line: Cell(
                wording.word("phase", line.phase).text,
                note=_other(line, shows_owners=shows_owners),
            ),
        ),
        money("amount", _("In or out"), "change_minor"),
        money("balance", _("Balance"), "balance_minor"),
        money("held", _("Of it reserved"), "held_minor"),
        Column(
            key="value",
            title=_("Bank's value date"),
            cell=lambda line: date_cell(line.value_date),
        ),
        Column(
            key="reference",
            title=_("Journal"),
            cell=lambda line: Cell(line.kind, note=str(line.id), raw=line.journal_key),
        ),
    )


def _other(line: Line, *, shows_owners: bool) -> str:
    """Return the other account's name; whose wallet it is only those who watch see."""
    kind, _rest, owner = line.counterparty_code.partition(":")
    if kind == "wallet" and not shows_owners:
        return wording.word("account", kind).text
    return f"{wording.word('account', kind).text} {owner}"


def name_of(code: str) -> str:
    """Return an account's name in the reader's language."""
    kind, _rest, owner = code.partition(":")
    return f"{wording.word('account', kind).text} {owner}"


@require_safe
@acting_for()
def claims(request: HttpRequest) -> HttpResponse:
    """List what is owed to the party in the latest roots, each with its proof."""
    who = request.acting
    found = [_claim(code, who) for code in own_accounts.accounts_of(who.code)]
    return render(
        request, "web/claims.html", {"claims": [claim for claim in found if claim]}
    )


def _claim(code: str, who: Acting) -> dict[str, Any] | None:
    try:
        proof = own_accounts.claim_proof(code)
    except NoSuchClaim:
        return None
    return proof | {
        "name": name_of(code),
        "day": date.fromisoformat(proof["date"]),
        "may_read": own_accounts.may_read(who.code, who.kind, code),
    }


@require_safe
@acting_for()
def claim_proof(request: HttpRequest, code: str) -> HttpResponse:
    """Return the proof of what is owed on an account. For its owner only."""
    who, form = request.acting, DayForm(request.GET)
    if not own_accounts.may_prove(who.code, who.kind, code) or not form.is_valid():
        raise Http404
    try:
        proof = own_accounts.claim_proof(code, on=form.day())
    except Refusal:
        raise Http404 from None
    response = JsonResponse(proof, json_dumps_params={"indent": 1})
    name = f"claim-{proof['date']}-{proof['currency']}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
