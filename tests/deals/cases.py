"""Parties and demands for tests, made through the public services."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from longtail.deals import queries, services
from longtail.deals.rules import Ask
from longtail.evidence import queries as evidence_queries
from longtail.evidence import services as evidence
from longtail.kernels.credit.points import (
    CategoricalAttribute,
    NumericAttribute,
    Scorecard,
)
from longtail.parties import services as parties
from longtail.parties.rules import Application, Kind, Role
from longtail.terms.primitives import Evidence
from longtail.underwriting import services as underwriting
from longtail.values.money import Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USE = "Two looms and their installation in the second hall."
FACTS = {
    "is_urban": "urban",
    "is_franchise": False,
    "is_revolving": False,
    "is_low_doc": False,
    "is_new_business": False,
    "jobs_created": 2,
    "jobs_retained": 12,
}
numbers = count(1)


def days(number):
    return NOW + timedelta(days=number)


def party(kind, *, name="", person="", **changes):
    """Return an admitted party, with one of its people if named."""
    number = next(numbers)
    application = Application(
        **{
            "kind": Kind(kind),
            "legal_name": name or f"{kind.capitalize()} {number}",
            "country": "US",
            "region": "VT",
            "city": "Barre",
            "registration_scheme": "internal",
            "registration_number": f"T-{number}",
            "sector": "31",
            "employees": 14,
            "founded_date": date(2009, 4, 1),
            "bank_account": "000123456789",
            "bank_bic": "SMBKUS33",
        }
        | changes
    )
    made = parties.apply(application=application, at=NOW)
    parties.review(code=made.code, by="olivia", at=NOW)
    made = parties.admit(
        code=made.code,
        proposed_by="olivia",
        decided_by="oscar",
        reason="Register entry and owners checked.",
        at=NOW,
    )
    if person:
        parties.register_person(
            username=person,
            full_name=person.title(),
            password=None,
            party_code=made.code,
            role=Role.CHECKER,
        )
    return made


def suspend(code):
    return parties.suspend(
        code=code, proposed_by="olivia", decided_by="oscar", reason="Under inquiry.", at=NOW
    )


def provider(*kinds):
    """Return an admitted provider that can deliver some kinds, all by default."""
    made = party("provider", person=f"provider.{next(numbers)}")
    equip(made, kinds or tuple(Evidence))
    return made


def equip(made, kinds):
    evidence.offer_capability(
        provider_code=made.code, kinds=tuple(kinds), fee_minor=150_00, sla_days=5
    )
    evidence.create_hosted_key(provider_code=made.code, at=NOW)


@dataclass(frozen=True)
class Scene:
    """An enterprise, its guarantor and a provider of everything else."""

    enterprise: object
    guarantor: object
    provider: object

    def ask(self, **changes):
        return Ask(
            **{
                "amount": Money(40_000_00, "USD"),
                "tenor_months": 36,
                "mode_code": "p2p-guaranteed",
                "purpose": "equipment",
                "use_of_funds": USE,
                "facts": FACTS,
                "guarantor_code": self.guarantor.code,
                "cover_bps": 7_500,
            }
            | changes
        )

    def draft(self, **changes):
        return services.draft(
            enterprise_code=self.enterprise.code,
            ask=self.ask(**changes),
            by="system",
            at=NOW,
        )

    def submitted(self, **changes):
        made = self.draft(**changes)
        return services.submit(demand_code=made.code, by="system", at=NOW)

    def answered(self, **changes):
        made = self.submitted(**changes)
        answer(made, at=NOW)
        return made

    def assessed(self, *, employees=14, **changes):
        """Return a demand the scorecard has judged: 14 approve, 7 refer, 2 decline."""
        facts = FACTS | {"employees": employees}
        made = self.answered(**{"facts": facts} | changes)
        return services.assess(demand_code=made.code, at=NOW)

    def accepted(self, **changes):
        made = self.assessed(**changes)
        return services.accept_offer(demand_code=made.code, by="system", at=NOW)

    def reported(self, *events, **changes):
        made = self.accepted(**changes)
        for event in events:
            if event == "draw_down":
                services.sign_agreement(
                    demand_code=made.code, drawdown_date=NOW.date(), at=NOW
                )
            made = services.record(demand_code=made.code, event=event, by="system", at=NOW)
        return made


def scene():
    """Return a fresh scene; ``ann`` acts for it, ``olivia`` and ``oscar`` decide."""
    operator = party("operator", person="olivia")
    parties.register_person(
        username="oscar",
        full_name="Oscar",
        password=None,
        party_code=operator.code,
        role=Role.CHECKER,
    )
    guarantor = party("guarantor")
    equip(guarantor, (Evidence.GUARANTEE_UNDERTAKING,))
    others = [kind for kind in Evidence if kind is not Evidence.GUARANTEE_UNDERTAKING]
    return Scene(party("enterprise", person="ann"), guarantor, provider(*others))


def answer(demand, *, at, value="70", valid_days=90):
    """Deliver every open order of a demand's current version."""
    demand = queries.demand(demand.code)
    asked = demand.current.amount_minor // 100 + 1
    for order in evidence_queries.orders_for(queries.matter(demand)):
        if order.state not in ("requested", "accepted"):
            continue
        yes_no = order.kind == Evidence.REGISTRATION
        money = order.kind == Evidence.GUARANTEE_UNDERTAKING
        evidence.attest(
            order_code=order.code,
            value="1" if yes_no else str(asked) if money else value,
            scale="yes-no" if yes_no else "USD" if money else "0-100",
            confidence_bps=9_000,
            statement="As found in the files that were shown.",
            valid_days=valid_days,
            by="system",
            at=at,
        )


def snapshot(code):
    """Everything a refusal must leave as it was."""
    demand = queries.demand(code)
    return (
        demand.state,
        demand.version_number,
        demand.current_id,
        demand.current_offer_id,
        demand.assessment_code,
        demand.grade,
        demand.expires_at,
        [(t.event, t.to_state) for t in queries.transitions(code) if t.is_taken],
        list(queries.offers(code).values_list("id", "withdrawn_at", "accepted_at")),
        sorted(
            (o.code, o.state) for o in evidence_queries.orders_for(queries.matter(demand))
        ),
    )


# Fourteen employees make grade AAA, seven must be referred, two are declined.
SCORECARD = Scorecard(
    attributes=(
        NumericAttribute(
            name="employees", edges=(5, 10), points=(-80, -37, 40), missing_points=-37
        ),
        *(
            CategoricalAttribute(
                name=name, levels=levels, points=(0,) * len(levels), missing_points=0
            )
            for name, levels in (
                ("is_urban", ("urban", "rural")),
                ("sector", ("31", "72")),
                ("state", ("VT", "CA")),
            )
        ),
    ),
    base_points=600,
    anchor_score=600,
    anchor_odds=30.0,
    pdo=20,
)


def install_model():
    return underwriting.install_model(scorecard=SCORECARD, metrics={}, at=NOW)
