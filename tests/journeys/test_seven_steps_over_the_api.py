"""One demand through all seven steps over HTTP alone, to the last cent repaid.

Outside the API happens only what is outside the platform: the parties' admission, money
that payers send through their own banks, and the jobs that a worker runs each minute and
each night.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from joserfc.jwk import OKPKey

from longtail.evidence import verify
from longtail.interfaces import clock
from longtail.interfaces.jobs import tasks
from longtail.ledger import queries as ledger
from longtail.ledger.custodian.sandbox import services as bank
from longtail.parties.rules import Kind, Role
from longtail.servicing import queries as servicing
from longtail.underwriting import services as underwriting
from longtail.values.money import Money
from tests.deals.cases import SCORECARD
from tests.funding import world
from tests.interfaces.api.caller import Caller, problem

MONDAY = date(2026, 1, 5)
DEMAND = {
    "amount": {"value": "10000.00", "currency": "USD"},
    "tenor_months": 6,
    "mode_code": "p2p-unsecured",
    "purpose": "equipment",
    "use_of_funds": "A second oven for the bakery in Main Street.",
    "facts": {
        "employees": 14,
        "sector": "31",
        "state": "VT",
        "is_urban": "urban",
        "is_new_business": False,
        "is_revolving": False,
        "is_low_doc": False,
    },
}
MANDATE = {
    "currency": "USD",
    "min_amount_minor": 100_00,
    "max_amount_minor": 50_000_00,
    "sizes": ["micro", "small"],
    "grades": ["AAA", "AA", "A"],
    "max_tenor_months": 24,
}
FINDING = {
    "value": "80",
    "scale": "0-100",
    "confidence_bps": 9_000,
    "statement": "Checked against the documents shown.",
    "valid_days": 365,
}


@pytest.fixture
def town(db, monkeypatch, settings):  # noqa: ARG001
    """Admitted parties, each with a machine client, on a Monday morning."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    seconds = count()

    def now():
        day = servicing.processing_date() or MONDAY
        start = datetime.combine(day, time(9), world.AT.tzinfo)
        return start + timedelta(seconds=next(seconds))

    monkeypatch.setattr(clock, "now", now)
    underwriting.install_model(scorecard=SCORECARD, metrics={}, at=world.AT - world.DAY)
    operator, provider = world.admitted(Kind.OPERATOR), world.provider()
    return SimpleNamespace(
        enterprise=Caller(world.admitted(Kind.ENTERPRISE)),
        provider=Caller(provider),
        first=Caller(world.admitted(Kind.FUNDER)),
        second=Caller(world.admitted(Kind.FUNDER)),
        operator=Caller(operator),
        checker=Caller(operator, role=Role.CHECKER),
        regulator=Caller(world.admitted(Kind.REGULATOR)),
    )


def open_day(day):
    """Let the worker close the days before ``day``."""
    tasks.exchange()
    tasks.end_of_day(to=day.isoformat())
    tasks.exchange()
    tasks.progress()


def pay(reference, minor, *, payer):
    """Let somebody pay into the trust account from a bank of their own."""
    bank.pay_in(
        reference=reference,
        amount=Money(minor, "USD"),
        remitter=payer,
        value_date=servicing.processing_date(),
        at=clock.now(),
    )
    tasks.exchange()


def step_states(caller, demand):
    steps = caller.read(f"/demands/{demand}/timeline")["steps"]
    return [step["state"] for step in steps]


def publish(town):
    code = town.enterprise.do("/demands", DEMAND)["code"]
    published = town.enterprise.do(f"/demands/{code}/submit")
    assert published["state"] == "attesting"
    return code


def answer(town):
    """Attest every order: one with a key of the provider's own, others with the hosted."""
    key = OKPKey.generate_key("Ed25519")
    public = {name: key.as_dict(private=False)[name] for name in ("kty", "crv", "x")}
    kid = town.provider.do("/keys", public)["kid"]
    first, *others = town.provider.read("/orders")["results"]
    town.provider.do(f"/orders/{first['code']}/accept")
    signed = sign(first, key, kid)
    tampered = signed[:-6] + ("AAAAAA" if signed[-6:] != "AAAAAA" else "BBBBBB")
    problem(town.provider.post(f"/orders/{first['code']}/deliver", {"jws": tampered}), 409)
    town.provider.do(f"/orders/{first['code']}/deliver", {"jws": signed})
    for order in others:
        town.provider.do(f"/orders/{order['code']}/attest", FINDING)
    assert town.provider.read("/orders")["results"] == []
    return 1 + len(others)


def sign(order, key, kid):
    at = int(clock.now().timestamp())
    claims = verify.Claims(
        iss=order["provider"]["code"],
        sub=order["subject"]["code"],
        jti="own-1",
        order=order["code"],
        kind=order["kind"],
        value=FINDING["value"],
        scale=FINDING["scale"],
        confidence_bps=9_000,
        statement=FINDING["statement"],
        evidence_sha256="0" * 64,
        liability_cap_minor=0,
        currency="USD",
        iat=at,
        nbf=at,
        exp=at + 365 * 86_400,
    )
    return verify.sign(claims, kid=kid, private_jwk=dict(key.as_dict(private=True)))


