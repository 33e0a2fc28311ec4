"""Funded agreements to service, with real money at the sandbox custodian.

What the rooms below would have left behind is written directly; everything that
servicing does goes through its services, the ledger and the bank.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from longtail.deals import models as deals
from longtail.funding import models as funding
from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as desk
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.rules import PayIn
from longtail.parties import models as parties
from longtail.servicing import models, services
from longtail.terms.resolve import freeze
from longtail.values.codes import mint
from longtail.values.money import Money
from tests.servicing import scenarios

_numbers = count(1)
START = date(2024, 1, 31)


def at(day, hour=9):
    return datetime.combine(day, time(hour), UTC)


def usd(minor):
    return Money(minor, "USD")


def party(kind, *, bank_account="DE89370400440532013000"):
    n = next(_numbers)
    return parties.Party.objects.create(
        code=mint(kind[:3].upper()),
        kind=kind,
        standing="admitted",
        legal_name=f"{kind.capitalize()} {n}",
        country="US",
        registration_scheme="internal",
        registration_number=f"{kind}-{n}",
        bank_account=bank_account,
        applied_at=at(START),
    )


def with_wallet(kind, minor=0, *, day=START):
    """Return a party with money in its wallet, paid in through the bank."""
    made = party(kind)
    account = chart.wallet(made.code, "USD")
    posting.open_account(account)
    if minor:
        pay_in(account.code, minor, day=day)
    return made


def pay_in(account_code, minor, *, day):
    reference = desk.assign_reference(account_code=account_code)
    bank.pay_in(
        reference=reference,
        amount=usd(minor),
        remitter="Outside payer",
        value_date=day,
        at=at(day),
    )
    courier.exchange(at=at(day))


def funded(
    *,
    parts=(60_000, 40_000),
    n_periods=6,
    cover_bps=0,
    guarantor=None,
    amortization=Amortization.LEVEL,
    rate_bps=1200,
    start=START,
    enterprise=None,
    funders=None,
):
    """Return a signed agreement whose book holds the principal."""
    enterprise = enterprise or party("enterprise")
    funders = funders or [with_wallet("funder", part, day=start) for part in parts]
    principal = sum(parts)
    terms = scenarios.terms(
        principal=principal,
        rate_bps=rate_bps,
        n_periods=n_periods,
        amortization=amortization,
        day_count=DayCount.THIRTY_360,
        cover_bps=cover_bps or 1,
        start=start,
    )
    frozen = freeze(terms) | {
        "cover_bps": cover_bps,
        "guarantor_code": guarantor.code if guarantor else None,
    }
    demand = deals.Demand.objects.create(
        code=mint("DEM"),
        enterprise=enterprise,
        state="funded",
        fingerprint=mint("F"),
        created_at=at(start),
        updated_at=at(start),
    )
    agreement = deals.Agreement.objects.create(
        code=mint("AGR"),
        demand=demand,
        enterprise=enterprise,
        guarantor=guarantor,
        cover_bps=cover_bps,
        mode_code=terms.mode_code,
        mode_version=1,
        regime_code=terms.regime_code,
        grade="BBB",
        principal_minor=principal,
        currency="USD",
        rate_bps=rate_bps,
        apr_bps=terms.apr_bps,
        drawdown_date=start,
        maturity_date=terms.maturity_date,
        terms=frozen,
        signed_at=at(start),
    )
    book = chart.book(demand.code, "USD")
    posting.open_account(book)
    moves = tuple(
        posting.Move(
            debit=chart.wallet(f.code, "USD").code, credit=book.code, amount=usd(part)
        )
        for f, part in zip(funders, parts, strict=True)
    )
    posting.post(
        posting.Entry(
            key=f"fill:{demand.code}", kind="fill", effective_at=at(start), moves=moves
        )
    )
    funding.Holding.objects.bulk_create(
        funding.Holding(
            agreement=agreement,
            funder=f,
            principal_minor=part,
            currency="USD",
            at=at(start),
        )
        for f, part in zip(funders, parts, strict=True)
    )
    return agreement


def drawn(**options):
    """Return an active agreement."""
    agreement = funded(**options)
    draw_down(agreement)
    return agreement


def draw_down(*agreements):
    day = agreements[0].drawdown_date
    for agreement in agreements:
        instruction = services.prepare_drawdown(
            agreement_code=agreement.code, by="maker", at=at(day)
        )
        desk.release_payment(code=instruction.code, by="checker", at=at(day))
    courier.exchange(at=at(day))
    assert services.confirm_drawdowns(at=at(day)) == len(agreements)


def pay(agreement, minor, day, *, arrives=None):
    """Let the enterprise pay, and take what arrives into service."""
    pay_many([(agreement, minor, day)], arrives=arrives or day)


def pay_many(payments, *, arrives):
    """Let several enterprises pay, and take what arrives into service."""
    send(payments, arrives=arrives)
    assert services.take_receipts(at=at(arrives)) == len(payments)


def send(payments, *, arrives):
    """Let enterprises pay; the payments stop on the collection accounts."""
    bank.pay_in_many(
        [
            PayIn(
                reference=desk.assign_reference(account_code=collection(agreement)),
                amount=usd(minor),
                remitter="Enterprise",
                value_date=day,
                key="",
            )
            for agreement, minor, day in payments
        ],
        at=at(arrives),
    )
    courier.exchange(at=at(arrives))


def collection(agreement):
    return chart.collection(agreement.code, "USD").code


def balance(account_code):
    return ledger.balance(account_code).posted_minor


def wallet(party_code):
    return balance(chart.wallet(party_code, "USD").code)


def snapshot(agreement):
    return models.Snapshot.objects.get(agreement=agreement)


def holders(agreement):
    """Return the funders' codes in the order of their holdings."""
    rows = funding.Holding.objects.filter(agreement=agreement).order_by("id")
    return [row.funder.code for row in rows]


def instruction_of(agreement):
    return custodian.instruction(snapshot(agreement).instruction_code)


def days(n):
    return timedelta(days=n)
