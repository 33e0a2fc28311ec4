"""The API object; each room's routes are added by its own module."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from longtail.interfaces.api import problems
from longtail.interfaces.api.auth import ClientToken, PerClient
from longtail.interfaces.api.parsing import StrictParser

PER_MINUTE = 1_200
ROUTES = (
    "parties",
    "demands",
    "evidence",
    "market",
    "funding",
    "payments",
    "servicing",
    "day_end",
    "reconciliations",
    "desks",
    "books",
    "log",
)
DESCRIPTION = """\
The seven steps of a demand, for machines.

Get a token at `/identity/o/api/token` with the client-credentials grant. Every POST
carries an `Idempotency-Key`: sending it again returns the first answer. Amounts are exact
decimal text. Errors are problems as in RFC 9457, and name each field that is wrong. Lists
come in pages: follow `next`.
"""


class Api(NinjaAPI):
    """The API, whose schema declares its problems."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name by which generated clients call an operation."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **arguments: Any) -> OpenAPISchema:
        """Return the OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**arguments)
        problems.declare(schema)
        for path in schema["paths"].values():
            for operation in path.values():
                words = operation["operationId"].replace("_", " ")
                operation["summary"] = words.capitalize()
        return schema


def build() -> Api:
    """Return the API with every route."""
    api = Api(
        title="Longtail",
        version="1",
        description=DESCRIPTION,
        docs_url="/docs",
        auth=ClientToken(),
        throttle=PerClient(PER_MINUTE),
        parser=StrictParser(),
    )
    problems.install(api)
    for name in ROUTES:
        module = import_module(f"longtail.interfaces.api.routes.{name}")
        api.add_router("", module.router, tags=[module.TAG])
    api.add_router("", _nowhere())
    return api


def _nowhere() -> Router:
    """Return a route that answers unknown addresses with a problem instead of a page."""
    router = Router()

    @router.api_operation(
        ["GET", "POST", "PUT", "PATCH", "DELETE"],
        "/{path:rest}",
        auth=None,
        throttle=[],
        include_in_schema=False,
    )
    def nowhere(request: HttpRequest, rest: str) -> None:  # noqa: ARG001
        raise Http404(rest)

    return router


api = build()
