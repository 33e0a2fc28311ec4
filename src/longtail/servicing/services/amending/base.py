"""What all changes of terms have in common."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.events import Event
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import Case, Happening, locked_case, record
from longtail.servicing.services.reporting import report_move
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.refusal import InvalidInput, Refusal

RUNNING = (Status.ACTIVE,)


class NotAmendable(Refusal):
    """The agreement's terms cannot be changed in this way now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes which agreement, from when, and why.

    Attributes:
        agreement_code: The agreement.
        value_date: The day from which it counts; between drawdown and today.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why.
        at: When it is recorded.
    """

    agreement_code: str
    value_date: date
    by: str
    seconded_by: str
    reason: str
    at: datetime


def opened(act: Act, *, what: str, statuses: Collection[Status] = RUNNING) -> Case:
    """Return the locked agreement that an act is about.

    Raises:
        FourEyesRequired: If both people are the same.
        InvalidInput: If there is no reason, or the day is out of range.
        NotInService: If nothing was ever drawn down.
        NotAmendable: If the agreement is not in one of the statuses.
    """
    require_two_people(act.by, act.seconded_by, what=what)
    require_reason(act.reason)
    case = locked_case(act.agreement_code)
    require_status(case, statuses, act="be changed like this")
    drawn = case.state.drawn_date
    if drawn is None or not drawn <= act.value_date <= act.at.date():
        raise InvalidInput({"value_date": f"must lie between {drawn} and {act.at.date()}"})
    return case


def require_status(case: Case, statuses: Collection[Status], *, act: str) -> None:
    """Refuse an agreement that is not in one of some statuses.

    Raises:
        NotAmendable: If it is not.
    """
    if case.state.status not in statuses:
        raise NotAmendable(
            f"Agreement {case.code} is {case.state.status}, so it cannot {act}. It must "
            f"be {' or '.join(statuses)}."
        )


def next_key(kind: str, agreement_code: str) -> str:
    """Return an unused key for another event of a kind; the agreement is locked."""
    rows = models.AgreementEvent.objects.filter(agreement__code=agreement_code, kind=kind)
    return f"{kind}:{agreement_code}:{rows.count() + 1}"


def carry_out(case: Case, event: Event, act: Act, *, told: str) -> None:
    """Record a change, tell the demand, and tell the enterprise what changed."""
    before = case.state.status
    happening = Happening(
        case=case,
        event=event,
        by=act.by,
        seconded_by=act.seconded_by,
        reason=act.reason.strip(),
    )
    record([happening], at=act.at)
    report_move(case, before, by=act.by, at=act.at, reason=act.reason)
    agreement = case.snapshot.agreement
    message = Message(
        party_code=agreement.enterprise.code,
        subject="The terms of your financing changed",
        body=f"Agreement {case.code}: {told} Reason: {act.reason.strip()}",
        link=f"/demands/{agreement.demand.code}/",
    )
    notify_many([message], at=act.at)
