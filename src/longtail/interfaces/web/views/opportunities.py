"""The open books, for everybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.deals.queries import Criteria
from longtail.funding import queries as funding
from longtail.interfaces.web import wording
from longtail.interfaces.web.access import acting
from longtail.interfaces.web.forms.funding import FeedForm
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    date_cell,
    money_cell,
    percent_cell,
)
from longtail.interfaces.web.visibility import may_open
from longtail.market import queries as market
from longtail.parties.rules import sector_group
from longtail.values.refusal import Refusal


@require_safe
def opportunities(request: HttpRequest) -> HttpResponse:
    """List the open books with filters. For everybody; details need a log-in."""
    form = FeedForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    who = acting(request)
    rows = _rows(said, who).select_related("demand__current", "demand__current_offer")
    table = Table(
        request,
        name="books",
        rows=rows,
        columns=_columns(is_linked=may_open(who)),
        caption=_("Open books"),
        default="closes",
    )
    is_funder = who is not None and who.kind == "funder"
    return asked_for(request, table) or render(
        request,
        "web/opportunities.html",
        {
            "form": form,
            "table": table,
            "is_funder": is_funder,
            "has_mandate": is_funder and market.mandate(who.code) is not None,
            "is_filtered": any(said.values()),
        },
    )


def _rows(said: dict[str, Any], who: Any) -> Any:
    criteria = Criteria(
        states=(State.LISTED, State.FROZEN),
        sectors=_range_of(said.get("sector", "")),
        grades=(said["grade"],) if said.get("grade") else (),
        modes=(said["mode"],) if said.get("mode") else (),
        max_tenor_months=said.get("max_months"),
        min_rate_bps=said.get("min_rate"),
        text=said.get("q", ""),
    )
    try:
        rows = funding.open_books().filter(demand__in=deals.matching(criteria))
    except Refusal:
        return funding.open_books().none()
    if said.get("mine") and who is not None and (mandate := market.mandate(who.code)):
        fitting = deals.matching(market.criteria_of(mandate))
        rows = rows.filter(demand__in=fitting)
    return rows


def _range_of(sector: str) -> tuple[str, ...]:
    """Return every code that reads like the one chosen: 31 to 33 are all manufacturing."""
    if not sector:
        return ()
    group = sector_group(sector)
    return tuple(code for code in wording.SECTORS if sector_group(code) == group)


def _columns(*, is_linked: bool) -> tuple[Column, ...]:
    return (
        Column(
            key="enterprise",
            title=_("Enterprise"),
            cell=lambda book: _enterprise_cell(book, is_linked=is_linked),
            order=("enterprise__legal_name",),
        ),
        Column(
            key="financing",
            title=_("Financing"),
            cell=lambda book: Cell(
                wording.word("purpose", book.demand.current.purpose).text,
                note=wording.word("mode", book.mode_code).text,
            ),
        ),
        Column(
            key="grade",
            title=_("Grade"),
            cell=lambda book: Cell(book.demand.grade or "–", tone="good"),
            order=("demand__grade",),
        ),
        Column(
            key="rate",
            title=_("Rate"),
            cell=lambda book: percent_cell(_rate(book)),
            order=("demand__current_offer__rate_bps",),
            is_number=True,
        ),
        Column(
            key="months",
            title=_("Months"),
            cell=lambda book: Cell(str(book.demand.current.tenor_months)),
            order=("demand__current__tenor_months",),
            is_number=True,
        ),
        Column(
            key="amount",
            title=_("Amount"),
            cell=lambda book: money_cell(book.target_minor, book.currency),
            order=("target_minor",),
            is_number=True,
        ),
        Column(
            key="raised",
            title=_("Raised"),
            cell=lambda book: Cell(f"{book.raised_minor * 100 // book.target_minor} %"),
            is_number=True,
        ),
        Column(
            key="closes",
            title=_("Closes"),
            cell=lambda book: date_cell(book.closes_at.date()),
            order=("closes_at",),
        ),
    )


def _rate(book: Any) -> int | None:
    offer = book.demand.current_offer
    return offer.rate_bps if offer else None


def _enterprise_cell(book: Any, *, is_linked: bool) -> Cell:
    about = [wording.word("sector", book.enterprise.sector).text, book.enterprise.region]
    href = reverse("web:demand", args=[book.demand.code]) if is_linked else ""
    return Cell(book.enterprise.legal_name, href=href, note=" · ".join(filter(None, about)))