def fund(town, demand):
    """Pay into two wallets and fill the book: the last is filled to the remainder."""
    for funder, minor in ((town.first, 6_000_00), (town.second, 5_000_00)):
        wallet = funder.do("/wallets", {"currency": "USD"})
        pay(wallet["reference"], minor, payer=funder.party.legal_name)
        (wallet,) = funder.read("/wallets")["results"]
        assert wallet["available"]["minor"] == minor
    book = f"/demands/{demand}/commitments"
    town.first.do(book, {"amount": {"value": "6000.00", "currency": "USD"}})
    too_much = {"amount": {"value": "5000.00", "currency": "USD"}}
    refused = problem(town.second.post(book, too_much), 409)
    assert "USD 4,000.00 that is left" in refused["detail"]
    last = town.second.do(book, too_much | {"accepts_part": True})
    assert last["amount"]["value"] == "4000.00"
    assert town.second.read(f"/demands/{demand}/book")["remainder"]["minor"] == 0
    tasks.progress()
    assert town.enterprise.read(f"/demands/{demand}")["state"] == "funded"


def pay_out(town, agreement):
    """Prepare the drawdown as one person, release it as another, wait for the bank."""
    payment = town.operator.do(f"/agreements/{agreement['code']}/drawdown")
    release = f"/instructions/{payment['code']}/release"
    problem(town.operator.post(release), 403)
    town.checker.do(release)
    open_day(date.fromisoformat(agreement["drawdown_date"]))
    settled = town.regulator.read(f"/instructions/{payment['code']}")
    assert settled["state"] == "settled"
    assert settled["amount"]["value"] == "10000.00"


def repay(town, agreement):
    path = f"/agreements/{agreement['code']}"
    reference = town.enterprise.read(path)["payment_reference"]
    assert town.first.read(path)["payment_reference"] == ""
    for row in town.enterprise.read(f"{path}/schedule")["rows"]:
        open_day(date.fromisoformat(row["due_date"]))
        due = row["principal"]["minor"] + row["interest"]["minor"]
        pay(reference, due, payer="The bakery")
    done = town.enterprise.read(f"{path}/schedule")
    assert {row["kind"] for row in done["rows"]} == {"paid"}
    assert done["outstanding"]["minor"] == 0
    return sum(row["interest"]["minor"] for row in done["rows"])


def require_returns(town, interest):
    """Every cent came back: principal to each, the interest shared, nothing left over."""
    earned = 0
    for funder, paid_in, part in (
        (town.first, 6_000_00, 6_000_00),
        (town.second, 5_000_00, 4_000_00),
    ):
        flows = funder.read("/cash-flows")["results"]
        assert min(flow["amount"]["minor"] for flow in flows) == -part
        gain = sum(flow["amount"]["minor"] for flow in flows)
        (wallet,) = funder.read("/wallets")["results"]
        assert wallet["available"]["minor"] == wallet["posted"]["minor"] == paid_in + gain
        assert 0 < float(funder.read("/portfolio")["annual_return"]) < 0.3
        earned += gain
    assert earned == interest


def test_a_demand_goes_through_the_seven_steps_over_the_api(town):
    open_day(MONDAY)
    for funder in (town.first, town.second):
        funder.do("/mandate", MANDATE)

    demand = publish(town)
    assert answer(town) >= 2
    tasks.progress()
    offered = town.enterprise.read(f"/demands/{demand}")
    assert (offered["state"], offered["grade"]) == ("offered", "AAA")
    assert town.enterprise.read(f"/demands/{demand}/assessment")["outcome"] == "approve"
    assert step_states(town.enterprise, demand)[:4] == ["done", "done", "done", "current"]

    town.enterprise.do(f"/demands/{demand}/accept-offer")
    tasks.progress()
    (found,) = town.first.read("/opportunities")["results"]
    assert found["demand"]["code"] == demand
    assert any("grade" in reason["criterion"] for reason in found["reasons"])
    assert town.second.read(f"/opportunities/{demand}")["fits"] is True

    fund(town, demand)
    (agreement,) = town.enterprise.read("/agreements")["results"]
    held = [f.read("/holdings")["results"][0] for f in (town.first, town.second)]
    assert [h["principal"]["value"] for h in held] == ["6000.00", "4000.00"]

    pay_out(town, agreement)
    (agreement,) = town.enterprise.read("/agreements")["results"]
    assert agreement["standing"]["status"] == "active"
    interest = repay(town, agreement)

    require_returns(town, interest)
    assert town.enterprise.read(f"/demands/{demand}")["state"] == "repaid"
    assert step_states(town.regulator, demand) == ["done"] * 7
    open_day(servicing.processing_date() + timedelta(days=1))
    (compared,) = town.regulator.read("/reconciliations")["results"]
    assert compared["is_balanced"] is True
    assert compared["breaks"] == []
    assert compared["ledger"] == compared["custodian"] == compared["claims"]
    assert ledger.is_sound() == []
