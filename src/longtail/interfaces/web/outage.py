"""What a page answers when it breaks: 503 while the database is away, else 500."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

RETRY_SECONDS = 5


def broken(_request: HttpRequest) -> HttpResponse:
    """Return the page for the error that is being handled."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = HttpResponse(render_to_string("503.html"), status=503)
        page["Retry-After"] = str(RETRY_SECONDS)
        return page
    return HttpResponse(render_to_string("500.html"), status=500)
