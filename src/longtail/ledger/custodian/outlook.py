"""What to expect of money on its way: why it is where it is, and until when. Pure.

Source:
    Directive (EU) 2015/2366, Article 83: a payment order executed is credited by the end
    of the following business day. Weekends count as closed; bank holidays are not known
    here, so a date may be missed by as many days as there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from longtail.ledger.custodian.rules import InstructionState as State

EXECUTION_DAYS = 1
SUSPENSE_DAYS = 2
SATURDAY = 5
WHY = {
    State.PREPARED: "It waits for a second person to release it.",
    State.RELEASED: "It goes to the bank with the next exchange.",
    State.SENT: "The bank has it and has not answered yet.",
    State.ACCEPTED: "The bank accepted it and carries it out.",
    State.SETTLED: "The bank carried it out.",
    State.REJECTED: "The bank rejected it; the money is free on the paying account.",
    State.CANCELLED: "It was cancelled; the money is free on the paying account.",
    State.RETURNING: "The payee's bank sent it back; its settlement is still to be booked.",
    State.RETURNED: "The payee's bank sent it back; the money is on the paying account.",
}
UNDER_WAY = frozenset({State.RELEASED, State.SENT, State.ACCEPTED, State.RETURNING})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of one movement of money.

    Attributes:
        why: Why it is where it is.
        expected_date: When its next step is due; None when none is, or a person has to act.
        is_late: Whether that day is past.
    """

    why: str
    expected_date: date | None
    is_late: bool


def of_payment(*, state: str, released: date | None, reason: str, on: date) -> Outlook:
    """Return what to expect of a payment.

    Args:
        state: Where it stands.
        released: The day it was released, if it was.
        reason: What the bank or the people said, if anything.
        on: Today.
    """
    found = State(state)
    why = f"{WHY[found]} {reason}".strip()
    if found not in UNDER_WAY or released is None:
        return Outlook(why, None, False)
    due = business_days_after(released, EXECUTION_DAYS)
    return Outlook(why, due, on > due)


def of_suspense(*, received: date, is_proposed: bool, on: date) -> Outlook:
    """Return what to expect of money that arrived without a known owner.

    Args:
        received: The day it was booked.
        is_proposed: Whether somebody has proposed where it belongs.
        on: Today.
    """
    why = (
        "Somebody has proposed where it belongs; a second person has to confirm."
        if is_proposed
        else "Its reference names no account; the desk looks for its owner."
    )
    due = business_days_after(received, SUSPENSE_DAYS)
    return Outlook(why, due, on > due)


def business_days_after(day: date, count: int) -> date:
    """Return the day some business days after another; weekends do not count."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
