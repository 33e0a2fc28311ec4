"""From stored mandates and a demand to the kernels and back to reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longtail.kernels.matching.eligibility import (
    CRITERIA,
    BoolArray,
    IntArray,
    Profile,
    eligibility,
)
from longtail.kernels.matching.ranking import WEIGHTS_BPS, Fit, fit, order
from longtail.market import models, rules
from longtail.market.rules import Mandate, Reason
from longtail.parties.rules import sector_group
from longtail.terms.catalogue import CATALOGUE
from longtail.terms.primitives import SingleFunder


@dataclass(frozen=True, slots=True)
class Match:
    """How one mandate stands to one demand.

    Attributes:
        row: The stored mandate.
        reasons: One a criterion, met or not.
        fit_bps: How well it fits; 0 when it does not.
        rank: Its place among the mandates that fit, from 1; 0 when it does not.
        inputs: What the fit was computed from, with weights.
    """

    row: models.Mandate
    reasons: tuple[Reason, ...]
    fit_bps: int
    rank: int
    inputs: Mapping[str, Mapping[str, int]]

    @property
    def funder_code(self) -> str:
        """Whose mandate it is."""
        return funder_code_of(self.row)

    @property
    def fits(self) -> bool:
        """Whether every criterion is met."""
        return self.rank > 0


def funder_code_of(row: models.Mandate) -> str:
    """Return whose mandate it is, from the query's annotation where it has one."""
    return getattr(row, "funder_code", None) or row.funder.code


def profile_of(demand: Any) -> Profile:
    """Return what mandates read of a demand; the enterprise as the register has it.

    Args:
        demand: A demand with its enterprise, current version and open offer.
    """
    version, offer, enterprise = demand.current, demand.current_offer, demand.enterprise
    funding = CATALOGUE[version.mode_code, version.mode_version].funding
    amount_minor = offer.amount_minor if offer else version.amount_minor
    is_whole = isinstance(funding, SingleFunder)
    return Profile(
        currency=version.currency,
        amount_minor=amount_minor,
        tenor_months=version.tenor_months,
        rate_bps=offer.rate_bps if offer else 0,
        size=enterprise.size_class,
        grade=demand.grade,
        sector=sector_group(enterprise.sector),
        region=enterprise.region,
        mode=version.mode_code,
        least_minor=amount_minor if is_whole else min(amount_minor, funding.ticket_minor),
    )


def mandate_of(row: models.Mandate) -> Mandate:
    """Return a stored mandate as the value that was set."""
    return Mandate(
        currency=row.currency,
        min_amount_minor=row.min_amount_minor,
        max_amount_minor=row.max_amount_minor,
        sizes=frozenset(row.sizes),
        grades=frozenset(row.grades),
        sectors=frozenset(row.sectors),
        regions=frozenset(row.regions),
        modes=frozenset(row.modes),
        min_tenor_months=row.min_tenor_months,
        max_tenor_months=row.max_tenor_months,
        min_rate_bps=row.min_rate_bps,
        cap_minor=row.cap_minor,
    )


def ranked(
    rows: Sequence[models.Mandate],
    profile: Profile,
    *,
    exposures_minor: Mapping[str, int],
) -> list[Match]:
    """Match every mandate with one demand and return those that fit, best first.

    Args:
        rows: Mandates with their funders; ties in the fit go to the earlier.
        profile: The demand.
        exposures_minor: What the enterprise owes already, by funder code, minor units.
    """
    judged = _Judgement.of(rows, profile, exposures_minor)
    best = order(judged.passed.all(axis=1), judged.fits.score_bps)
    return [judged.match(int(i), rank) for rank, i in enumerate(best, 1)]


def matched(row: models.Mandate, profile: Profile, *, exposure_minor: int = 0) -> Match:
    """Match one mandate with one demand, whether it fits or not.

    Args:
        row: The mandate with its funder.
        profile: The demand.
        exposure_minor: What the enterprise owes the funder already, minor units.
    """
    judged = _Judgement.of([row], profile, {funder_code_of(row): exposure_minor})
    return judged.match(0, int(judged.passed.all()))


@dataclass(frozen=True, slots=True)
class _Judgement:
    """Every mandate against one demand, as the kernels say it; words only on request."""

    rows: Sequence[models.Mandate]
    mandates: Sequence[Mandate]
    profile: Profile
    exposure: IntArray
    passed: BoolArray
    fits: Fit

    @classmethod
    def of(
        cls,
        rows: Sequence[models.Mandate],
        profile: Profile,
        exposures_minor: Mapping[str, int],
    ) -> _Judgement:
        mandates = [mandate_of(row) for row in rows]
        encoded = rules.encode(mandates)
        exposure = np.array(
            [exposures_minor.get(funder_code_of(row), 0) for row in rows], dtype=np.int64
        )
        passed = eligibility(encoded, profile, exposure)
        return cls(
            rows, mandates, profile, exposure, passed, fit(encoded, profile, exposure)
        )

    def match(self, i: int, rank: int) -> Match:
        reasons = tuple(
            rules.reason(
                criterion,
                bool(is_met),
                mandate=self.mandates[i],
                profile=self.profile,
                exposure_minor=int(self.exposure[i]),
            )
            for criterion, is_met in zip(CRITERIA, self.passed[i], strict=True)
        )
        inputs = zip(WEIGHTS_BPS.items(), self.fits.inputs_bps[i], strict=True)
        return Match(
            row=self.rows[i],
            reasons=reasons,
            fit_bps=int(self.fits.score_bps[i]) if rank else 0,
            rank=rank,
            inputs={
                name: {"input_bps": int(value), "weight_bps": weight}
                for (name, weight), value in inputs
            },
        )


def shown(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    """Return met reasons as they are stored with a push."""
    return [{"criterion": str(r.criterion), "text": r.text} for r in reasons if r.is_met]
