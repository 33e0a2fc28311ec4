"""What every page's frame needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from longtail.interfaces import clock
from longtail.interfaces.web.access import Acting, acting
from longtail.notices import queries as notices


@dataclass(frozen=True)
class Item:
    """A line of the navigation."""

    title: str
    icon: str
    href: str
    is_here: bool
    count: int = 0


@dataclass(frozen=True)
class Section:
    """A group of lines."""

    title: str
    items: tuple[Item, ...]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the values the base template reads, under one name."""
    who = acting(request)
    return {
        "shell": {
            "acting": who,
            "others": who.others if who else (),
            "sections": _sections(request, who),
            "now": clock.now(),
            "is_demo": settings.DEMO,
        }
    }


def _sections(request: HttpRequest, who: Acting | None) -> tuple[Section, ...]:
    here = request.resolver_match.view_name if request.resolver_match else ""

    def item(title: str, icon: str, name: str, count: int = 0) -> Item:
        return Item(title, icon, reverse(name), here == name, count)

    market = Section(
        _("Market"),
        (
            item(_("Overview"), "chart-bar", "web:overview"),
            item(_("Open books"), "list-search", "web:opportunities"),
            item(_("Proof of custody"), "shield-check", "web:custody_proof"),
        ),
    )
    if who is None:
        return (market,)
    unread = notices.unread_count([who.code])
    own = [item(_("Home"), "layout-dashboard", "web:home")]
    own += [item(*line) for line in _own_pages(who.kind)]
    own.append(item(_("Notices"), "bell", "web:notices", unread))
    return Section(who.title, tuple(own)), market


def _own_pages(kind: str) -> list[tuple[str, str, str]]:
    return {
        "enterprise": [(_("New demand"), "file-plus", "web:demand_new")],
        "funder": [
            (_("Portfolio"), "briefcase", "web:portfolio"),
            (_("Mandate"), "adjustments", "web:mandate"),
        ],
        "operator": [
            (_("Parties"), "users", "web:parties"),
            (_("Payments"), "building-bank", "web:payments"),
            (_("Custody desk"), "checks", "web:desk"),
            (_("Arrears"), "alert-triangle", "web:arrears"),
            (_("Books"), "scale", "web:books"),
        ],
        "regulator": [
            (_("Parties"), "users", "web:parties"),
            (_("Arrears"), "alert-triangle", "web:arrears"),
            (_("Custody desk"), "checks", "web:desk"),
            (_("Books"), "scale", "web:books"),
        ],
        "custodian": [
            (_("Payments"), "building-bank", "web:payments"),
            (_("Payees"), "users", "web:payees"),
            (_("Custody desk"), "checks", "web:desk"),
            (_("Books"), "scale", "web:books"),
        ],
    }.get(kind, [])
