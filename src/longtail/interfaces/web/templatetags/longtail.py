"""Filters and small pieces that every page uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from longtail.interfaces.web import formats, wording
from longtail.interfaces.web.demo_people import people_by_kind
from longtail.parties import queries as parties

register = template.Library()

register.filter("money", formats.money)
register.filter("money_short", formats.money_short)
register.filter("percent", formats.percent)
register.filter("fraction", formats.fraction)
register.filter("day", formats.day)
register.filter("moment", formats.moment)


@register.filter
def distance(value: Any, now: datetime) -> str:
    """Return how far off a time is."""
    return formats.distance(value, now=now)


@register.filter
def word(code: object, vocabulary: str) -> str:
    """Return what people read for a code."""
    return wording.word(vocabulary, code).text


@register.filter
def reason_text(reason: Any) -> str:
    """Return why, in full in English, else by what the reason is about.

    Reasons are kept as they were given, in English; what they are about has a name in
    every language.
    """
    if (get_language() or "en").startswith("en"):
        text = str(reason["text"])
        return text[:1].upper() + text[1:]
    if "criterion" in reason:
        return wording.word("criterion", reason["criterion"]).text
    return wording.factor(reason["code"])


@register.filter
def person(username: str) -> str:
    """Return the name of whoever has a username."""
    if username == parties.SYSTEM:
        return _("the platform")
    try:
        return str(parties.person(username))
    except parties.UnknownPerson:
        return username


@register.simple_tag
def badge(vocabulary: str, code: object) -> str:
    """Return a code's badge."""
    text, tone = wording.word(vocabulary, code)
    return format_html('<span class="badge is-{}">{}</span>', tone, text)


@register.simple_tag
def icon(name: str) -> str:
    """Return one of Tabler's icons; it only decorates."""
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.inclusion_tag("web/_demo_logins.html", takes_context=True)
def demo_logins(context: Any) -> dict[str, Any]:
    """List the demonstration's people by what their party is."""
    return {"groups": people_by_kind(), "csrf_token": context["csrf_token"]}


@register.inclusion_tag("web/_field.html")
def field(form: Any, name: str, *, is_wide: bool = False) -> dict[str, Any]:
    """Show a form's field with its label, hint and errors."""
    return {"field": form[name], "is_wide": is_wide, "is_checks": _is_checks(form[name])}


def _is_checks(bound: Any) -> bool:
    return getattr(bound.field.widget, "input_type", "") in {
        "checkbox",
        "radio",
    } and hasattr(bound.field, "choices")


@register.inclusion_tag("web/_chart.html")
def chart(spec: Any, *, size: str = "") -> dict[str, Any]:
    """Draw a chart, with the same figures as a table."""
    return {"chart": spec, "size": size}


@register.inclusion_tag("web/_table.html")
def table(rows: Any) -> dict[str, Any]:
    """Show a table with its sort links, pages and export."""
    return {"table": rows}
