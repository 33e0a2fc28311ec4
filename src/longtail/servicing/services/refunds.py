"""Paying back what came in beyond the debt, or was not meant for the agreement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.ledger import chart
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as custodian_services
from longtail.ledger.custodian.services import Payee
from longtail.servicing import models
from longtail.servicing.events import Refund
from longtail.servicing.rules import RefundState
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_case,
    locked_cases,
    record,
    save,
)
from longtail.servicing.services.drawdown import DEAD, payee
from longtail.servicing.services.payouts import in_hand_minor
from longtail.servicing.services.undoing.reversals import standing_event
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput, Refusal


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
    if before := _under_way(case, ""):
        return before
    to = payee(case.snapshot.agreement.enterprise)
    return _prepared(case, "", case.state.refundable_minor, to, by=by, at=at)


@transaction.atomic
def return_payment(*, event_key: str, account: str = "", by: str, at: datetime) -> Any:
    """Prepare sending a reversed payment back to its payer, not to the enterprise.

    Idempotent: a return under way is returned as it is.

    Args:
        event_key: Key of the reversed payment's event.
        account: The payer's account, as its bank confirmed it; asked for only where the
            custodian did not tell which account the payment came from.
        by: Username of who prepares it; another person releases it.
        at: When.

    Returns:
        The custodian's payment instruction, to the payer that the receipt names.

    Raises:
        InvalidInput: If an account is given though the custodian told another, or none
            is given or known.
        NothingToRefund: If the payment was not reversed, is back with its payer or was
            taken back by its bank, or the money has yet to come back from the holders.
    """
    row = standing_event(event_key, "payment")
    case = locked_case(row.agreement.code)
    if before := _under_way(case, event_key):
        return before
    payer = _payer(event_key, account.strip())
    undone = models.AgreementEvent.objects.filter(key=f"chargeback:{event_key}")
    reversed_ = models.AgreementEvent.objects.filter(key=f"reversal:{event_key}")
    rows = models.Refund.objects.filter(payment_key=event_key, state=RefundState.SETTLED)
    back = sum(rows.values_list("amount_minor", flat=True))
    due = row.amount_minor - back if reversed_.exists() and not undone.exists() else 0
    return _prepared(case, event_key, due, payer, by=by, at=at)


def _payer(event_key: str, account: str) -> Payee:
    """Return who sent a payment, and from which account.

    Raises:
        InvalidInput: If nobody has told the account, or two have told different ones.
    """
    receipt = custodian.receipt(int(event_key.removeprefix("receipt:")))
    assert receipt is not None, "a payment's key names its receipt"
    known = receipt.remitter_account
    if not (known or account):
        raise InvalidInput(
            {"account": "must be the payer's, because its bank did not tell which"}
        )
    if account and known and account != known:
        raise InvalidInput({"account": "must be the one that the payment came from"})
    bic = receipt.remitter_bic if known else ""
    return Payee(name=receipt.remitter, account=known or account, bic=bic)


def _under_way(case: Case, payment_key: str) -> Any:
    row = models.Refund.objects.filter(
        agreement=case.snapshot.agreement,
        payment_key=payment_key,
        state=RefundState.UNDER_WAY,
    ).first()
    return row and custodian.instruction(row.instruction_code)


def _prepared(
    case: Case, payment_key: str, due_minor: int, to: Payee, *, by: str, at: datetime
) -> Any:
    row = case.snapshot
    in_hand = in_hand_minor(case.state, case.paid, row.refund_minor)
    due = min(due_minor, in_hand)
    if due <= 0:
        raise NothingToRefund(
            f"Nothing is to be refunded on agreement {case.code}: all money received "
            "was due to its holders, or has yet to come back from them."
        )
    earlier = models.Refund.objects.filter(agreement=row.agreement).count()
    instruction = custodian_services.prepare_payment(
        key=f"refund:{case.code}:{earlier}",
        account_code=chart.collection(case.code, case.terms.currency).code,
        payee=to,
        amount=Money(due, case.terms.currency),
        reference=case.code,
        purpose="refund",
        by=by,
        at=at,
    )
    models.Refund.objects.create(
        agreement=row.agreement,
        payment_key=payment_key,
        instruction_code=instruction.code,
        amount_minor=due,
        prepared_at=at,
    )
    row.refund_minor += due
    save([case])
    return instruction


def _kept(case: Case, row: models.Refund, instruction: Any) -> list[Happening]:
    came = custodian.came_back_minor([row.instruction_code])
    kept = row.amount_minor - came.get(row.instruction_code, row.amount_minor)
    if not kept:
        return []
    event = Refund(
        key=f"refund:{row.instruction_code}:kept",
        value_date=instruction.ended_at.date(),
        amount_minor=kept,
        of=row.payment_key,
    )
    return [Happening(case=case, event=event, by="system", reason="Kept by banks")]


def confirm_refunds(*, at: datetime) -> int:
    """Record the refunds that the custodian has settled.

    Args:
        at: When.

    Returns:
        How many were settled.
    """
    waiting = models.Refund.objects.filter(state=RefundState.UNDER_WAY)
    codes = list(waiting.values_list("agreement__code", flat=True))
    return _confirm_refunds(codes, at) if codes else 0


@transaction.atomic
def _confirm_refunds(codes: Sequence[str], at: datetime) -> int:
    cases = {c.snapshot.agreement_id: c for c in locked_cases(codes).values()}
    settled, failed = [], []
    done: list[models.Refund] = []
    rows = models.Refund.objects.filter(state=RefundState.UNDER_WAY, agreement_id__in=cases)
    for row in rows.order_by("id"):
        case = cases[row.agreement_id]
        instruction = custodian.instruction(row.instruction_code)
        if instruction.state == "settled":
            refund = Refund(
                key=f"refund:{instruction.code}",
                value_date=instruction.ended_at.date(),
                amount_minor=row.amount_minor,
                of=row.payment_key,
            )
            settled.append(Happening(case=case, event=refund, by="system"))
            row.state = RefundState.SETTLED
        elif instruction.state in DEAD:
            # Of one that came back at once, what banks kept is gone.
            settled += _kept(case, row, instruction)
            failed.append(case)
            row.state = RefundState.FAILED
        else:
            continue
        done.append(row)
        case.snapshot.refund_minor -= row.amount_minor
        row.save(update_fields=["state"])
    save(failed)
    record(settled, at=at)
    return sum(row.state == RefundState.SETTLED for row in done)
