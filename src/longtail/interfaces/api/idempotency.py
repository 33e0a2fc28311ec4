"""A POST is carried out once a key: sending it again returns the first answer.

The answer is stored in the transaction of the work itself, so both happen or neither.
A refusal is an answer too. A request that could not be read, or that failed on our side,
leaves its key unused.

Source:
    draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Header, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from longtail.interfaces import clock
from longtail.interfaces.api import models, problems
from longtail.parties.queries import NotEntitled
from longtail.values.refusal import Refusal

KEY = "idempotency_key"
# What may be there, or be allowed, when the same request comes again.
NOT_KEPT = (*problems.MISSING, NotEntitled)
IdempotencyKey = Annotated[
    str,
    StringConstraints(pattern=r"^[\x21-\x7e]{8,64}$"),
    Header(
        alias="Idempotency-Key",
        description="8 to 64 characters, new for each piece of work, such as a UUID.",
    ),
]


def once(view: Callable[..., Status]) -> Callable[..., HttpResponse]:
    """Carry out a POST at most once a key.

    Args:
        view: Returns ``Status(code, schema)``; may take ``idempotency_key``.

    Returns:
        The view, which needs a key and replays status and body for one it has seen.
    """
    # Annotations are text in the view's module; ninja would look them up in this one.
    signature = inspect.signature(view, eval_str=True)
    takes_key = KEY in signature.parameters

    @functools.wraps(view)
    def run(request: HttpRequest, **arguments: Any) -> HttpResponse:
        digest, key = _digest(request), arguments[KEY]
        if not takes_key:
            del arguments[KEY]
        with transaction.atomic():
            row, is_first = models.IdempotentRequest.objects.get_or_create(
                client=request.auth.client,
                key=key,
                defaults={"digest": digest, "at": clock.now()},
            )
            if not is_first:
                return _replay(row, digest)
            response = _answer(view, request, arguments)
            row.status, row.body = response.status_code, response.content.decode()
            row.media_type = response["Content-Type"]
            row.save(update_fields=["status", "body", "media_type"])
            return response

    if not takes_key:
        needed = inspect.Parameter(
            KEY, inspect.Parameter.KEYWORD_ONLY, annotation=IdempotencyKey
        )
        parameters = [*signature.parameters.values(), needed]
        signature = signature.replace(parameters=parameters)
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run


def _answer(
    view: Callable[..., Status], request: HttpRequest, arguments: dict[str, Any]
) -> HttpResponse:
    try:
        status = view(request, **arguments)
    except NOT_KEPT:
        raise
    except Refusal as refusal:
        # The service undid its own work; what it logged about the refusal stays.
        return problems.refusal_problem(refusal)
    body = status.value
    assert isinstance(body, Schema)
    return HttpResponse(
        body.model_dump_json(), status=status.status_code, content_type="application/json"
    )


def _replay(row: models.IdempotentRequest, digest: str) -> HttpResponse:
    if row.digest != digest:
        return problems.problem(
            409,
            "This Idempotency-Key was used for another request. Send a new key.",
            kind="key-reused",
            title="Key reused",
        )
    response = HttpResponse(row.body, status=row.status, content_type=row.media_type)
    response["Idempotent-Replayed"] = "true"
    return response


def _digest(request: HttpRequest) -> str:
    parts = (request.method or "", request.get_full_path(), "")
    return hashlib.sha256("\n".join(parts).encode() + request.body).hexdigest()
