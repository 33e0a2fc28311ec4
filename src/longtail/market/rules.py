"""What a mandate may say, and why a demand fits it or does not, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from longtail.deals.rules import AMOUNT_BOUNDS, MAX_TENOR_MONTHS
from longtail.kernels.matching.eligibility import (
    NO_LIMIT,
    Criterion,
    IntArray,
    Mandates,
    Profile,
    RangeFilter,
    SetFilter,
)
from longtail.parties.rules import SECTORS, SizeClass, sector_group, text_problem
from longtail.terms.catalogue import LATEST, title
from longtail.values.money import MAX_MINOR, Money
from longtail.values.rates import fraction

MAX_RATE_BPS = 10_000
MAX_NAMES = 100
MAX_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What a funder is willing to fund.

    Attributes:
        currency: ISO 4217 code of every amount here.
        min_amount_minor: Least principal of a demand, minor units.
        max_amount_minor: Most principal of a demand, minor units.
        sizes: Size classes of the enterprise; empty admits all, as in every set here.
        grades: Credit grades.
        sectors: Two-digit NAICS sectors; one code of a range stands for all of it.
        regions: Regions of the enterprise, as its register entry has them.
        modes: Financing modes.
        min_tenor_months: Shortest tenor.
        max_tenor_months: Longest tenor.
        min_rate_bps: Least nominal rate a year, basis points.
        cap_minor: Most that one enterprise may owe this funder, minor units; None for
            no cap.
    """

    currency: str
    min_amount_minor: int
    max_amount_minor: int
    sizes: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    min_tenor_months: int = 1
    max_tenor_months: int = MAX_TENOR_MONTHS
    min_rate_bps: int = 0
    cap_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One hard filter's answer.

    Attributes:
        criterion: The filter.
        is_met: Whether the demand passes it.
        text: Why, for a reader.
    """

    criterion: str
    is_met: bool
    text: str


def problems(mandate: Mandate) -> dict[str, str]:
    """Return everything that keeps a mandate from being set, by field name."""
    lists = {
        "sizes": (mandate.sizes, frozenset(SizeClass)),
        "sectors": (mandate.sectors, frozenset(SECTORS)),
        "modes": (mandate.modes, frozenset(LATEST)),
        "grades": (mandate.grades, None),
        "regions": (mandate.regions, None),
    }
    found = {name: _names_fault(*pair) for name, pair in lists.items()}
    found["currency"] = (
        "" if mandate.currency in AMOUNT_BOUNDS else f"is none of {_join(AMOUNT_BOUNDS)}"
    )
    found["min_amount_minor"] = _range_fault(mandate.min_amount_minor, 1, MAX_MINOR)
    found["max_amount_minor"] = _range_fault(
        mandate.max_amount_minor, mandate.min_amount_minor, MAX_MINOR
    )
    found["min_tenor_months"] = _range_fault(mandate.min_tenor_months, 1, MAX_TENOR_MONTHS)
    found["max_tenor_months"] = _range_fault(
        mandate.max_tenor_months, mandate.min_tenor_months, MAX_TENOR_MONTHS
    )
    found["min_rate_bps"] = _range_fault(mandate.min_rate_bps, 0, MAX_RATE_BPS)
    if mandate.cap_minor is not None:
        found["cap_minor"] = _range_fault(mandate.cap_minor, 1, MAX_MINOR)
    return {name: fault for name, fault in found.items() if fault}


def reason(
    criterion: Criterion,
    is_met: bool,
    *,
    mandate: Mandate,
    profile: Profile,
    exposure_minor: int = 0,
) -> Reason:
    """Say why a demand passes a filter, or why it does not.

    Args:
        criterion: The filter.
        is_met: What the filter said.
        mandate: Whose filter.
        profile: The demand.
        exposure_minor: What the enterprise owes the funder already, minor units.
    """
    match criterion:
        case Criterion.AMOUNT | Criterion.TENOR:
            text = _range_text(criterion, is_met, mandate=mandate, profile=profile)
        case Criterion.YIELD:
            at_least = "at least" if is_met else "below"
            text = (
                f"the rate of {percent(profile.rate_bps)} is {at_least} "
                f"the {percent(mandate.min_rate_bps)} wanted"
            )
        case Criterion.CONCENTRATION:
            text = _cap_text(mandate, profile, exposure_minor)
        case _:
            text = _set_text(criterion, is_met, mandate=mandate, profile=profile)
    return Reason(criterion, is_met, text)


def encode(mandates: Sequence[Mandate]) -> Mandates:
    """Return mandates as the arrays that the kernel filters by."""
    return Mandates(
        currency=SetFilter.of([{m.currency} for m in mandates]),
        amount=RangeFilter(
            _column([m.min_amount_minor for m in mandates]),
            _column([m.max_amount_minor for m in mandates]),
        ),
        tenor=RangeFilter(
            _column([m.min_tenor_months for m in mandates]),
            _column([m.max_tenor_months for m in mandates]),
        ),
        rate=RangeFilter(
            _column([m.min_rate_bps for m in mandates]), _column([NO_LIMIT] * len(mandates))
        ),
        size=SetFilter.of([m.sizes for m in mandates]),
        grade=SetFilter.of([m.grades for m in mandates]),
        sector=SetFilter.of([grouped(m.sectors) for m in mandates]),
        region=SetFilter.of([m.regions for m in mandates]),
        mode=SetFilter.of([m.modes for m in mandates]),
        cap_minor=_column(
            [NO_LIMIT if m.cap_minor is None else m.cap_minor for m in mandates]
        ),
    )


def _column(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def grouped(sectors: Collection[str]) -> frozenset[str]:
    """Return sectors with every code of a range under its first, as filters compare."""
    return frozenset(sector_group(code) for code in sectors)


def percent(bps: int) -> str:
    """Return basis points as people read them: ``9.25 %``."""
    return f"{fraction(bps) * 100:.2f} %"


def _range_text(
    criterion: Criterion, is_met: bool, *, mandate: Mandate, profile: Profile
) -> str:
    place = "within" if is_met else "outside"
    if criterion is Criterion.TENOR:
        return (
            f"{profile.tenor_months} months is {place} "
            f"{mandate.min_tenor_months} to {mandate.max_tenor_months} months"
        )
    # In its own currency each; the currency is a filter of its own.
    low, high = (
        Money(minor, mandate.currency)
        for minor in (mandate.min_amount_minor, mandate.max_amount_minor)
    )
    asked = Money(profile.amount_minor, profile.currency)
    return f"{asked} is {place} {low} to {high}"


def _cap_text(mandate: Mandate, profile: Profile, exposure_minor: int) -> str:
    if mandate.cap_minor is None:
        return "no cap on one enterprise"
    left = Money(max(0, mandate.cap_minor - exposure_minor), mandate.currency)
    least = Money(profile.least_minor, profile.currency)
    return f"{left} is left under the cap on one enterprise; this takes at least {least}"


def _set_text(
    criterion: Criterion, is_met: bool, *, mandate: Mandate, profile: Profile
) -> str:
    table: dict[str, tuple[str, Collection[str], Callable[[str], str]]] = {
        Criterion.CURRENCY: (profile.currency, {mandate.currency}, str),
        Criterion.SIZE: (profile.size, mandate.sizes, str),
        Criterion.GRADE: (profile.grade, mandate.grades, str),
        Criterion.SECTOR: (profile.sector, mandate.sectors, _sector_name),
        Criterion.REGION: (profile.region, mandate.regions, str),
        Criterion.MODE: (profile.mode, mandate.modes, title),
    }
    value, wanted, shown = table[criterion]
    if not wanted:
        return f"every {criterion} is welcome"
    told = shown(value) if value else "unknown"
    among = ", ".join(sorted({shown(name) for name in wanted}))
    return f"{criterion} {told} is {'' if is_met else 'not '}among {among}"


def _sector_name(code: str) -> str:
    return SECTORS.get(code, code)


def _names_fault(names: Collection[str], known: frozenset[str] | None) -> str:
    if len(names) > MAX_NAMES:
        return f"lists more than {MAX_NAMES}"
    if any(not name or text_problem(name, max_length=MAX_NAME) for name in names):
        return f"must be names of at most {MAX_NAME} characters"
    if known is not None and not known.issuperset(names):
        return f"may list only {_join(sorted(known))}"
    return ""


def _range_fault(value: int, least: int, most: int) -> str:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and least <= value <= most:
        return ""
    return f"must be a whole number from {least:,} to {most:,}"


def _join(names: Collection[str]) -> str:
    return ", ".join(names)
