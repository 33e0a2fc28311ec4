"""Errors as RFC 9457 problems. A refusal is an answer, so it is never a 5xx.

Source:
    RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from longtail.deals import queries as deals
from longtail.deals.rules import UnknownDemand
from longtail.evidence import queries as evidence
from longtail.funding import queries as funding
from longtail.ledger.custodian import break_desk
from longtail.ledger.custodian import queries as custodian
from longtail.market import queries as market
from longtail.parties import queries as parties
from longtail.servicing import rules as servicing
from longtail.values.refusal import InvalidInput, Refusal

MEDIA_TYPE = "application/problem+json"
NAMESPACE = "urn:longtail:problem:"
TITLES = {
    400: "The request cannot be read",
    401: "No valid token",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Refused",
    413: "The request is too large",
    422: "Some fields are not valid",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available just now",
}
DETAILS = {
    401: "Send a token from /identity/o/api/token as 'Authorization: Bearer ...'.",
    429: "This client has sent too many requests. Wait as Retry-After says.",
}
# What any operation may answer, and what one with a body may answer beside that.
READING = (401, 403, 404, 409, 422, 429, 500, 503)
WRITING = (400, 413)
log = logging.getLogger(__name__)


# What the rooms call otherwise than the API.
NAMES = {"after": "cursor"}
# Refusals that say: there is no such thing.
MISSING = (
    deals.UnknownAgreement,
    evidence.UnknownAttestation,
    evidence.UnknownOrder,
    break_desk.UnknownBreak,
    custodian.UnknownInstruction,
    funding.UnknownCommitment,
    market.NoMandate,
    parties.UnknownParty,
    servicing.NotInService,
    UnknownDemand,
)


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Schema):
    """Why a request was not carried out, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class NotFound(Exception):
    """There is no such thing, or none that the caller may see; the answer is the same."""


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "",
    title: str = "",
    errors: Iterable[tuple[str, str]] = (),
) -> HttpResponse:
    """Return a problem as a response.

    Args:
        status: HTTP status, 400 and up.
        detail: What, why and what to do.
        kind: Name of the kind of problem, in kebab case.
        title: The kind in words; by default what the status means.
        errors: (field, message) pairs.
    """
    body = {
        "type": NAMESPACE + (kind or _kebab(TITLES[status])),
        "title": title or TITLES[status],
        "status": status,
        "detail": detail,
        "errors": [{"field": _clean(f), "message": _clean(m)} for f, m in errors],
    }
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def refusal_problem(refusal: Refusal) -> HttpResponse:
    """Return a business refusal as a response: 422 when fields can be mended, else 409."""
    name = type(refusal).__name__
    if isinstance(refusal, InvalidInput):
        found = refusal.problems.items()
        return _fields_problem([(NAMES.get(name, name), text) for name, text in found])
    return problem(409, str(refusal), kind=_kebab(name), title=_words(name))


def install(api: NinjaAPI) -> None:
    """Make every failure of the API answer with a problem."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, answer)


def declare(schema: dict[str, Any]) -> None:
    """Add to an OpenAPI schema the problems that each operation may answer with."""
    schema["components"]["schemas"] |= {
        "Problem": Problem.model_json_schema(ref_template="#/components/schemas/{model}"),
        "FieldProblem": FieldProblem.model_json_schema(),
    }
    schema["components"]["schemas"]["Problem"].pop("$defs", None)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in schema["paths"].values():
        for operation in path.values():
            has_body = "requestBody" in operation
            for status in READING + (WRITING if has_body else ()):
                operation["responses"][str(status)] = {
                    "description": TITLES[status],
                    "content": content,
                }


def _refused(_request: HttpRequest, error: Refusal) -> HttpResponse:
    return refusal_problem(error)


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _fields_problem([(_field(e["loc"]), e["msg"]) for e in error.errors])


def _fields_problem(errors: list[tuple[str, str]]) -> HttpResponse:
    named = ", ".join(dict.fromkeys(field for field, _ in errors))
    return problem(422, f"Correct these and send again: {_clean(named)}.", errors=errors)


def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, HttpError):
        # Ours, which says what is wrong with the body.
        error = error.__cause__
    status = error.status_code if error.status_code in TITLES else 400
    response = problem(status, DETAILS.get(status, error.message))
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="longtail"'
    return response


def _not_found(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(404, "There is nothing at this address that you may see.")


def _forbidden(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(403, "Your role does not allow this.")


def _too_large(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(413, "The body is larger than 1 MB. Send less.")


def _not_storable(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("a request reached the database with a value it cannot hold: %s", error)
    return problem(422, "A value is outside what can be stored. Check numbers and text.")


def _conflict(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("a request collided with another: %s", error)
    return problem(409, "Another request changed this at the same time. Read it again.")


def _unavailable(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("the database did not answer: %s", error)
    response = problem(503, "The database did not answer. Try again in a few seconds.")
    response["Retry-After"] = "5"
    return response


def _unexpected(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unexpected error in the API", exc_info=error)
    return problem(500, "The request was not carried out. It was logged for repair.")


ANSWERS: Mapping[type[Exception], Any] = {
    Refusal: _refused,
    parties.NotEntitled: _forbidden,
    **dict.fromkeys(MISSING, _not_found),
    ValidationError: _invalid,
    HttpError: _http,
    Http404: _not_found,
    NotFound: _not_found,
    ObjectDoesNotExist: _not_found,
    PermissionDenied: _forbidden,
    RequestDataTooBig: _too_large,
    DataError: _not_storable,
    IntegrityError: _conflict,
    OperationalError: _unavailable,
    Exception: _unexpected,
}


def _field(location: Iterable[Any]) -> str:
    """Return a field's path without where it came from: ``ask.amount.value``."""
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "query", "path", "header"}:
        # The second part is the name of the view's argument.
        parts = parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:]
    return ".".join(parts) or "body"


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:500]


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


def _kebab(name: str) -> str:
    return _words(name).lower().replace(" ", "-")
