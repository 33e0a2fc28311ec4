"""Demands as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from longtail.deals.lifecycle import State
from longtail.deals.queries import Criteria, Sort
from longtail.deals.rules import MAX_TENOR_MONTHS, PURPOSES, Ask
from longtail.interfaces.api.schemas.types import (
    AmountIn,
    AmountOut,
    Bps,
    Currency,
    Flag,
    Page,
    Paging,
    PartyRef,
    Strict,
    code,
    line,
    one_of,
    prose,
    whole,
)
from longtail.terms.catalogue import LATEST
from longtail.values.money import MAX_MINOR

ModeCode = one_of(LATEST)
StateName = one_of(State)
Headcount = whole(least=0, most=1_000_000)


class FactsIn(Strict):
    """Facts of the enterprise that the assessment reads; what is missing refers."""

    sector: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")] | None = None
    employees: Headcount | None = None
    is_new_business: Flag | None = None
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    is_urban: one_of(("urban", "rural", "unknown")) | None = None
    is_franchise: Flag | None = None
    is_revolving: Flag | None = None
    is_low_doc: Flag | None = None
    jobs_created: Headcount | None = None
    jobs_retained: Headcount | None = None


class DemandIn(Strict):
    """What an enterprise asks for."""

    amount: AmountIn
    tenor_months: whole(least=1, most=MAX_TENOR_MONTHS)
    mode_code: ModeCode
    purpose: one_of(PURPOSES)
    use_of_funds: prose(most=4_000)
    innovation: prose(most=4_000) = ""
    facts: FactsIn = Field(default_factory=FactsIn)
    guarantor_code: code("GUA") | None = None
    cover_bps: Bps = 0

    @property
    def ask(self) -> Ask:
        """The ask as the room of deals takes it."""
        return Ask(
            amount=self.amount.money,
            tenor_months=self.tenor_months,
            mode_code=self.mode_code,
            purpose=self.purpose,
            use_of_funds=self.use_of_funds,
            innovation=self.innovation,
            facts=self.facts.model_dump(exclude_none=True),
            guarantor_code=self.guarantor_code,
            cover_bps=self.cover_bps,
        )


class WithdrawIn(Strict):
    """Why a demand is taken back."""

    reason: prose(most=1_000) = ""


class OfferOut(Schema):
    """The terms offered on a demand."""

    amount: AmountOut
    rate_bps: int
    apr_bps: int
    n_periods: int
    grade: str
    made_at: datetime
    expires_at: datetime
    accepted_at: datetime | None

    @classmethod
    def of(cls, offer: Any) -> OfferOut:
        """Return an offer as the API shows it."""
        return cls(
            amount=AmountOut.of(offer.amount_minor, offer.currency),
            rate_bps=offer.rate_bps,
            apr_bps=offer.apr_bps,
            n_periods=offer.n_periods,
            grade=offer.grade,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            accepted_at=offer.accepted_at,
        )


class DemandOut(Schema):
    """A demand as it stands."""

    code: str
    state: str
    version: int
    enterprise: PartyRef
    amount: AmountOut
    tenor_months: int
    mode_code: str
    purpose: str
    use_of_funds: str
    innovation: str
    guarantor: PartyRef | None
    cover_bps: int
    completeness_bps: int
    grade: str
    offer: OfferOut | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, demand: Any, *, sees_money: bool = True) -> DemandOut:
        """Return a demand as the API shows it.

        Args:
            demand: With its enterprise, current version and open offer.
            sees_money: Whether the reader sees grade and offer.
        """
        version, offer = demand.current, demand.current_offer
        return cls(
            code=demand.code,
            state=demand.state,
            version=version.number,
            enterprise=PartyRef.of(demand.enterprise),
            amount=AmountOut.of(version.amount_minor, version.currency),
            tenor_months=version.tenor_months,
            mode_code=version.mode_code,
            purpose=version.purpose,
            use_of_funds=version.use_of_funds,
            innovation=version.innovation,
            guarantor=PartyRef.of(version.guarantor) if version.guarantor else None,
            cover_bps=version.cover_bps,
            completeness_bps=version.completeness_bps,
            grade=demand.grade if sees_money else "",
            offer=OfferOut.of(offer) if offer and sees_money else None,
            expires_at=demand.expires_at,
            created_at=demand.created_at,
            updated_at=demand.updated_at,
        )


class DemandPage(Page):
    """A page of demands."""

    results: list[DemandOut]


class DemandFilters(Paging):
    """Which demands, in which order."""

    state: list[StateName] = Field(default=[], max_length=20)
    mode_code: list[ModeCode] = Field(default=[], max_length=20)
    sector: list[Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]] = Field(
        default=[], max_length=30
    )
    region: list[line(most=64)] = Field(default=[], max_length=60)
    grade: list[line(most=4)] = Field(default=[], max_length=10)
    currency: Currency | None = None
    min_amount_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)] | None = None
    max_amount_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)] | None = None
    text: line(least=0, most=100) = ""
    sort: one_of(Sort) = "newest"

    def criteria(self, **narrowed: Any) -> Criteria:
        """Return the filters as the room of deals takes them.

        Args:
            **narrowed: Criteria that the reader's rights set.
        """
        chosen: dict[str, Any] = {
            "states": self.state,
            "sectors": self.sector,
            "regions": self.region,
            "grades": self.grade,
            "modes": self.mode_code,
            "currency": self.currency or "",
            "min_amount_minor": self.min_amount_minor,
            "max_amount_minor": self.max_amount_minor,
            "text": self.text,
        }
        return Criteria(**chosen | narrowed)


class StepOut(Schema):
    """One of the seven steps."""

    number: int
    title: str
    state: str
    at: datetime | None
    detail: str

    @classmethod
    def of(cls, step: Any) -> StepOut:
        """Return a step as the API shows it."""
        return cls(**{name: getattr(step, name) for name in cls.model_fields})


class TimelineOut(Schema):
    """A demand's way through the seven steps."""

    steps: list[StepOut]


class ReasonOut(Schema):
    """One reason of an assessment."""

    code: str
    text: str


class AssessmentOut(Schema):
    """What the policy decided on a demand, and why."""

    code: str
    outcome: str
    grade: str
    pd_ppm: int | None
    limit_minor: int | None
    rate_bps: int | None
    reasons: list[ReasonOut]
    model_hash: str
    policy_version: str
    made_at: datetime

    @classmethod
    def of(cls, made: Any) -> AssessmentOut:
        """Return an assessment as the API shows it."""
        names = set(cls.model_fields) - {"reasons", "grade"}
        return cls(
            grade=made.grade or "",
            reasons=[
                ReasonOut(code=str(r.get("code", "")), text=r["text"]) for r in made.reasons
            ],
            **{name: getattr(made, name) for name in names},
        )
