"""Payments out that the payee's bank sent back after they were settled.

The money is back on the account that it was paid from. A drawdown that came back never
was one: the agreement is folded again without it, no interest has run, and it can be
prepared once more. A refund that came back is refundable again; what banks kept of it is
gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from longtail.deals.lifecycle import Event as DealEvent
from longtail.ledger.custodian import queries as custodian
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.events import Refund, Reversal
from longtail.servicing.rules import RefundState, Status
from longtail.servicing.services.cases import Case, Happening, locked_cases, record
from longtail.servicing.services.reporting import report

RETURNED = "returned"


def take_returns(*, at: datetime) -> int:
    """Undo the drawdowns and refunds that came back from their payee's bank.

    A drawdown of which holders have been paid something already is left to people: it
    stands, and its payment says that it was returned.

    Args:
        at: When.

    Returns:
        How many were undone.
    """
    codes = {found.code for found in custodian.instructions(RETURNED)}
    drawn = models.Snapshot.objects.filter(instruction_code__in=codes).exclude(
        status=Status.PENDING
    )
    refunds = models.Refund.objects.filter(
        instruction_code__in=codes, state=RefundState.SETTLED
    )
    named = {*drawn.values_list("agreement__code", flat=True)}
    named |= {*refunds.values_list("agreement__code", flat=True)}
    return _undo(sorted(named), codes, at) if named else 0


@transaction.atomic
def _undo(agreement_codes: Sequence[str], codes: set[str], at: datetime) -> int:
    cases = locked_cases(agreement_codes)
    by_id = {case.snapshot.agreement_id: case for case in cases.values()}
    back = [case for case in cases.values() if _came_back(case, codes)]
    rows = models.Refund.objects.filter(
        instruction_code__in=codes, state=RefundState.SETTLED, agreement_id__in=by_id
    )
    refunds = list(rows.order_by("id"))
    came = custodian.came_back_minor(row.instruction_code for row in refunds)
    happenings = [_never_drawn(case, at) for case in back]
    for row in refunds:
        happenings += _never_refunded(by_id[row.agreement_id], row, came, at)
        row.state = RefundState.FAILED
        row.save(update_fields=["state"])
    record(happenings, at=at)
    report(back, DealEvent.RETURN, by="system", at=at, reason="The money came back.")
    notify_many([_message(case) for case in back], at=at)
    return len(back) + len(refunds)


def _came_back(case: Case, codes: set[str]) -> bool:
    is_drawn = case.snapshot.instruction_code in codes and case.state.drawn_date
    return bool(is_drawn) and not any(case.paid.values())


def _never_drawn(case: Case, at: datetime) -> Happening:
    rows = models.AgreementEvent.objects.filter(
        agreement=case.snapshot.agreement, kind="drawdown"
    )
    last = rows.order_by("id").last()
    assert last is not None, "an agreement that was drawn down has a drawdown"
    return _reversal(case, last.key, at, "The enterprise's bank sent the money back.")


def _reversal(case: Case, key: str, at: datetime, reason: str) -> Happening:
    event = Reversal(key=f"reversal:{key}", value_date=at.date(), of=key)
    return Happening(case=case, event=event, by="system", reason=reason)


def _never_refunded(
    case: Case, row: models.Refund, came: dict[str, int], at: datetime
) -> list[Happening]:
    key = f"refund:{row.instruction_code}"
    undone = [_reversal(case, key, at, "The payee's bank sent the refund back.")]
    kept = row.amount_minor - came[row.instruction_code]
    if kept:
        event = Refund(
            key=f"{key}:kept",
            value_date=at.date(),
            amount_minor=kept,
            of=row.payment_key,
        )
        undone.append(
            Happening(case=case, event=event, by="system", reason="Kept by banks")
        )
    return undone


def _message(case: Case) -> Message:
    return Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="Your money came back to us",
        body=(
            f"Your bank sent back what agreement {case.code} paid out. Nothing is owed; "
            "check the bank account in your file, so that it can be paid again."
        ),
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )
