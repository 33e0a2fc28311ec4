"""Malformed input is refused by name: never a 5xx, never accepted in silence."""

import json

import pytest

from longtail.deals import queries as deals
from longtail.ledger import queries as ledger
from tests.funding.world import listed
from tests.interfaces.api.caller import fields, problem

HUGE = 10**30
USD = "USD"


def spoil(body, path, value):
    """Return a body as bytes with one field spoilt, even where JSON would not allow it."""
    spoilt = json.loads(json.dumps(body))
    *parents, name = path.split(".")
    place = spoilt
    for parent in parents:
        place = place[parent]
    place[name] = "@@"
    raw = json.dumps(spoilt)
    shown = value.decode("latin-1") if isinstance(value, bytes) else json.dumps(value)
    return raw.replace('"@@"', shown).encode()


SPOILT_DEMANDS = [
    ("amount.value", "-1.00"),
    ("amount.value", "0." + "1" * 20),
    ("amount.value", "1e5"),
    ("amount.value", "NaN"),
    ("amount.value", "Infinity"),
    ("amount.value", "9" * 40),
    ("amount.value", "1.001"),
    ("amount.value", 100),
    ("amount.value", b"NaN"),
    ("amount.value", b"1e999999"),
    ("amount.value", "١٢٣"),
    ("amount.value", ""),
    ("amount.currency", "XXX"),
    ("amount.currency", "usd"),
    ("amount.currency", None),
    ("amount", None),
    ("amount", []),
    ("tenor_months", -1),
    ("tenor_months", 0),
    ("tenor_months", 361),
    ("tenor_months", HUGE),
    ("tenor_months", b"9" * 5_000),
    ("tenor_months", 12.5),
    ("tenor_months", b"NaN"),
    ("tenor_months", True),
    ("tenor_months", "12"),
    ("mode_code", "casino"),
    ("mode_code", HUGE),
    ("purpose", "\x00"),
    ("purpose", "gambling"),
    ("use_of_funds", "a\x00b"),
    ("use_of_funds", b'"\\ud800"'),
    ("use_of_funds", "x" * 4_001),
    ("use_of_funds", 5),
    ("use_of_funds", ["text"]),
    ("use_of_funds", "\x1b[31mred"),
    ("innovation", b"Infinity"),
    ("facts.employees", -1),
    ("facts.employees", 2**63),
    ("facts.employees", b"NaN"),
    ("facts.is_new_business", 1),
    ("facts.is_new_business", "yes"),
    ("facts.sector", "722"),
    ("facts.state", "ohio"),
    ("facts.unknown", 1),
    ("guarantor_code", "FND-7K3F9Q2A4X"),
    ("guarantor_code", "GUA-\x00"),
    ("cover_bps", 10_001),
    ("cover_bps", -1),
    ("colour", "red"),
]


def test_a_spoilt_field_of_a_demand_is_named(market, asked):
    asked |= {"facts": {}, "innovation": "", "guarantor_code": None, "cover_bps": 0}
    for path, value in SPOILT_DEMANDS:
        named = fields(market.enterprise.post("/demands", spoil(asked, path, value)))
        hits = [n for n in named if path.startswith(n) or n.startswith(path)]
        assert hits, (path, value, named)
    assert deals.demands().count() == 0


NO_DEMANDS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe{}",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b'{"amount": 1, "amount": 2}',
    b"x" * 1_100_000,
]


def test_a_body_that_is_no_demand_is_refused(market):
    for body in NO_DEMANDS:
        answer = market.enterprise.post("/demands", body)
        assert answer.status_code in {400, 413, 422}, body[:40]
        problem(answer, answer.status_code)


def test_several_spoilt_fields_are_all_named(market, asked):
    asked |= {"tenor_months": -1, "purpose": "gambling", "cover_bps": 20_000}
    assert fields(market.enterprise.post("/demands", asked)) == {
        "tenor_months",
        "purpose",
        "cover_bps",
    }


def test_a_field_name_with_a_lone_surrogate_is_answered(market, asked):
    raw = json.dumps(asked)[:-1] + ', "\\ud800": 1}'
    problem(market.enterprise.post("/demands", raw.encode()), 422)


def test_what_a_draft_may_lack_but_a_demand_must_have_is_named(market, asked):
    code = market.enterprise.do("/demands", asked | {"use_of_funds": ""})["code"]
    assert fields(market.enterprise.post(f"/demands/{code}/submit")) == {"use_of_funds"}


SPOILT_COMMITMENTS = [
    ("-100.00", USD),
    ("0", USD),
    ("100.001", USD),
    ("9" * 14, USD),
    ("100", "XYZ"),
]


