"""Paying back what came in beyond the debt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.ledger import chart
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as custodian_services
from longtail.servicing import models
from longtail.servicing.events import Refund
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_case,
    locked_cases,
    record,
    save,
)
from longtail.servicing.services.drawdown import DEAD, payee
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class NothingToRefund(Refusal):
    """No money of the agreement belongs to its payer."""


@transaction.atomic
def refund_unapplied(*, agreement_code: str, by: str, at: datetime) -> Any:
    """Prepare paying back what the enterprise paid beyond its debt.

    Idempotent: a refund under way is returned as it is.

    Args:
        agreement_code: The agreement.
        by: Username of who prepares it; another person releases it.
        at: When.

    Returns:
        The custodian's payment instruction.

    Raises:
        NotInService: If nothing was ever drawn down.
        NothingToRefund: If every cent received is somebody's due.
        NoBankAccount: If the enterprise has named no account.
    """
    case = locked_case(agreement_code)
    row = case.snapshot
    before = row.refund_code and custodian.instruction(row.refund_code)
    if before and row.refund_minor and before.state not in DEAD:
        return before
    due = min(case.state.refundable_minor, _in_hand_minor(case))
    if due <= 0:
        raise NothingToRefund(
            f"Nothing is to be refunded on agreement {agreement_code}: all money received "
            "was due to its holders, or has yet to come back from them."
        )
    instruction = custodian_services.prepare_payment(
        key=":".join(filter(None, ("refund", agreement_code, row.refund_code))),
        account_code=chart.collection(agreement_code, case.terms.currency).code,
        payee=payee(row.agreement.enterprise),
        amount=Money(due, case.terms.currency),
        reference=agreement_code,
        purpose="refund",
        by=by,
        at=at,
    )
    row.refund_code, row.refund_minor = instruction.code, due
    save([case])
    return instruction


def _in_hand_minor(case: Case) -> int:
    paid_out = sum(case.paid.values()) + case.state.refunded_minor
    return case.state.received_minor - paid_out


def confirm_refunds(*, at: datetime) -> int:
    """Record the refunds that the custodian has settled.

    Args:
        at: When.

    Returns:
        How many were settled.
    """
    waiting = models.Snapshot.objects.filter(refund_minor__gt=0)
    codes = dict(waiting.values_list("agreement__code", "refund_code"))
    return _confirm_refunds(list(codes), at) if codes else 0


@transaction.atomic
def _confirm_refunds(codes: Sequence[str], at: datetime) -> int:
    settled = []
    for case in locked_cases(codes).values():
        row = case.snapshot
        instruction = custodian.instruction(row.refund_code)
        if row.refund_minor and instruction.state == "settled":
            refund = Refund(
                key=f"refund:{instruction.code}",
                value_date=instruction.ended_at.date(),
                amount_minor=row.refund_minor,
            )
            settled.append(Happening(case=case, event=refund, by="system"))
            row.refund_minor = 0
        elif instruction.state in DEAD:
            row.refund_minor = 0
            save([case])
    record(settled, at=at)
    return len(settled)
