"""The lines of a schedule as it turned out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RowKind(StrEnum):
    """What became of a row of the schedule."""

    PAID = "paid"
    PART_PAID = "part paid"
    DUE = "due"
    LATE = "late"
    COMING = "coming"
    # Paid ahead of the schedule on a day of its own.
    EARLY = "early"
    # Fell due at once by the default.
    CALLED = "called"
    # Not paid: what was left of it joined the instalments to come.
    MOVED = "moved"
    FEE = "fee"
    # A payment that its payer's bank took back, and what is owed again for it.
    TAKEN_BACK = "taken back"
    OWED_AGAIN = "owed again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One line of the schedule; amounts in minor units.

    Attributes:
        number: The instalment's number; 0 for early payments and what default called.
        due_date: When it is or was due.
        principal_minor: Principal due.
        interest_minor: Interest due.
        late_minor: Late interest charged so far.
        fee_minor: Fee charged.
        unpaid_minor: What of all these is not paid yet.
        kind: What became of it.
        paid_date: When it was paid in full, if it was.
        days_late: Days from due date to payment, or to the day looked at.
    """

    number: int
    due_date: date
    principal_minor: int
    interest_minor: int
    late_minor: int = 0
    fee_minor: int = 0
    unpaid_minor: int = 0
    kind: RowKind = RowKind.COMING
    paid_date: date | None = None
    days_late: int = 0

    @property
    def total_minor(self) -> int:
        """Everything due by the row."""
        owed = self.principal_minor + self.interest_minor
        return owed + self.late_minor + self.fee_minor

    @property
    def paid_minor(self) -> int:
        """What of it is paid."""
        return self.total_minor - self.unpaid_minor
