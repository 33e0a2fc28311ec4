"""What a loan costs to make, and what is asked for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from longtail.underwriting.policy import Policy
from longtail.values.rates import ONE_BPS, round_half_up

MILLION = 1_000_000
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A yearly rate and what it is made of, basis points.

    Attributes:
        funding_bps: What the money costs.
        expected_loss_bps: PD × loss given default × share not covered, a year.
        operating_bps: Running and fixed cost.
        margin_bps: What is left for the funders' risk; less where the law caps the rate.
        cap_bps: Highest rate that the law lets through.
    """

    funding_bps: int
    expected_loss_bps: int
    operating_bps: int
    margin_bps: int
    cap_bps: int

    @property
    def cost_bps(self) -> int:
        """What must be earned for the loan not to lose."""
        return self.funding_bps + self.expected_loss_bps + self.operating_bps

    @property
    def rate_bps(self) -> int:
        """The rate asked; never above the cap."""
        return min(self.cost_bps + self.margin_bps, self.cap_bps)

    @property
    def is_capped(self) -> bool:
        """Whether the law took part of the margin."""
        return self.cost_bps + self.margin_bps > self.cap_bps

    def as_json(self) -> Mapping[str, int | bool]:
        """Return the parts; they sum to the rate wherever the loan covers its cost."""
        return {
            "funding_bps": self.funding_bps,
            "expected_loss_bps": self.expected_loss_bps,
            "operating_bps": self.operating_bps,
            "margin_bps": max(0, self.rate_bps - self.cost_bps),
            "capped": self.is_capped,
            "cap_bps": self.cap_bps,
        }


def price(
    policy: Policy, *, pd_ppm: int, cover_bps: int, amount: Decimal, apr_cap_bps: int
) -> Price:
    """Price a loan.

    Args:
        policy: Cost of money, loss given default and the rest.
        pd_ppm: Probability that it is charged off in its life, parts per million.
        cover_bps: Share of a loss that a guarantor bears.
        amount: Major units of the reference currency, positive.
        apr_cap_bps: Highest all-in annual percentage rate that the law allows.

    Source:
        Risk-based pricing: Siddiqi, *Intelligent Credit Scoring*, 2nd ed. 2017, ch. 12.
    """
    expected_loss = round_half_up(
        pd_ppm * policy.lgd_bps * (ONE_BPS - cover_bps),
        MILLION * ONE_BPS * policy.life_years,
    )
    fixed = Decimal(ONE_BPS * policy.fixed_cost_major) / (amount * policy.life_years)
    return Price(
        funding_bps=policy.funding_bps,
        expected_loss_bps=expected_loss,
        operating_bps=policy.operating_bps + round(fixed),
        margin_bps=policy.margin_bps
        + round_half_up(expected_loss * policy.unexpected_loss_bps, ONE_BPS),
        cap_bps=max(0, nominal_bps(apr_cap_bps) - policy.cap_headroom_bps),
    )


@cache
def nominal_bps(apr_bps: int) -> int:
    """Return the highest contract rate, paid monthly, within an effective yearly rate."""
    growth = (1 + Decimal(apr_bps) / ONE_BPS) ** (Decimal(1) / MONTHS)
    return int((growth - 1) * MONTHS * ONE_BPS)
