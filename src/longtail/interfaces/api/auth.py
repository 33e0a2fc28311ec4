"""Who calls: a bearer token from the client-credentials grant, and what it may do.

A token belongs to a client, a client to one person at one party. Reading needs the
scope ``read``, everything else ``write``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from allauth.idp.oidc.contrib.ninja.security import TokenAuth
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import AuthorizationError
from ninja.throttling import BaseThrottle

from longtail.interfaces.api import models, problems
from longtail.interfaces.web.visibility import OVERSEERS
from longtail.parties import queries as parties

GRANT_PATH = "/identity/o/api/token"
WINDOW_SECONDS = 60
SCOPES = {"read": "See what the party may see.", "write": "Act for the party."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person and the party behind a request."""

    client: models.ApiClient
    person: Any
    party: Any

    @property
    def code(self) -> str:
        """The party's code."""
        return str(self.party.code)

    @property
    def kind(self) -> str:
        """What kind of party it is."""
        return str(self.party.kind)

    @property
    def username(self) -> str:
        """The name that services record as ``by``."""
        return str(self.person.username)

    @property
    def oversees(self) -> bool:
        """Whether the party sees everything: it supervises or it runs the platform."""
        return self.kind in OVERSEERS

    def require_kind(self, *kinds: str) -> None:
        """Refuse parties of other kinds.

        Raises:
            AuthorizationError: If the party is of none of the kinds.
        """
        if self.kind not in kinds:
            raise AuthorizationError(
                message=f"This is for a {' or '.join(kinds)}; "
                f"{self.party.legal_name} is a party of kind {self.kind}."
            )

    def require_role(self, role: str) -> None:
        """Refuse people without a role at the party.

        Raises:
            AuthorizationError: If the person does not have the role.
        """
        if role not in parties.roles_of(self.person, self.party):
            raise AuthorizationError(
                message=f"This needs the role of a {role} at {self.party.legal_name}."
            )

    def require_sight(self, *party_codes: str) -> None:
        """Hide what belongs to others.

        Args:
            party_codes: The parties that may see it, beside those that oversee.

        Raises:
            NotFound: If the caller is none of them.
        """
        if not self.oversees and self.code not in party_codes:
            raise problems.NotFound


class ClientToken(TokenAuth):
    """A bearer token of an API client."""

    openapi_type = "oauth2"
    openapi_flows = {"clientCredentials": {"tokenUrl": GRANT_PATH, "scopes": SCOPES}}

    def __init__(self) -> None:
        super().__init__(scope=[])

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return who calls, or nothing when the token is not valid.

        Raises:
            AuthorizationError: If the token lacks the scope.
        """
        token = super().__call__(request)
        if not token:
            return None
        scope = "read" if request.method in {"GET", "HEAD"} else "write"
        if scope not in token.get_scopes():
            raise AuthorizationError(message=f"The token lacks the scope '{scope}'.")
        client = (
            models.ApiClient.objects.select_related("person", "party")
            .filter(client_id=token.client_id, is_active=True, person__is_active=True)
            .first()
        )
        if client is None:
            return None
        return Actor(client=client, person=client.person, party=client.party)


class PerClient(BaseThrottle):
    """A ceiling on the requests of one client in a minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request and return whether it is within the ceiling."""
        key = f"api-rate:{request.auth.client.pk}:{int(time.time() // WINDOW_SECONDS)}"
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        return cache.incr(key) <= self.per_minute

    def wait(self) -> float:
        """Return the seconds until the count starts again."""
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS
