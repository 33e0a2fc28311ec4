"""A door before everything that is not the API: no NUL reaches the database.

The log-in pages and the token endpoint are another's code, which looks up whatever it is
sent; PostgreSQL refuses NUL in text with an error that would become a 500.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
API = "/api/"


class RefuseNul:
    """Middleware: a path, query or form with a NUL is answered 400."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or refuse it."""
        if not request.path.startswith(API) and _has_nul(request):
            return JsonResponse(
                {
                    "error": "invalid_request",
                    "error_description": "Remove the NUL character and send again.",
                },
                status=400,
            )
        return self.get_response(request)


def _has_nul(request: HttpRequest) -> bool:
    texts = [request.path, *_texts(request.GET)]
    if request.method == "POST" and request.content_type in FORMS:
        texts += _texts(request.POST)
    return any("\0" in text for text in texts)


def _texts(data: object) -> list[str]:
    return [text for name, values in data.lists() for text in (name, *values)]  # type: ignore[attr-defined]
