"""A small market to fund in: admitted parties, money in wallets, a listed demand.

Everything but the credit decision goes through the rooms' public services.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.deals.rules import Ask
from longtail.evidence import queries as evidence
from longtail.evidence import services as evidence_services
from longtail.funding import services as funding
from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.market import services as market
from longtail.market.rules import Mandate
from longtail.parties import services as parties
from longtail.parties.rules import Application, Kind, Role
from longtail.terms.primitives import Evidence
from longtail.values.money import Money

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGET = 100_000
P2P, BANK = "p2p-unsecured", "bank-loan"
_numbers = count(1)


def usd(minor):
    return Money(minor, "USD")


def admitted(kind, *, number=""):
    """Return an admitted party with one person, named ``<code>-person``."""
    n = next(_numbers)
    party = parties.apply(
        application=Application(
            kind=kind,
            legal_name=f"{kind.capitalize()} {n}",
            country="US",
            region="OH",
            registration_scheme="internal",
            registration_number=number or f"{kind}-{n}",
            sector="72" if kind == Kind.ENTERPRISE else "",
            employees=12 if kind == Kind.ENTERPRISE else None,
            bank_account="12345678",
            bank_bic="DEMOUS33",
        ),
        at=AT,
    )
    parties.review(code=party.code, by="ops.one", at=AT)
    parties.admit(
        code=party.code,
        proposed_by="ops.one",
        decided_by="ops.two",
        reason="The file is complete.",
        at=AT,
    )
    parties.register_person(
        username=person(party),
        full_name=f"Person {n}",
        password=None,
        party_code=party.code,
        role=Role.MAKER,
    )
    party.refresh_from_db()
    return party


def person(party):
    return f"{party.code}-person"


def funder(*, wallet=0, cap_minor=None, mandate=True, **limits):
    """Return an admitted funder with a mandate and money in its wallet."""
    party = admitted(Kind.FUNDER)
    account = chart.wallet(party.code, "USD")
    posting.open_accounts((account, chart.custodian_cash("USD")))
    if wallet:
        pay_in(account.code, wallet)
    if mandate:
        market.set_mandate(
            funder_code=party.code,
            mandate=Mandate(
                currency="USD",
                min_amount_minor=limits.pop("min_amount_minor", 1),
                max_amount_minor=10**12,
                cap_minor=cap_minor,
                **limits,
            ),
            by=person(party),
            at=AT,
        )
    return party


def pay_in(account_code, minor):
    posting.post(
        posting.Entry(
            key=f"pay-in:{next(_numbers)}",
            kind="pay-in",
            effective_at=AT,
            moves=(
                posting.Move(
                    debit=chart.custodian_cash("USD").code,
                    credit=account_code,
                    amount=usd(minor),
                ),
            ),
        )
    )


def provider():
    party = admitted(Kind.PROVIDER)
    kinds = [k for k in Evidence if k != Evidence.GUARANTEE_UNDERTAKING]
    evidence_services.offer_capability(
        provider_code=party.code, kinds=kinds, fee_minor=0, sla_days=10
    )
    evidence_services.create_hosted_key(provider_code=party.code, at=AT)
    return party


def approve(*, application, at):  # noqa: ARG001
    """Stand in for the credit decision, which is another room's."""
    return SimpleNamespace(
        code=f"ASM-{next(_numbers)}",
        outcome="approve",
        pd_ppm=20_000,
        grade="BBB",
        limit_minor=application.amount_minor,
        rate_bps=900,
        reasons=[{"code": "ok", "text": "Low risk.", "points": 1}],
    )


def ask(minor=TARGET, *, mode=P2P, guarantor_code=None, **changes):
    fields = {
        "amount": usd(minor),
        "tenor_months": 12,
        "mode_code": mode,
        "purpose": "equipment",
        "use_of_funds": "A second oven for the bakery in Main Street.",
        "guarantor_code": guarantor_code,
        "cover_bps": 5_000 if guarantor_code else 0,
    }
    return Ask(**fields | changes)


def submitted(minor=TARGET, *, enterprise=None, mode=P2P, **changes):
    """Return the code of a demand that waits for its evidence."""
    enterprise = enterprise or admitted(Kind.ENTERPRISE)
    if mode == BANK:
        guarantor = admitted(Kind.GUARANTOR)
        evidence_services.create_hosted_key(provider_code=guarantor.code, at=AT)
        changes["guarantor_code"] = guarantor.code
    demand = deal_services.draft(
        enterprise_code=enterprise.code,
        ask=ask(minor, mode=mode, **changes),
        by=person(enterprise),
        at=AT,
    )
    deal_services.submit(demand_code=demand.code, by=person(enterprise), at=AT)
    return demand.code


def attest_all(demand_code, *, at=AT, valid_days=365):
    """Deliver whatever is outstanding for a demand's current version."""
    matter = deals.matter(deals.demand(demand_code))
    for order in evidence.orders_for(matter):
        if order.state in {"requested", "accepted"}:
            evidence_services.attest(
                order_code=order.code,
                value="80",
                scale="0-100",
                confidence_bps=9_000,
                statement="Checked against the documents shown.",
                valid_days=valid_days,
                by="system",
                at=at,
            )


def accepted(minor=TARGET, **options):
    """Return the code of a demand whose offer the enterprise accepted."""
    code = submitted(minor, **options)
    attest_all(code)
    deal_services.assess(demand_code=code, at=AT)
    demand = deals.demand(code)
    deal_services.accept_offer(demand_code=code, by=person(demand.enterprise), at=AT)
    return code


def listed(minor=TARGET, **options):
    code = accepted(minor, **options)
    funding.open_book(demand_code=code, at=AT)
    return code


def commit(code, party, minor, *, key=None, at=AT + HOUR, accepts_part=False):
    return funding.commit(
        demand_code=code,
        funder_code=party.code,
        amount=usd(minor),
        key=key or f"key-{next(_numbers)}",
        by=person(party),
        at=at,
        accepts_part=accepts_part,
    )


def revoke_one(demand_code, *, at):
    """Revoke one attestation behind a demand."""
    matter = deals.matter(deals.demand(demand_code))
    found = evidence.valid_attestations(matter=matter, at=at)[0]
    evidence_services.revoke(
        attestation_code=found.code,
        reason="The document was forged.",
        by="system",
        at=at,
    )
    return found


def wallet(party):
    return ledger.balance(chart.wallet(party.code, "USD").code)


def book_money(code):
    return ledger.balance(chart.book(code, "USD").code)


def state(code):
    return deals.demand(code).state
