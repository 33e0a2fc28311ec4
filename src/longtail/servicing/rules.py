"""What servicing is about: statuses, arrears, and what is non-performing. Pure."""

from __future__ import annotations

from enum import StrEnum

from longtail.values.money import decimals
from longtail.values.refusal import Refusal

# Late interest accrues in millionths of a minor unit, so that rounding never depends on
# how often somebody looks.
MICRO = 1_000_000
DEFAULT_AFTER_DAYS = 90
# Arrears below both limits are immaterial and make nobody default.
# Source: Regulation (EU) No 575/2013, Art. 178(2)(d); Delegated Regulation (EU)
# 2018/171, Arts. 1-2 (100 units for small exposures; 1 % of the exposure).
MATERIAL_UNITS = 100
MATERIAL_BPS = 100


# An enterprise that was given better terms in difficulty is watched this long after it
# performs again; until a year has passed, one that was non-performing stays so.
# Source: Regulation (EU) No 575/2013, Art. 47a(6)(b) and (7).
PROBATION_MONTHS = 24
FORBORNE_CURE_MONTHS = 12
# Source: the same, Art. 47a(3)(c): more than 30 days past due during that probation.
PROBATION_LATE_DAYS = 30
# A default ends this long after nothing is due any more, at the earliest.
# Source: EBA/GL/2016/07, paragraph 71.
CURE_MONTHS = 3


class NotInService(Refusal):
    """The agreement is not being serviced; nothing changed."""

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Agreement {code} is not in service: its drawdown was never prepared. "
            "Check the code, or prepare the drawdown first."
        )


class Status(StrEnum):
    """Where an agreement stands."""

    PENDING = "pending"
    ACTIVE = "active"
    DEFAULTED = "defaulted"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"


# A guarantee is called, and a payment is a recovery, in these.
CLAIMABLE = (Status.DEFAULTED, Status.WRITTEN_OFF)


class CallState(StrEnum):
    """A guarantee call's way: noticed, verified by another person, paid."""

    NOTICE = "notice"
    VERIFIED = "verified"
    SUBROGATED = "subrogated"


class RefundState(StrEnum):
    """A refund's way: asked of the custodian, then paid or failed for good."""

    UNDER_WAY = "under_way"
    SETTLED = "settled"
    FAILED = "failed"


class Bucket(StrEnum):
    """How long the oldest unpaid instalment has been due."""

    CURRENT = "current"
    DAYS_1_30 = "1-30"
    DAYS_31_60 = "31-60"
    DAYS_61_90 = "61-90"
    OVER_90 = "90+"


BUCKET_STARTS = (
    (1, Bucket.DAYS_1_30),
    (31, Bucket.DAYS_31_60),
    (61, Bucket.DAYS_61_90),
    (91, Bucket.OVER_90),
)


def bucket_of(days_past_due: int) -> Bucket:
    """Return the arrears bucket of a number of days past due."""
    found = Bucket.CURRENT
    for first_day, bucket in BUCKET_STARTS:
        if days_past_due >= first_day:
            found = bucket
    return found


def is_material(overdue_minor: int, *, outstanding_minor: int, currency: str) -> bool:
    """Say whether arrears are large enough to count towards default.

    Args:
        overdue_minor: Everything due and unpaid, minor units.
        outstanding_minor: Principal owed, due or not, minor units.
        currency: ISO 4217 code; the absolute limit is 100 of its major units.
    """
    floor = MATERIAL_UNITS * 10 ** decimals(currency)
    share = overdue_minor * 10_000 > outstanding_minor * MATERIAL_BPS
    return overdue_minor > floor and share
