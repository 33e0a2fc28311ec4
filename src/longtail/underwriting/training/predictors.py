"""What the scorecard may read, declared: where it comes from, when it is known, its sign.

Chosen out of time: fitted on what was known the day before, each attribute raised the mean
AUC on the approvals of fiscal years 2000, 2001 and 2002. Head count added nothing beside
the amount. Jobs created or retained, the franchise flag, low documentation and urban or
rural lowered it or left it as it was: the source only began to record some of them in
1999, so they tell the year rather than the risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from longtail.underwriting.rules import DIVISIONS


class Known(StrEnum):
    """When a datum comes to be known."""

    AT_APPROVAL = "at approval"
    AFTER_DECISION = "after the decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """One attribute that a scorecard may be trained on.

    Attributes:
        name: Of the attribute; an array of ``sample.attributes``, or of the table itself.
        sources: Columns of the loan table it is made of.
        known: When it is known.
        edges: Bin edges of a number; empty for levels.
        trend: For a number, -1 when risk may only fall as it rises, 1 when it may only
            rise, 0 when the loans decide.
        groups: For levels, those that share their points, by level; a level that is
            not named is a group of its own.
    """

    name: str
    sources: tuple[str, ...]
    known: Known
    edges: tuple[float, ...] = ()
    trend: int = 0
    groups: Mapping[str, str] = field(default_factory=dict)


PREDICTORS = (
    Predictor(
        name="amount",
        sources=("GrAppv",),
        known=Known.AT_APPROVAL,
        edges=(
            25_000, 35_000, 50_000, 75_000, 100_000, 150_000, 250_000, 500_000, 1_000_000,
        ),
        trend=-1,
    ),
    # A full guarantee is how the development-company programme lends, against property.
    Predictor(
        name="cover",
        sources=("GrAppv", "SBA_Appv"),
        known=Known.AT_APPROVAL,
        edges=(9_900,),
        trend=-1,
    ),
    Predictor(name="sector", sources=("NAICS",), known=Known.AT_APPROVAL),
    Predictor(
        name="state", sources=("State",), known=Known.AT_APPROVAL, groups=DIVISIONS
    ),
    Predictor(name="is_new_business", sources=("NewExist",), known=Known.AT_APPROVAL),
    Predictor(name="is_revolving", sources=("RevLineCr",), known=Known.AT_APPROVAL),
)  # fmt: skip
