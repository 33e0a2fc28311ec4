"""The write-off of what will not come back: of all, or of a part."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.deals.services import logs_refusals
from longtail.notices.services import Message, notify_many
from longtail.servicing.events import PartialWriteOff, WriteOff
from longtail.servicing.rules import Status
from longtail.servicing.services.amending.base import next_key, require_status
from longtail.servicing.services.cases import Case, Happening, locked_case, record
from longtail.servicing.services.cures import in_default
from longtail.servicing.services.reporting import report
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput


@logs_refusals
@transaction.atomic
def write_off(
    *, agreement_code: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Book what the holders are still owed as lost; the claim itself lives on.

    Money that comes in later is distributed all the same and reduces the loss.

    Args:
        agreement_code: An agreement in default, however few days past due.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why nothing more is expected.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason.
        NotInDefault: If it is not in default.
    """
    require_two_people(by, seconded_by, what="A write-off")
    reason = require_reason(reason)
    case = in_default(agreement_code, "written off")
    lost = case.state.owed_minor
    event = WriteOff(key=f"write-off:{agreement_code}", value_date=at.date())
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    report([case], DealEvent.WRITE_OFF, by=by, at=at, reason=reason)
    parts = {h.party: h.position_minor for h in case.state.holders}
    notify_many(
        _loss_messages(case, Money(lost, case.terms.currency), reason, parts), at=at
    )


def _loss_messages(
    case: Case, lost: Money, reason: str, parts: dict[str, int]
) -> list[Message]:
    return [
        Message(
            party_code=party,
            subject="A holding was written off",
            body=(
                f"{lost} of agreement {case.code} was written off; your part is "
                f"{Money(part, lost.currency)}. Reason: {reason}"
            ),
            link=f"/demands/{case.snapshot.agreement.demand.code}/",
        )
        for party, part in parts.items()
        if part
    ]


@logs_refusals
@transaction.atomic
def write_off_part(
    *,
    agreement_code: str,
    amount_minor: int,
    by: str,
    seconded_by: str,
    reason: str,
    at: datetime,
) -> None:
    """Book a part of the principal as lost; all of it is still owed.

    Args:
        agreement_code: An agreement that is active or in default.
        amount_minor: Principal that is not expected back, minor units.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why it is not expected back.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason, or the amount is not on the books.
        NotAmendable: If the agreement is neither active nor in default.
    """
    require_two_people(by, seconded_by, what="A write-off")
    reason = require_reason(reason)
    case = locked_case(agreement_code)
    require_status(case, (Status.ACTIVE, Status.DEFAULTED), act="be written off in part")
    on_books = Money(case.state.outstanding_minor, case.terms.currency)
    if not 1 <= amount_minor <= on_books.minor:
        raise InvalidInput({"amount": f"must be more than zero and at most {on_books}"})
    event = PartialWriteOff(
        key=next_key("partial-write-off", agreement_code),
        value_date=at.date(),
        amount_minor=amount_minor,
    )
    before = {h.party: h.lost_minor for h in case.state.holders}
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    lost = Money(amount_minor, case.terms.currency)
    parts = {h.party: h.lost_minor - before[h.party] for h in case.state.holders}
    notify_many(_loss_messages(case, lost, reason, parts), at=at)
