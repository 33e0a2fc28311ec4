"""Where an agreement stands: the value that the fold carries from event to event. Pure.

Sign convention: every amount is in minor units and not negative, except the components
of an :class:`Entitlement`, which count what a party may keep: what it is given adds,
what it hands over (a guarantor's payment, a chargeback) takes away.

The fold works on a private copy, so these are plain mutable records. A state that was
handed out is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from longtail.servicing.events import Treatment
from longtail.servicing.rules import MICRO, Status
from longtail.terms.resolve import Instalment


@dataclass(slots=True)
class Open:
    """Something due and not paid in full: an instalment, a fee, a payment taken back.

    Attributes:
        number: The instalment's number; 0 for anything else.
        due_date: When it fell due.
        interest_minor: Interest still unpaid.
        principal_minor: Principal still unpaid.
        late_micro: Late interest accrued so far, millionths of a minor unit.
        late_paid_minor: Late interest paid so far.
        accrued_to: The day up to which ``late_micro`` counts.
        fee_minor: Fee still unpaid.
        cause: Key of the event that made it due; empty for instalments and default.
        payee: Who is entitled to the fee; empty for the holders.
    """

    number: int
    due_date: date
    interest_minor: int
    principal_minor: int
    late_micro: int
    late_paid_minor: int
    accrued_to: date
    fee_minor: int = 0
    cause: str = ""
    payee: str = ""

    @property
    def penalty_minor(self) -> int:
        """Late interest still unpaid, rounded half up."""
        return (self.late_micro + MICRO // 2) // MICRO - self.late_paid_minor

    @property
    def unpaid_minor(self) -> int:
        """Everything of it still unpaid."""
        late = (self.late_micro + MICRO // 2) // MICRO - self.late_paid_minor
        return self.interest_minor + self.principal_minor + self.fee_minor + late

    @property
    def is_called(self) -> bool:
        """Whether it is the rest of the debt that default made due."""
        return self.number == 0 and not self.cause


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one party is given, by component; see the module's sign convention."""

    party: str
    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0
    # Principal booked as lost; negative when a loss is recovered.
    loss_minor: int = 0
    fee_minor: int = 0

    @property
    def cash_minor(self) -> int:
        """The money it is given."""
        given = self.principal_minor + self.interest_minor
        return given + self.penalty_minor + self.fee_minor

    def is_empty(self) -> bool:
        """Say whether nothing happens to the party."""
        return self == Entitlement(self.party)


@dataclass(slots=True)
class Holder:
    """A party's part of the claim.

    Attributes:
        party: Party code.
        units: Weight in interest, late interest and fees; 0 for one owed a fee only.
        position_minor: Principal owed to it.
        principal_minor, interest_minor, penalty_minor, fee_minor: Entitled to since
            drawdown.
        lost_minor: Part of the position that it booked as lost.
        forgiven_minor: Principal that it gave up for good.
    """

    party: str
    units: int
    position_minor: int
    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0
    fee_minor: int = 0
    lost_minor: int = 0
    forgiven_minor: int = 0

    @property
    def cash_minor(self) -> int:
        """All money that it is entitled to since drawdown."""
        earned = self.interest_minor + self.penalty_minor + self.fee_minor
        return self.principal_minor + earned


@dataclass(slots=True, kw_only=True)
class State:
    """An agreement after the events up to ``place``.

    ``plan`` holds the instalments still to come where an event changed them; without one
    they are those of the terms from ``next_index`` on. ``scheduled_minor`` is the
    principal in them, ``bearing_minor`` the same less prepayments; what was paid of the
    coming instalment ahead of its date waits in ``ahead_*``. ``interest_micro`` is what
    the running period earned up to ``interest_to``.

    The first ``skips`` of the coming instalments are skipped, ``treatment`` says what
    becomes of their interest. ``deferred`` falls due later, whole. ``called_minor`` is
    the principal that default made due. ``pauses`` are (from, until) of moratoria.
    """

    status: Status = Status.PENDING
    place: tuple[date, int, str] | None = None
    next_index: int = 0
    period_start: date | None = None
    # The running period began between two due dates, so it is counted by days.
    is_broken: bool = False
    rate_bps: int = 0
    plan: tuple[Instalment, ...] | None = None
    skips: int = 0
    treatment: Treatment = Treatment.DEFERRED
    scheduled_minor: int = 0
    bearing_minor: int = 0
    ahead_interest_minor: int = 0
    ahead_principal_minor: int = 0
    interest_micro: int = 0
    interest_to: date | None = None
    open: list[Open] = field(default_factory=list)
    deferred: list[Open] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    pauses: list[tuple[date, date]] = field(default_factory=list)
    called_minor: int = 0
    received_minor: int = 0
    unapplied_minor: int = 0
    reversed_minor: int = 0
    charged_back_minor: int = 0
    refunded_minor: int = 0
    returned_minor: int = 0
    guarantee_minor: int = 0
    recovered_minor: int = 0
    charged_off_minor: int = 0
    drawn_date: date | None = None
    defaulted_date: date | None = None
    # Since when nothing but what default called is due, while in default.
    clear_date: date | None = None
    cured_date: date | None = None
    forborne_date: date | None = None
    # Given better terms again while the probation of the last time still ran.
    is_reforborne: bool = False
    closed_date: date | None = None

    def copy(self) -> State:
        """Return a state that can be worked on without changing this one."""
        return replace(
            self,
            open=[replace(o) for o in self.open],
            deferred=[replace(o) for o in self.deferred],
            holders=[replace(h) for h in self.holders],
            pauses=list(self.pauses),
        )

    @property
    def owed_minor(self) -> int:
        """Principal owed, due or not, written off or not."""
        due = sum(o.principal_minor for o in self.open)
        return self.bearing_minor - self.ahead_principal_minor + due

    @property
    def outstanding_minor(self) -> int:
        """Principal still on the holders' books: less what they wrote off."""
        return self.owed_minor - sum(h.lost_minor for h in self.holders)

    @property
    def overdue_minor(self) -> int:
        """Everything due and unpaid on the day the state was brought to."""
        return sum(o.unpaid_minor for o in self.open)

    @property
    def refundable_minor(self) -> int:
        """Money paid beyond the debt, which goes back to the enterprise."""
        return max(self.unapplied_minor - self.refunded_minor, 0)

    @property
    def claim_minor(self) -> int:
        """The whole claim: principal, interest due and late interest; no fees."""
        late = sum(o.interest_minor + o.penalty_minor for o in self.open)
        waiting = sum(o.interest_minor + o.penalty_minor for o in self.deferred)
        return self.owed_minor + late + waiting


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment that fell due."""

    number: int
    due_date: date
    interest_minor: int
    principal_minor: int
