"""The closed set of primitives that a financing mode is composed of.

Each axis is a small union. A new *combination* is a new catalogue entry; a new
*primitive* is an engine change and needs a decision record.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.values.dates import Roll
from longtail.values.rounding import RoundingMode, RoundTo


class Party(StrEnum):
    """A role in a deal that can bear a loss. The platform is none: it never does."""

    FUNDERS = "funders"
    GUARANTOR = "guarantor"
    ORIGINATOR = "originator"


class Evidence(StrEnum):
    """A kind of attestation that a provider can give about an enterprise."""

    REGISTRATION = "registration"
    CREDIT_REPORT = "credit-report"
    BANK_STATEMENTS = "bank-statements"
    TAX_FILINGS = "tax-filings"
    BUSINESS_PLAN = "business-plan"
    GUARANTEE_UNDERTAKING = "guarantee-undertaking"
    IP_VALUATION = "ip-valuation"
    ASSET_VALUATION = "asset-valuation"
    INSURANCE = "insurance"


class Security(StrEnum):
    """What stands behind the promise to repay."""

    GUARANTEE = "guarantee"
    PLEDGE = "pledge"


class Closing(StrEnum):
    """What happens to a book that closes below its target."""

    ALL_OR_NOTHING = "all-or-nothing"
    KEEP_WHAT_IS_RAISED = "keep-what-is-raised"


class Component(StrEnum):
    """What a payment can be for."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


# Instrument: what is owed, when.
class Frequency(StrEnum):
    """How often an instalment falls due."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Accrual(StrEnum):
    """Which days a period's interest runs between.

    ``UNADJUSTED``: the days as planned; a closed bank moves the payment and not the amount.
    ``ADJUSTED``: the business days on which the instalments are to be paid.

    Source: ISDA, 2006 ISDA Definitions, section 4.10, No Adjustment.
    """

    UNADJUSTED = "unadjusted"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class TermLoan:
    """A sum lent once and repaid in instalments at equal intervals.

    Attributes:
        amortization: How principal comes back.
        day_count: How the days of a period become a fraction of a year.
        frequency: How often an instalment falls due.
        roll: Where a due date goes on which banks are closed.
        is_end_of_month: Whether a loan drawn down on the last day of a month falls due on
            the last day of every month.
        accrual: Whether interest follows a due date that moves.
        round_to: The step that interest and payments are rounded to.
        rounding_mode: What becomes of the part between two steps.
    """

    amortization: Amortization
    day_count: DayCount = DayCount.THIRTY_360
    frequency: Frequency = Frequency.MONTHLY
    roll: Roll = Roll.FOLLOWING
    is_end_of_month: bool = False
    accrual: Accrual = Accrual.UNADJUSTED
    round_to: RoundTo = RoundTo.MINOR
    rounding_mode: RoundingMode = RoundingMode.HALF_UP


Instrument = TermLoan


# Funding rule: who may fund, and when the book closes.
@dataclass(frozen=True, slots=True)
class SingleFunder:
    """One funder takes the whole deal."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Many funders take parts until the target is met or the window closes.

    Attributes:
        closing: What happens below target.
        window_days: Days the book stays open.
        ticket_minor: Smallest commitment, minor units of the demand's currency.
    """

    closing: Closing
    window_days: int
    ticket_minor: int


Funding = SingleFunder | Subscription


# Loss order: the first entry loses first.
@dataclass(frozen=True, slots=True)
class Bears:
    """A party bears what reaches its rank: a guarantor its cover, any other all of it.

    The guaranteed share is a term of the deal (``cover_bps``), not of the mode.
    """

    party: Party
