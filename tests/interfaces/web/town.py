"""A small town to look at: parties with real-sounding names, people, money, demands.

Everything is made through the rooms' public services, as the platform would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.deals.rules import Ask
from longtail.evidence import queries as evidence
from longtail.evidence import services as evidence_services
from longtail.funding import services as funding
from longtail.kernels.credit.points import NumericAttribute, Scorecard
from longtail.ledger import chart, posting
from longtail.ledger.custodian import courier, reconcile
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as desk
from longtail.ledger.custodian.sandbox import services as bank
from longtail.market import services as market
from longtail.market.rules import Mandate
from longtail.parties import services as parties
from longtail.parties.rules import Application, Kind, Role
from longtail.servicing import eod
from longtail.servicing import services as servicing
from longtail.terms.primitives import Evidence
from longtail.underwriting import services as underwriting
from longtail.values.money import Money

TODAY = date(2026, 3, 2)
PASSWORD = "correct horse battery"
# Ten employees and more are approved, five to nine referred, fewer declined.
SCORECARD = Scorecard(
    attributes=(
        NumericAttribute(
            name="employees", edges=(5, 10), points=(-80, -37, 40), missing_points=-37
        ),
    ),
    base_points=600,
    anchor_score=600,
    anchor_odds=30.0,
    pdo=20,
)
USE = "A second deck oven and a proofing room, so that we can bake for three more shops."
FACTS = {
    "is_urban": "urban",
    "is_franchise": False,
    "is_revolving": False,
    "is_low_doc": False,
    "is_new_business": False,
}


def at(day: date = TODAY, hour: int = 9) -> datetime:
    """Return an hour of a business day."""
    return datetime.combine(day, time(hour), UTC)


def usd(major: int) -> Money:
    """Return dollars."""
    return Money(major * 100, "USD")


@dataclass
class Town:
    """The parties by the short name that their people's usernames begin with."""

    parties: dict[str, Any] = field(default_factory=dict)

    def add(self, kind: Kind, short: str, name: str, *people: str, **changes: Any) -> Any:
        """Admit a party and register its people, ``<short>.<person>``."""
        number = len(self.parties) + 1
        is_firm = kind == Kind.ENTERPRISE
        application = Application(
            **{
                "kind": kind,
                "legal_name": name,
                "country": "US",
                "region": "VT",
                "city": "Barre",
                "registration_scheme": "internal",
                "registration_number": f"TOWN-{number}",
                "sector": "72" if is_firm else "",
                "employees": 14 if is_firm else None,
                "founded_date": date(2009, 4, 1) if is_firm else None,
                "bank_account": f"0000{number:08}",
                "bank_bic": "SMBKUS33",
            }
            | changes
        )
        made = parties.apply(application=application, at=at())
        parties.review(code=made.code, by="ops.ann", at=at())
        made = parties.admit(
            code=made.code,
            proposed_by="ops.ann",
            decided_by="ops.bob",
            reason="Register entry and owners checked.",
            at=at(),
        )
        self.parties[short] = made
        for person in people:
            self.register(short, person)
        return made

    def register(self, short: str, person: str) -> None:
        """Give a party one more person, who may prepare and approve."""
        username = f"{short}.{person}"
        parties.register_person(
            username=username,
            full_name=f"{person.title()} {short.title()}",
            # Hashing is slow by design; one password is enough to test with.
            password=PASSWORD if username == "ops.bob" else None,
            party_code=self.parties[short].code,
            role=Role.MAKER,
        )
        parties.grant_role(
            username=username, party_code=self.parties[short].code, role=Role.CHECKER
        )

    def code(self, short: str) -> str:
        """Return a party's code."""
        return str(self.parties[short].code)

    def can_attest(self, short: str, *kinds: Evidence) -> None:
        """Let a party attest some kinds."""
        evidence_services.offer_capability(
            provider_code=self.code(short),
            kinds=kinds,
            fee_minor=150_00,
            sla_days=5,
            liability_cap_minor=50_000_00,
        )
        evidence_services.create_hosted_key(provider_code=self.code(short), at=at())

    def pay_in(self, short: str, amount: Money) -> None:
        """Open a party's wallet and fill it through the bank."""
        account = chart.wallet(self.code(short), amount.currency)
        posting.open_account(account)
        bank.pay_in(
            reference=desk.assign_reference(account_code=account.code),
            amount=amount,
            remitter=self.parties[short].legal_name,
            value_date=TODAY,
            at=at(),
        )
        courier.exchange(at=at())

    def mandate(self, short: str, **limits: Any) -> None:
        """Set a funder's mandate."""
        market.set_mandate(
            funder_code=self.code(short),
            mandate=Mandate(
                currency="USD", min_amount_minor=1_000_00, max_amount_minor=10**11, **limits
            ),
            by=f"{short}.mia",
            at=at(),
        )

    def drafted(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a new draft."""
        employees = changes.pop("employees", 14)
        ask = Ask(
            **{
                "amount": usd(40_000),
                "tenor_months": 24,
                "mode_code": "p2p-guaranteed",
                "purpose": "equipment",
                "use_of_funds": USE,
                "facts": FACTS | {"employees": employees},
                "guarantor_code": self.code("guild"),
                "cover_bps": 5_000,
            }
            | changes
        )
        made = deal_services.draft(
            enterprise_code=self.code(short), ask=ask, by=f"{short}.eve", at=at()
        )
        return str(made.code)

    def published(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a demand that waits for its attestations."""
        code = self.drafted(short, **changes)
        deal_services.submit(demand_code=code, by=f"{short}.eve", at=at())
        return code

    def assessed(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a demand that the policy has decided."""
        code = self.published(short, **changes)
        answer(code)
        deal_services.assess(demand_code=code, at=at())
        return code

    def listed(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a demand with an open book."""
        code = self.assessed(short, **changes)
        deal_services.accept_offer(demand_code=code, by=f"{short}.eve", at=at())
        funding.progress(demand_code=code, at=at())
        return code

    def funded(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a demand that two funders filled."""
        code = self.listed(short, **changes)
        amount = deals.demand(code).current.amount_minor
        for funder, minor in (("harbor", amount // 2), ("summit", amount - amount // 2)):
            self.commit(code, funder, minor)
        funding.progress(demand_code=code, at=at())
        return code

    def commit(self, code: str, funder: str, minor: int) -> Any:
        """Commit a funder's money."""
        return funding.commit(
            demand_code=code,
            funder_code=self.code(funder),
            amount=Money(minor, "USD"),
            key=f"town:{code}:{funder}",
            by=f"{funder}.mia",
            at=at(),
        )

    def repaying(self, short: str = "bakery", **changes: Any) -> str:
        """Return the code of a demand whose money was paid out."""
        code = self.funded(short, **changes)
        agreement = deals.agreement_of(code)
        payment = servicing.prepare_drawdown(
            agreement_code=agreement.code, by="ops.ann", at=at()
        )
        desk.release_payment(code=payment.code, by="ops.bob", at=at())
        courier.exchange(at=at())
        servicing.confirm_drawdowns(at=at())
        return code


def answer(code: str, *, when: datetime | None = None) -> None:
    """Deliver every open order of a demand's current version."""
    demand = deals.demand(code)
    for order in evidence.orders_for(deals.matter(demand)):
        if order.state not in ("requested", "accepted"):
            continue
        is_confirmation = order.kind == Evidence.REGISTRATION
        is_amount = order.kind == Evidence.GUARANTEE_UNDERTAKING
        evidence_services.attest(
            order_code=order.code,
            value="1" if is_confirmation else "20000" if is_amount else "74",
            scale="yes-no" if is_confirmation else "USD" if is_amount else "0-100",
            confidence_bps=9_500,
            statement="We examined the documents shown and found them in order.",
            valid_days=180,
            by="system",
            at=when or at(),
        )


def found() -> Town:
    """Build the town: seven kinds of parties, wallets, mandates and a scorecard."""
    town = Town()
    eod.end_of_day(to=TODAY, at=at(hour=1))
    town.add(Kind.OPERATOR, "ops", "Longtail Operations Inc.", "ann", "bob")
    town.add(Kind.REGULATOR, "watch", "State Financial Supervisor", "rae")
    town.add(Kind.CUSTODIAN, "vault", "Granite Trust Bank", "cleo")
    town.add(Kind.ENTERPRISE, "bakery", "Blue Ridge Bakery LLC", "eve")
    town.add(Kind.ENTERPRISE, "mill", "Green Mountain Woodworks Inc.", "eve", sector="32")
    town.add(Kind.FUNDER, "harbor", "First Harbor Community Bank", "mia")
    town.add(Kind.FUNDER, "summit", "Summit Savings Cooperative", "mia")
    town.add(Kind.GUARANTOR, "guild", "Northern Guarantee Fund", "gus")
    town.add(Kind.PROVIDER, "rating", "Kestrel Credit Reports", "pat")
    town.add(Kind.PROVIDER, "audit", "Ledgerwell Auditors LLP", "pat")
    town.can_attest("guild", Evidence.GUARANTEE_UNDERTAKING)
    town.can_attest("rating", Evidence.REGISTRATION, Evidence.CREDIT_REPORT)
    town.can_attest(
        "audit",
        Evidence.BANK_STATEMENTS,
        Evidence.TAX_FILINGS,
        Evidence.BUSINESS_PLAN,
        Evidence.IP_VALUATION,
        Evidence.ASSET_VALUATION,
        Evidence.INSURANCE,
    )
    for funder, major in (("harbor", 500_000), ("summit", 300_000)):
        town.pay_in(funder, usd(major))
        town.mandate(funder)
    town.pay_in("guild", usd(100_000))
    underwriting.install_model(scorecard=SCORECARD, metrics={}, at=at() - timedelta(days=1))
    return town


def reconciled() -> None:
    """Compare ledger, bank and claims for today."""
    reconcile.reconcile(on=TODAY, currency="USD", at=at())


def repay(code: str, minor: int, *, day: date) -> None:
    """Pay into a loan's collection account through the bank."""
    agreement = deals.agreement_of(code)
    account = chart.collection(agreement.code, agreement.currency).code
    bank.pay_in(
        reference=custodian.reference_of(account) or "",
        amount=Money(minor, agreement.currency),
        remitter=agreement.enterprise.legal_name,
        value_date=day,
        at=at(day),
    )
    courier.exchange(at=at(day))
    servicing.take_receipts(at=at(day))
