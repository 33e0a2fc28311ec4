"""The credit policy: dated values, so that a decision can always be made again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from longtail.values.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One step of the rating scale.

    Attributes:
        name: AAA to D.
        max_pd_ppm: Highest probability of default that still has it, parts per million.
        limit_major: Most that is lent on it, major units of the reference currency.
    """

    name: str
    max_pd_ppm: int
    limit_major: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """How an attested value on a range moves the score, and by how much at most.

    Attributes:
        neutral: Value, on 0 to 100, that moves nothing.
        values_per_point: How much more of the value makes one point.
        cap: Most points it adds or takes.
    """

    neutral: int
    values_per_point: int
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything a decision depends on beside the application, the model and the law.

    Rates are basis points a year, probabilities parts per million, amounts major units of
    the reference currency, the US dollar.

    Attributes:
        version: Name that assessments quote.
        effective_from: First day it decides.
        grades: The rating scale, best first; the last takes every probability.
        approve_pd_ppm: At or below it, nothing else against it, an application is
            approved.
        decline_pd_ppm: Above it an application is declined; people decide in between.
        max_unknown_facts: With more of the scorecard's facts unknown, there is no score.
        max_employees: A larger enterprise is not a small one.
        excluded_sectors: NAICS sectors that are not financed.
        max_low_doc_major: Most that is decided on reduced documentation.
        limit_base_major: What an enterprise may borrow whatever its size.
        limit_per_employee_major: What each employee adds to that.
        referral_limit_percent: Up to this much of the limit, people decide.
        adjustments: By kind of evidence.
        least_rating: An attested value on a range, 0 to 100, below it is referred.
        funding_bps: What the money costs.
        lgd_bps: Share of the amount approved that a charge-off loses.
        life_years: Years over which a loan's lifetime loss is earned.
        operating_bps: Running cost.
        fixed_cost_major: Cost of one loan over its life.
        margin_bps: Return on the funders' risk.
        unexpected_loss_bps: Share of the expected loss added to the margin.
        cap_headroom_bps: Kept free below the law's cap on the rate for roll days.
        rates: Units of a currency taken as one of the reference currency.
    """

    version: str
    effective_from: date
    grades: tuple[Grade, ...]
    approve_pd_ppm: int
    decline_pd_ppm: int
    max_unknown_facts: int
    max_employees: int
    excluded_sectors: frozenset[str]
    max_low_doc_major: int
    limit_base_major: int
    limit_per_employee_major: int
    referral_limit_percent: int
    adjustments: Mapping[str, Adjustment]
    least_rating: int
    funding_bps: int
    lgd_bps: int
    life_years: int
    operating_bps: int
    fixed_cost_major: int
    margin_bps: int
    unexpected_loss_bps: int
    cap_headroom_bps: int
    rates: Mapping[str, Decimal]

    def grade_of(self, pd_ppm: int) -> Grade:
        """Return the grade of a probability of default."""
        return next(g for g in self.grades if pd_ppm <= g.max_pd_ppm)


class NoPolicyInForce(Refusal):
    """No credit policy decides on this day, or under this name."""


# Grades B and better are approved, CCC is referred, the rest is declined. The loss given
# default is what the shipped sample's charged-off loans lost of the amount approved. The
# score moves by at most 8 points, less than half of what doubles the odds, on the word of
# a credit bureau.
SMALL_BUSINESS_1 = Policy(
    version="small-business-1",
    effective_from=date(1970, 1, 1),
    grades=(
        Grade(name="AAA", max_pd_ppm=15_000, limit_major=5_000_000),
        Grade(name="AA", max_pd_ppm=30_000, limit_major=3_000_000),
        Grade(name="A", max_pd_ppm=45_000, limit_major=2_000_000),
        Grade(name="BBB", max_pd_ppm=60_000, limit_major=1_500_000),
        Grade(name="BB", max_pd_ppm=80_000, limit_major=1_000_000),
        Grade(name="B", max_pd_ppm=100_000, limit_major=500_000),
        Grade(name="CCC", max_pd_ppm=117_500, limit_major=250_000),
        Grade(name="CC", max_pd_ppm=150_000, limit_major=0),
        Grade(name="C", max_pd_ppm=200_000, limit_major=0),
        Grade(name="D", max_pd_ppm=1_000_000, limit_major=0),
    ),
    approve_pd_ppm=100_000,
    decline_pd_ppm=117_500,
    max_unknown_facts=2,
    max_employees=500,
    excluded_sectors=frozenset({"92"}),
    max_low_doc_major=150_000,
    limit_base_major=400_000,
    limit_per_employee_major=100_000,
    referral_limit_percent=200,
    adjustments=MappingProxyType(
        {"credit-report": Adjustment(neutral=70, values_per_point=3, cap=8)}
    ),
    least_rating=40,
    funding_bps=350,
    lgd_bps=5_600,
    life_years=4,
    operating_bps=75,
    fixed_cost_major=600,
    margin_bps=150,
    unexpected_loss_bps=5_000,
    cap_headroom_bps=10,
    rates=MappingProxyType(
        {
            "USD": Decimal(1),
            "EUR": Decimal(1),
            "GBP": Decimal(1),
            "CNY": Decimal(7),
            "JPY": Decimal(150),
            "INR": Decimal(80),
        }
    ),
)
# Oldest first.
POLICIES = (SMALL_BUSINESS_1,)


def policy_at(day: date) -> Policy:
    """Return the policy that decides on a day.

    Raises:
        NoPolicyInForce: If none did yet.
    """
    for policy in reversed(POLICIES):
        if policy.effective_from <= day:
            return policy
    raise NoPolicyInForce(
        f"No credit policy was in force on {day.isoformat()}, so nothing can be assessed. "
        f"The first one decides from {POLICIES[0].effective_from.isoformat()}."
    )


def policy_of(version: str) -> Policy:
    """Return a policy by its version.

    Raises:
        NoPolicyInForce: If there is none of that name.
    """
    for policy in POLICIES:
        if policy.version == version:
            return policy
    raise NoPolicyInForce(
        f"There is no credit policy {version!r}, so its decisions cannot be made again. "
        f"Known: {', '.join(p.version for p in POLICIES)}."
    )
