"""Default, its cure, and the write-off of what will not come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.deals.services import logs_refusals
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.dues import advance
from longtail.servicing.events import DefaultDeclared, Reversal, WriteOff
from longtail.servicing.history import event_of
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import Case, Happening, locked_case, record
from longtail.servicing.services.eyes import require_reason, require_two_people
from longtail.servicing.services.receipts import report
from longtail.servicing.step import fold
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class NotActive(Refusal):
    """Only an agreement that is active can default."""


class NotInDefault(Refusal):
    """Only an agreement in default can be cured or written off."""


class StillInArrears(Refusal):
    """The default cannot be cured while arrears are unpaid."""


@logs_refusals
@transaction.atomic
def declare_default(*, agreement_code: str, reason: str, by: str, at: datetime) -> None:
    """Declare an agreement in default because its enterprise is unlikely to pay.

    Arrears of more than 90 days default by themselves at the day's end; a person may
    declare it earlier. Everything falls due at once and interest stops.

    Args:
        agreement_code: The agreement.
        reason: Why it is unlikely to be paid.
        by: Username.
        at: When.

    Raises:
        NotInService: If it was never drawn down.
        NotActive: If it is not active.
        InvalidInput: If there is no reason.
    """
    reason = require_reason(reason)
    case = locked_case(agreement_code)
    if case.state.status is not Status.ACTIVE:
        raise NotActive(
            f"Agreement {agreement_code} is {case.state.status}, so it cannot default. "
            "Only an active agreement can."
        )
    default([(case, at.date(), reason)], by=by, at=at)


def default(declared: Sequence[tuple[Case, date, str]], *, by: str, at: datetime) -> None:
    """Record defaults of locked, active cases, each with its date and reason."""
    if not declared:
        return
    earlier = _default_counts([case for case, _, _ in declared])
    record(
        [
            Happening(
                case=case,
                event=DefaultDeclared(
                    key=f"default:{case.code}:{earlier[case.snapshot.agreement_id] + 1}",
                    value_date=on,
                ),
                by=by,
                reason=reason,
            )
            for case, on, reason in declared
        ],
        at=at,
    )
    for case, _, reason in declared:
        report([case], DealEvent.DEFAULT, by=by, at=at, reason=reason)
    notify_many([_default_message(case, reason) for case, _, reason in declared], at=at)


def _default_counts(cases: Sequence[Case]) -> Counter[int]:
    """Return how often each agreement defaulted before and was cured."""
    rows = models.AgreementEvent.objects.filter(
        kind="default", agreement_id__in=[case.snapshot.agreement_id for case in cases]
    )
    return Counter(rows.values_list("agreement_id", flat=True))


def _default_message(case: Case, reason: str) -> Message:
    claim = Money(case.state.claim_minor, case.terms.currency)
    return Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="Your financing is in default",
        body=(
            f"Agreement {case.code} is in default: {reason} The whole debt of {claim} is "
            "due now and bears no further interest. Pay it, or contact your funders."
        ),
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )


@logs_refusals
@transaction.atomic
def cure(
    *, agreement_code: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Take back a default whose arrears turned out to be paid.

    The agreement is folded again as if it had never defaulted.

    Args:
        agreement_code: An agreement in default.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        NotInDefault: If it is not in default, or its guarantor has paid.
        StillInArrears: If without the default an instalment would be unpaid.
    """
    require_two_people(by, seconded_by)
    reason = require_reason(reason)
    case = _in_default(agreement_code, "cured")
    if case.state.guarantee_minor:
        raise NotInDefault(
            f"The guarantor of agreement {agreement_code} has paid its claim, so the "
            "default stands. What the enterprise pays goes to guarantor and holders."
        )
    rows = models.AgreementEvent.objects.filter(agreement=case.snapshot.agreement)
    history = [event_of(row) for row in rows]
    undone = {e.of for e in history if isinstance(e, Reversal)}
    declared = next(
        e for e in history if isinstance(e, DefaultDeclared) and e.key not in undone
    )
    reversal = Reversal(
        key=f"reversal:{declared.key}",
        value_date=max(at.date(), declared.value_date),
        of=declared.key,
    )
    without, _ = advance(case.terms, fold(case.terms, [*history, reversal]), at.date())
    if without.overdue_minor:
        raise StillInArrears(
            f"Without the default, {Money(without.overdue_minor, case.terms.currency)} of "
            f"agreement {agreement_code} would be overdue. It can be cured once that is "
            "paid."
        )
    happening = Happening(
        case=case, event=reversal, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    event = DealEvent.REPAY if case.state.status is Status.REPAID else DealEvent.CURE
    report([case], event, by=by, at=at, reason=reason)


def _in_default(agreement_code: str, done: str) -> Case:
    case = locked_case(agreement_code)
    if case.state.status is not Status.DEFAULTED:
        raise NotInDefault(
            f"Agreement {agreement_code} is {case.state.status}, so it cannot be {done}. "
            "Declare its default first, with the reason."
        )
    return case


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
    require_two_people(by, seconded_by)
    reason = require_reason(reason)
    case = _in_default(agreement_code, "written off")
    lost = case.state.owed_minor
    event = WriteOff(key=f"write-off:{agreement_code}", value_date=at.date())
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    report([case], DealEvent.WRITE_OFF, by=by, at=at, reason=reason)
    notify_many(_loss_messages(case, Money(lost, case.terms.currency), reason), at=at)


def _loss_messages(case: Case, lost: Money, reason: str) -> list[Message]:
    return [
        Message(
            party_code=holder.party,
            subject="A holding was written off",
            body=(
                f"{lost} of agreement {case.code} was written off; your part is "
                f"{Money(holder.position_minor, lost.currency)}. Reason: {reason}"
            ),
            link=f"/demands/{case.snapshot.agreement.demand.code}/",
        )
        for holder in case.state.holders
        if holder.position_minor
    ]