def test_a_spoilt_commitment_moves_nothing(market):
    code = listed()
    before = ledger.balances()
    for value, currency in SPOILT_COMMITMENTS:
        body = {"amount": {"value": value, "currency": currency}}
        answer = market.funder.post(f"/demands/{code}/commitments", body)
        assert answer.status_code in {409, 422}, (value, currency)
    assert ledger.balances() == before


SPOILT_QUERIES = [
    ("/demands", {"limit": -1}),
    ("/demands", {"limit": 0}),
    ("/demands", {"limit": HUGE}),
    ("/demands", {"limit": "NaN"}),
    ("/demands", {"cursor": "\x00"}),
    ("/demands", {"cursor": "////"}),
    ("/demands", {"cursor": "bm9uc2Vuc2U="}),
    ("/demands", {"cursor": "WzFlOTk5LDFd"}),
    ("/demands", {"min_amount_minor": -1}),
    ("/demands", {"min_amount_minor": 2**63}),
    ("/demands", {"max_amount_minor": "1e17"}),
    ("/demands", {"state": "happy"}),
    ("/demands", {"sort": "password"}),
    ("/demands", {"text": "\x00"}),
    ("/demands", {"text": "x" * 101}),
    ("/parties", {"cursor": "Yy0x"}),
    ("/parties", {"cursor": "Yzk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"}),
    ("/parties", {"cursor": "Y8K5"}),
    ("/parties", {"kind": "wizard"}),
    ("/instructions", {"state": "lost"}),
    ("/reconciliations", {"currency": "xx"}),
    ("/wallets/usd/statement", {}),
    ("/wallets/%00/statement", {}),
    ("/demands/DEM-%00", {}),
    ("/demands/DEM-1", {}),
    ("/demands/' OR 1=1 --", {}),
    ("/demands/..%2f..%2fetc", {}),
    ("/parties/XX-1", {}),
]


def test_a_spoilt_address_or_query_is_refused(market):
    for path, query in SPOILT_QUERIES:
        answer = market.operator.get(path, **query)
        assert answer.status_code in {404, 422}, (path, query, answer.content)
        problem(answer, answer.status_code)


SPOILT_FINDINGS = [
    ("value", "101"),
    ("value", "-1"),
    ("value", "1e2"),
    ("scale", "yes-no"),
    ("confidence_bps", 10_001),
    ("statement", ""),
    ("statement", "a\x00"),
    ("valid_days", 0),
    ("valid_days", HUGE),
    ("evidence_sha256", "xyz"),
]


@pytest.fixture
def order(market, asked):
    """The address of an open order of the provider."""
    code = market.enterprise.do("/demands", asked)["code"]
    market.enterprise.do(f"/demands/{code}/submit")
    return f"/orders/{market.provider.read('/orders')['results'][0]['code']}"


def test_a_spoilt_finding_is_named(market, order):
    finding = {
        "value": "80",
        "scale": "0-100",
        "confidence_bps": 9_000,
        "statement": "Checked.",
        "valid_days": 90,
        "evidence_sha256": "",
    }
    for path, value in SPOILT_FINDINGS:
        answer = market.provider.post(f"{order}/attest", spoil(finding, path, value))
        assert fields(answer) & {path, "value"}, (path, value)
    assert market.provider.read(order)["state"] == "requested"


FORGED = ["", "a.b", "a.b.c", "é.é.é", "x" * 20_000, "e30.e30.AAAA"]


def test_a_forged_attestation_is_refused(market, order):
    for jws in FORGED:
        answer = market.provider.post(f"{order}/deliver", {"jws": jws})
        assert answer.status_code in {409, 422}, jws
    assert market.provider.read(order)["state"] == "requested"


SPOILT_APPLICATIONS = [
    ("founded_date", "9999-12-31"),
    ("founded_date", "1899-01-01"),
    ("founded_date", "2020-02-30"),
    ("founded_date", 1_700_000_000),
    ("employees", -1),
    ("employees", HUGE),
    ("legal_name", "A\x00B"),
    ("legal_name", ""),
    ("country", "XX"),
    ("registration_scheme", "passport"),
    ("registration_number", "12"),
    ("bank_bic", "not-a-bic"),
    ("kind", "pirate"),
]


def test_a_spoilt_application_is_named(market):
    application = {
        "kind": "enterprise",
        "legal_name": "Ovens and Sons",
        "country": "US",
        "registration_scheme": "ein",
        "registration_number": "91-1144442",
    }
    for name, value in SPOILT_APPLICATIONS:
        answer = market.operator.post("/parties", application | {name: value})
        assert name in fields(answer), (name, value)
    market.operator.do("/parties", application)
