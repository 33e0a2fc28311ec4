"""What happened that a party should know."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from longtail.interfaces import clock
from longtail.interfaces.web.access import acting_for
from longtail.interfaces.web.carry_out import carry_out
from longtail.interfaces.web.tables import PAGE_SIZE
from longtail.notices import queries, services


@require_safe
@acting_for()
def notices(request: HttpRequest) -> HttpResponse:
    """Show a party's notices, the latest first. For everybody of a party."""
    recent = Paginator(queries.recent([request.acting.code]), PAGE_SIZE)
    context = {
        "page": recent.get_page(request.GET.get("page")),
        "unread": queries.unread_count([request.acting.code]),
    }
    return render(request, "web/notices.html", context)


@require_POST
@acting_for()
def mark_read(request: HttpRequest) -> HttpResponse:
    """Put every notice of the party away. For everybody of a party."""
    carry_out(
        request,
        lambda: services.mark_read(party_codes=[request.acting.code], at=clock.now()),
        done=_("All notices are read."),
    )
    return redirect("web:notices")
