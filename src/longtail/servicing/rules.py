"""What servicing is about: states, holders, buckets and the guarantee call. Pure.

Sign convention: every amount is in minor units and not negative, except the components
of an :class:`Entitlement`, which count what a party may keep: what it is given adds,
what it hands over (a guarantor's payment) takes away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True, slots=True)
class Open:
    """An instalment that fell due and is not paid in full.

    Attributes:
        number: The instalment's number; 0 for what default made due at once.
        due_date: When it fell due.
        interest_minor: Interest still unpaid.
        principal_minor: Principal still unpaid.
        late_micro: Late interest accrued so far, millionths of a minor unit.
        late_paid_minor: Late interest paid so far.
        accrued_to: The day up to which ``late_micro`` counts.
    """

    number: int
    due_date: date
    interest_minor: int
    principal_minor: int
    late_micro: int
    late_paid_minor: int
    accrued_to: date

    @property
    def penalty_minor(self) -> int:
        """Late interest still unpaid, rounded half up."""
        return (self.late_micro + MICRO // 2) // MICRO - self.late_paid_minor

    @property
    def unpaid_minor(self) -> int:
        """Everything of the instalment still unpaid."""
        return self.interest_minor + self.principal_minor + self.penalty_minor


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one party is given, by component; see the module's sign convention."""

    party: str
    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0
    # Principal booked as lost; negative when a loss is recovered.
    loss_minor: int = 0

    @property
    def cash_minor(self) -> int:
        """The money it is given."""
        return self.principal_minor + self.interest_minor + self.penalty_minor

    def is_empty(self) -> bool:
        """Say whether nothing happens to the party."""
        return not (
            self.principal_minor
            or self.interest_minor
            or self.penalty_minor
            or self.loss_minor
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """A party's part of the claim.

    Attributes:
        party: Party code.
        units: Weight in interest and late interest.
        position_minor: Principal owed to it.
        principal_minor, interest_minor, penalty_minor: Entitled to since drawdown.
    """

    party: str
    units: int
    position_minor: int
    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0

    @property
    def cash_minor(self) -> int:
        """All money that it is entitled to since drawdown."""
        return self.principal_minor + self.interest_minor + self.penalty_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An agreement after the events up to ``place``.

    ``scheduled_minor`` is the principal not yet due by the frozen schedule,
    ``bearing_minor`` the same less prepayments; what was paid of the coming instalment
    ahead of its date waits in ``ahead_*``. ``interest_micro`` is what the running period
    earned up to ``interest_to``.
    """

    status: Status = Status.PENDING
    place: tuple[date, int, str] | None = None
    next_index: int = 0
    period_start: date | None = None
    scheduled_minor: int = 0
    bearing_minor: int = 0
    ahead_interest_minor: int = 0
    ahead_principal_minor: int = 0
    interest_micro: int = 0
    interest_to: date | None = None
    open: tuple[Open, ...] = ()
    holders: tuple[Holder, ...] = ()
    received_minor: int = 0
    unapplied_minor: int = 0
    reversed_minor: int = 0
    refunded_minor: int = 0
    guarantee_minor: int = 0
    recovered_minor: int = 0
    charged_off_minor: int = 0
    drawn_date: date | None = None
    defaulted_date: date | None = None
    closed_date: date | None = None

    @property
    def owed_minor(self) -> int:
        """Principal owed, due or not, written off or not."""
        return (
            self.bearing_minor
            - self.ahead_principal_minor
            + sum(o.principal_minor for o in self.open)
        )

    @property
    def outstanding_minor(self) -> int:
        """Principal still on the holders' books: nothing after a write-off."""
        return 0 if self.status is Status.WRITTEN_OFF else self.owed_minor

    @property
    def overdue_minor(self) -> int:
        """Everything due and unpaid on the day the state was brought to."""
        return sum(o.unpaid_minor for o in self.open)

    @property
    def refundable_minor(self) -> int:
        """Money received that is nobody's due and goes back to its payer."""
        return self.unapplied_minor + self.reversed_minor - self.refunded_minor

    @property
    def claim_minor(self) -> int:
        """The whole claim: principal, interest due and late interest."""
        return self.owed_minor + sum(o.interest_minor + o.penalty_minor for o in self.open)


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment that fell due."""

    number: int
    due_date: date
    interest_minor: int
    principal_minor: int
