"""Default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.deals.services import logs_refusals
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.events import DefaultDeclared
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import Case, Happening, locked_case, record
from longtail.servicing.services.reporting import report
from longtail.values.eyes import require_reason
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class NotActive(Refusal):
    """Only an agreement that is active can default."""


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
