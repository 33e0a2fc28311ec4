"""A machine client that calls the API as the party it acts for."""

from __future__ import annotations

import json
from itertools import count

from django.test import Client

from longtail.interfaces.api import services
from longtail.parties import services as parties
from longtail.parties.rules import Role

_numbers = count(1)


class Caller:
    """One client with a token; every call goes through the whole stack of Django."""

    def __init__(self, party, *, role=Role.MAKER, scopes=("read", "write")):
        n = next(_numbers)
        self.party = party
        self.person = parties.register_person(
            username=f"caller-{n}",
            full_name=f"Caller {n}",
            password=None,
            party_code=party.code,
            role=role,
        )
        self.client_id, self.secret = services.create_client(
            party_code=party.code, person=self.person, name=f"client {n}", scopes=scopes
        )
        self.http = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {self.token()}"}

    def token(self, **changes):
        answer = self.ask_token(**changes)
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    def ask_token(self, **changes):
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
        }
        return self.http.post("/identity/o/api/token", form | changes)

    def get(self, path, **query):
        return self.http.get(f"/api{path}", query, headers=self.headers)

    def post(self, path, body=None, *, key=None):
        """Post a body (bytes as they are) under a fresh key, unless one is given."""
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        key = key or f"test-key-{next(_numbers)}"
        return self.http.post(
            f"/api{path}",
            raw,
            content_type="application/json",
            headers=self.headers | {"Idempotency-Key": key},
        )

    def read(self, path, **query):
        """Get what must be there."""
        return _content(self.get(path, **query))

    def do(self, path, body=None, **options):
        """Post what must be done."""
        return _content(self.post(path, body, **options))


def _content(answer):
    assert answer.status_code in {200, 201}, (answer.status_code, answer.content)
    assert answer["Content-Type"].startswith("application/json")
    return answer.json()


def problem(answer, status):
    """Return a problem after checking that it is one."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:longtail:problem:")
    assert body["detail"].endswith(".")
    return body


def fields(answer):
    """Return the names of the fields that a 422 complains of."""
    return {error["field"] for error in problem(answer, 422)["errors"]}
