"""Hard filters: every mandate against one demand, criterion by criterion."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# The value of a range filter's upper end that is never reached.
NO_LIMIT = np.iinfo(np.int64).max


class Criterion(StrEnum):
    """What a mandate can filter by, in the order of the matrix's columns."""

    CURRENCY = "currency"
    AMOUNT = "amount"
    SIZE = "size"
    GRADE = "grade"
    SECTOR = "sector"
    REGION = "region"
    TENOR = "tenor"
    YIELD = "yield"
    MODE = "mode"
    CONCENTRATION = "concentration"


CRITERIA = tuple(Criterion)


@dataclass(frozen=True, slots=True)
class RangeFilter:
    """A closed range a mandate.

    Attributes:
        low: ``(n,)`` least value admitted.
        high: ``(n,)`` greatest value admitted; ``NO_LIMIT`` for none.
    """

    low: IntArray
    high: IntArray

    def passes(self, value: int) -> BoolArray:
        """Return ``(n,)`` whether each mandate admits a value."""
        return (self.low <= value) & (value <= self.high)


@dataclass(frozen=True, slots=True)
class SetFilter:
    """A set of names a mandate; the empty set admits everything.

    Attributes:
        columns: Column of each name that any mandate lists.
        admits: ``(n, n_names + 1)`` whether a mandate admits a name; the last column
            stands for every name that none of them lists, and for the unknown.
    """

    columns: Mapping[str, int]
    admits: BoolArray

    @classmethod
    def of(cls, sets: Sequence[Collection[str]]) -> SetFilter:
        """Encode one set of names a mandate."""
        names = sorted({name for names in sets for name in names})
        columns = {name: column for column, name in enumerate(names)}
        is_open = np.array([not names for names in sets], dtype=np.bool_)
        admits = np.repeat(is_open[:, None], len(columns) + 1, axis=1)
        for row, listed in enumerate(sets):
            admits[row, [columns[name] for name in listed]] = True
        return cls(columns, admits)

    def passes(self, name: str) -> BoolArray:
        """Return ``(n,)`` whether each mandate admits a name."""
        return self.admits[:, self.columns.get(name, -1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandates:
    """Every filter of ``n`` mandates.

    Attributes:
        currency: The one currency of each.
        amount: Principal asked, minor units.
        tenor: Months to maturity.
        rate: Nominal rate a year, basis points.
        size: Size classes of the enterprise.
        grade: Credit grades.
        sector: Sectors of the enterprise.
        region: Regions of the enterprise.
        mode: Financing modes.
        cap_minor: ``(n,)`` most that one enterprise may owe the funder; ``NO_LIMIT``
            for no cap.
    """

    currency: SetFilter
    amount: RangeFilter
    tenor: RangeFilter
    rate: RangeFilter
    size: SetFilter
    grade: SetFilter
    sector: SetFilter
    region: SetFilter
    mode: SetFilter
    cap_minor: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the filters read of one demand.

    Attributes:
        currency: ISO 4217 code.
        amount_minor: Principal asked, minor units.
        tenor_months: Months to maturity.
        rate_bps: Rate offered, basis points a year.
        size: Size class of the enterprise, empty when unknown.
        grade: Credit grade, empty when unknown.
        sector: Sector, empty when unknown.
        region: Region, empty when unknown.
        mode: Financing mode.
        least_minor: Least that a funder must take of it, minor units.
    """

    currency: str
    amount_minor: int
    tenor_months: int
    rate_bps: int
    size: str
    grade: str
    sector: str
    region: str
    mode: str
    least_minor: int


def eligibility(
    mandates: Mandates, profile: Profile, exposure_minor: IntArray
) -> BoolArray:
    """Say which mandates admit a demand, and by which criterion the others do not.

    Args:
        mandates: ``n`` mandates.
        profile: The demand.
        exposure_minor: ``(n,)`` what the enterprise owes each funder already, not
            negative.

    Returns:
        ``(n, 10)``: whether a mandate's criterion is met, columns as in ``CRITERIA``.
        A demand may be pushed where its whole row is true.
    """
    room_minor = mandates.cap_minor - exposure_minor
    return np.stack(
        (
            mandates.currency.passes(profile.currency),
            mandates.amount.passes(profile.amount_minor),
            mandates.size.passes(profile.size),
            mandates.grade.passes(profile.grade),
            mandates.sector.passes(profile.sector),
            mandates.region.passes(profile.region),
            mandates.tenor.passes(profile.tenor_months),
            mandates.rate.passes(profile.rate_bps),
            mandates.mode.passes(profile.mode),
            profile.least_minor <= room_minor,
        ),
        axis=1,
    )
