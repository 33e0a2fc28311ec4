"""Mandates and opportunities as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from longtail.deals.queries import Criteria
from longtail.deals.rules import MAX_TENOR_MONTHS
from longtail.interfaces.api.schemas.demands import DemandOut, ModeCode
from longtail.interfaces.api.schemas.types import (
    Bps,
    Currency,
    Page,
    Paging,
    Strict,
    line,
    one_of,
    whole,
)
from longtail.market.queries import Sort
from longtail.market.rules import MAX_NAMES, Mandate
from longtail.parties.rules import SizeClass
from longtail.values.money import MAX_MINOR

SETS = ("sizes", "grades", "sectors", "regions", "modes")
Minor = whole(least=1, most=MAX_MINOR)
Months = whole(least=1, most=MAX_TENOR_MONTHS)
Sector = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]


class MandateIn(Strict):
    """What a funder is willing to fund; an empty list admits everything."""

    currency: Currency
    min_amount_minor: Minor
    max_amount_minor: Minor
    sizes: list[one_of(SizeClass)] = Field(default=[], max_length=4)
    grades: list[line(most=4)] = Field(default=[], max_length=MAX_NAMES)
    sectors: list[Sector] = Field(default=[], max_length=MAX_NAMES)
    regions: list[line(most=64)] = Field(default=[], max_length=MAX_NAMES)
    modes: list[ModeCode] = Field(default=[], max_length=MAX_NAMES)
    min_tenor_months: Months = 1
    max_tenor_months: Months = MAX_TENOR_MONTHS
    min_rate_bps: Bps = 0
    cap_minor: Minor | None = None

    @property
    def mandate(self) -> Mandate:
        """The mandate as the room of the market takes it."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Mandate(**fields | {name: frozenset(fields[name]) for name in SETS})


class MandateOut(Schema):
    """A funder's mandate in force."""

    currency: str
    min_amount_minor: int
    max_amount_minor: int
    sizes: list[str]
    grades: list[str]
    sectors: list[str]
    regions: list[str]
    modes: list[str]
    min_tenor_months: int
    max_tenor_months: int
    min_rate_bps: int
    cap_minor: int | None

    @classmethod
    def of(cls, mandate: Mandate) -> MandateOut:
        """Return a mandate as the API shows it."""
        fields = {name: getattr(mandate, name) for name in cls.model_fields}
        return cls(**fields | {name: sorted(fields[name]) for name in SETS})


class CriterionOut(Schema):
    """One hard filter's answer."""

    criterion: str
    is_met: bool
    text: str

    @classmethod
    def of(cls, reason: Any) -> CriterionOut:
        """Return a reason as the API shows it."""
        return cls(
            criterion=str(reason.criterion), is_met=bool(reason.is_met), text=reason.text
        )


class ExplanationOut(Schema):
    """Why a demand fits a funder's mandate, or why it does not."""

    fits: bool
    reasons: list[CriterionOut]


class OpportunityOut(Schema):
    """A listed demand that was put before the funder, and why."""

    demand: DemandOut
    fit_bps: int
    state: str
    pushed_at: datetime
    reasons: list[CriterionOut]

    @classmethod
    def of(cls, push: Any) -> OpportunityOut:
        """Return a push as the API shows it."""
        return cls(
            demand=DemandOut.of(push.demand),
            fit_bps=push.fit_bps,
            state=push.state,
            pushed_at=push.pushed_at,
            reasons=[CriterionOut(is_met=True, **reason) for reason in push.reasons],
        )


class OpportunityPage(Page):
    """A page of opportunities."""

    results: list[OpportunityOut]


class OpportunityFilters(Paging):
    """Which opportunities, in which order."""

    sector: list[Sector] = Field(default=[], max_length=30)
    mode_code: list[ModeCode] = Field(default=[], max_length=20)
    text: line(least=0, most=100) = ""
    sort: one_of(Sort) = "fit"

    @property
    def criteria(self) -> Criteria:
        """The filters as the room of deals takes them."""
        return Criteria(sectors=self.sector, modes=self.mode_code, text=self.text)
