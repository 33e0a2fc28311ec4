"""The end of a default: cured by payment, or withdrawn because it never was one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.deals.services import logs_refusals
from longtail.servicing import history
from longtail.servicing.dues import advance
from longtail.servicing.events import Cured, DefaultDeclared, Reversal
from longtail.servicing.readings.curing import cure_obstacles
from longtail.servicing.rules import Status
from longtail.servicing.services.amending.base import next_key
from longtail.servicing.services.cases import Case, Happening, locked_case, record
from longtail.servicing.services.reporting import report, report_move
from longtail.servicing.step import fold
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class NotInDefault(Refusal):
    """Only an agreement in default can be cured or written off."""


class StillInArrears(Refusal):
    """The default cannot be withdrawn while arrears are unpaid."""


class NotCurable(Refusal):
    """The default is not over yet."""


@logs_refusals
@transaction.atomic
def cure(
    *, agreement_code: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """End a default: its arrears are paid and its probation is over.

    From today the schedule goes on; the time in default bears no interest.

    Args:
        agreement_code: An agreement in default, or restructured in default.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        reason: Why the enterprise is likely to pay again.
        at: When.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If there is no reason.
        NotInDefault: If it is not in default.
        NotCurable: If arrears, guarantee or probation stand against it; all are listed.
    """
    require_two_people(by, seconded_by, what="A cure")
    reason = require_reason(reason)
    case = locked_case(agreement_code)
    before, today = case.state.status, at.date()
    if not case.state.defaulted_date or before not in (Status.ACTIVE, Status.DEFAULTED):
        raise NotInDefault(
            f"Agreement {agreement_code} is {before} and not in default, so there is "
            "nothing to cure."
        )
    now, _ = advance(case.terms, case.state, today)
    if obstacles := cure_obstacles(case.terms, now, today):
        raise NotCurable(
            f"The default of agreement {agreement_code} cannot end yet: "
            f"{'; '.join(obstacles)}."
        )
    event = Cured(key=next_key("cure", agreement_code), value_date=today)
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    if case.state.status is Status.REPAID:
        report_move(case, before, by=by, at=at, reason=reason)
    else:
        report([case], DealEvent.CURE, by=by, at=at, reason=reason)


@logs_refusals
@transaction.atomic
def withdraw_default(
    *, agreement_code: str, by: str, seconded_by: str, reason: str, at: datetime
) -> None:
    """Take back a default whose arrears turned out to have been paid in time.

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
    require_two_people(by, seconded_by, what="Withdrawing a default")
    reason = require_reason(reason)
    case = in_default(agreement_code, "withdrawn")
    before = case.state.status
    if case.state.guarantee_minor:
        raise NotInDefault(
            f"The guarantor of agreement {agreement_code} has paid its claim, so the "
            "default stands. What the enterprise pays goes to guarantor and holders."
        )
    reversal = _never_defaulted(case, at)
    happening = Happening(
        case=case, event=reversal, by=by, seconded_by=seconded_by, reason=reason
    )
    record([happening], at=at)
    report_move(case, before, by=by, at=at, reason=reason)


def _never_defaulted(case: Case, at: datetime) -> Reversal:
    """Return what takes the default back, if nothing would be overdue without it."""
    events = [event for _, event in history.read([case.snapshot.agreement_id])]
    undone = {e.of for e in events if isinstance(e, Reversal)}
    declared = max(
        (e for e in events if isinstance(e, DefaultDeclared) and e.key not in undone),
        key=lambda e: e.value_date,
    )
    reversal = Reversal(
        key=f"reversal:{declared.key}",
        value_date=max(at.date(), declared.value_date),
        of=declared.key,
    )
    without, _ = advance(case.terms, fold(case.terms, [*events, reversal]), at.date())
    if without.overdue_minor:
        raise StillInArrears(
            f"Without the default, {Money(without.overdue_minor, case.terms.currency)} of "
            f"agreement {case.code} would be overdue. It can be withdrawn if that turns "
            "out to be paid, and cured once it is."
        )
    return reversal


def in_default(agreement_code: str, done: str) -> Case:
    """Return a locked agreement in default.

    Raises:
        NotInDefault: If it is not.
    """
    case = locked_case(agreement_code)
    if case.state.status is not Status.DEFAULTED:
        raise NotInDefault(
            f"Agreement {agreement_code} is {case.state.status}, so it cannot be {done}. "
            "Declare its default first, with the reason."
        )
    return case
