"""The OpenAPI document tells the truth: an outside tool calls everything it describes."""

import re
from collections import defaultdict

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from longtail.funding import queries as funding
from longtail.interfaces import own_accounts
from longtail.interfaces.api.app import api
from longtail.ledger import chart
from tests.funding import world

ROLES = ("enterprise", "provider", "funder", "operator", "checker", "regulator")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
GROUPS = defaultdict(list)
for found in SCHEMA.get_all_operations():
    GROUPS[found.ok().tags[0]].append(found.ok())
EXAMPLES = 12


@pytest.fixture
def codes(market, monkeypatch):
    """Codes of things that are there, by the name of the path parameter."""
    monkeypatch.setattr(api.throttle, "per_minute", 10**9)
    demand = world.listed(enterprise=market.enterprise.party)
    world.commit(demand, market.funder.party, 10_000)
    own_accounts.publish_claims(on=world.AT.date(), at=world.AT)
    # A request that ends must not close the connection that the test rolls back.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {
        "demand_code": demand,
        "commitment_code": funding.commitments(demand)[0].code,
        "party_code": market.provider.party.code,
        "currency": "USD",
        "account_code": chart.wallet(market.funder.party.code, "USD").code,
    }
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_operation_answers_as_the_schema_says(group, market, codes):
    for operation in GROUPS[group]:
        fuzz(operation, market, codes)


def fuzz(operation, market, codes):
    """Call an operation with what the schema allows and with what it does not."""
    has_input = bool(operation.definition.raw["parameters"])
    modes = [GenerationMode.POSITIVE, *[GenerationMode.NEGATIVE] * has_input]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(
        case=st.one_of(*(operation.as_strategy(mode) for mode in modes)),
        role=st.sampled_from(ROLES),
        is_known=st.booleans(),
    )
    def call(case, role, is_known):
        if is_known and case.meta.generation.mode is GenerationMode.POSITIVE:
            known = {n: c for n, c in codes.items() if n in (case.path_parameters or {})}
            case.path_parameters |= known
        case.call_and_validate(headers=getattr(market, role).headers, checks=CHECKS)

    call()


def test_the_document_is_openapi_3_1_and_names_every_problem():
    document = SCHEMA.raw_schema
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"401", "403", "404", "409", "422", "429"} <= set(answers), path
            assert "application/problem+json" in answers["422"]["content"]
            keys = [p["name"] for p in operation["parameters"] if p["in"] == "header"]
            assert (keys == ["Idempotency-Key"]) is (method == "post"), path


@pytest.mark.django_db
def test_the_documentation_is_served_from_here(client):
    page = client.get("/api/docs").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith(("/static/", "data:")) for source in sources)
