"""Payments out of accounts, and the references by which money finds its way in.

Money is held when a payment is prepared, and stays held until the bank's last word. The
platform instructs; only the custodian moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import models, rules
from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.models import Instruction
from longtail.ledger.custodian.rules import Step, UnknownInstruction
from longtail.values.codes import mint
from longtail.values.eyes import require_two_people
from longtail.values.money import Money

__all__ = [
    "Payee",
    "Wording",
    "assign_reference",
    "assign_references",
    "cancel_payment",
    "prepare_payment",
    "release_payment",
]


class Wording(TypedDict, total=False):
    """What is said about a payment.

    Attributes:
        reference: What the payee is to see, at most 35 characters.
        purpose: Why it is paid, at most 100 characters.
    """

    reference: str
    purpose: str


def prepare_payment(
    *,
    key: str,
    account_code: str,
    payee: Payee,
    amount: Money,
    by: str,
    at: datetime,
    **wording: Unpack[Wording],
) -> Instruction:
    """Hold an amount for a payment to a payee, who is bound from here on.

    Args:
        key: Names the payment for ever; the same key never holds twice.
        account_code: The account to pay from.
        payee: Whom to pay.
        amount: Positive, in the account's currency.
        by: The person who prepares it.
        at: When, timezone-aware.
        **wording: ``reference`` and ``purpose``; see :class:`Wording`.

    Returns:
        The instruction, which another person has to release; on a replay the earlier.

    Raises:
        InvalidInput: If no payment message could carry it.
        InsufficientFunds: If the account has less than the amount available.
        KeyReused: If the key belongs to another payment.
        UnknownAccount: If there is no such account.
    """
    reference, purpose = wording.get("reference", ""), wording.get("purpose", "")
    rules.refuse_unpayable(payee=payee, amount=amount, reference=reference, purpose=purpose)
    bound = rules.binding(
        account_code=account_code,
        payee=payee,
        amount=amount,
        reference=reference,
        purpose=purpose,
    )
    wanted = Instruction(
        code=mint("PAY"),
        key=key,
        account_id=account_code,
        currency=amount.currency,
        amount_minor=amount.minor,
        payee_name=payee.name,
        payee_account=payee.account,
        payee_bic=payee.bic,
        reference=reference,
        purpose=purpose,
        prepared_by=by,
        prepared_at=at,
    )
    if known := Instruction.objects.filter(key=key).first():
        return _same(known, bound)
    posting.open_account(chart.custodian_cash(amount.currency))
    try:
        with transaction.atomic():
            wanted.hold_id = _hold(wanted, bound)
            wanted.save(force_insert=True)
    except IntegrityError:
        # A rival prepared the same payment first; ours is rolled back, hold and all.
        return _same(Instruction.objects.get(key=key), bound)
    return wanted


def _hold(wanted: Instruction, bound: str) -> int:
    amount = Money(wanted.amount_minor, wanted.currency)
    move = posting.Move(
        debit=wanted.account_code,
        credit=chart.custodian_cash(wanted.currency).code,
        amount=amount,
        pending=True,
    )
    entry = posting.Entry(
        key=rules.hold_key(wanted.code, bound),
        kind="payment-hold",
        effective_at=wanted.prepared_at,
        moves=(move,),
    )
    return posting.post(entry)[0]


def _same(known: Instruction, bound: str) -> Instruction:
    if binding_of(known) != bound:
        raise posting.KeyReused(
            f"Payment {known.code} was prepared under the same key with another payee, "
            "amount or purpose; use a new key for a new payment."
        )
    return known


def binding_of(instruction: Instruction) -> str:
    """Return what an instruction, as it is stored now, would have been bound to."""
    return rules.binding(
        account_code=instruction.account_code,
        payee=payee_of(instruction),
        amount=Money(instruction.amount_minor, instruction.currency),
        reference=instruction.reference,
        purpose=instruction.purpose,
    )


def payee_of(instruction: Instruction) -> Payee:
    """Return whom an instruction pays."""
    return Payee(
        name=instruction.payee_name,
        account=instruction.payee_account,
        bic=instruction.payee_bic,
    )


def tampered(instructions: Sequence[Instruction]) -> set[str]:
    """Return the codes of instructions that no longer say what was bound."""
    keys = {rules.hold_key(i.code, binding_of(i)): i.code for i in instructions}
    bound = ledger.posted_keys(keys)
    return {code for key, code in keys.items() if key not in bound}


@transaction.atomic
def release_payment(*, code: str, by: str, at: datetime) -> Instruction:
    """Let a prepared payment go to the bank with the next exchange.

    Args:
        code: The instruction.
        by: A person other than the one who prepared it.
        at: When, timezone-aware.

    Raises:
        UnknownInstruction: If there is no such instruction.
        FourEyesRequired: If the same person prepared it.
        InstructionTampered: If it no longer says what was bound.
        IllegalStep: If it is past release.
    """
    found = _locked(code)
    if found.released_by == by:
        return found
    state = rules.after(found.state, Step.RELEASE)
    require_two_people(found.prepared_by, by, what="Releasing a payment")
    if tampered([found]):
        raise rules.InstructionTampered(
            f"Payment {code} no longer says what was bound when its money was held; "
            "cancel it, find out who changed it, and prepare it again."
        )
    found.state, found.released_by, found.released_at = state, by, at
    found.save(update_fields=["state", "released_by", "released_at"])
    return found


@transaction.atomic
def cancel_payment(*, code: str, by: str, at: datetime, reason: str = "") -> Instruction:
    """Give up a payment that has not been sent, and release its money.

    Args:
        code: The instruction.
        by: The person who cancels it.
        at: When, timezone-aware.
        reason: Why, for the record.

    Raises:
        UnknownInstruction: If there is no such instruction.
        IllegalStep: If it went to the bank already.
    """
    found = _locked(code)
    if found.state == rules.InstructionState.CANCELLED:
        return found
    found.state = rules.after(found.state, Step.CANCEL)
    posting.post(void(found, at=at))
    found.cancelled_by, found.ended_at, found.reason = by, at, reason[:500]
    found.save(update_fields=["state", "cancelled_by", "ended_at", "reason"])
    return found


def void(instruction: Instruction, *, at: datetime) -> posting.Entry:
    """Return the journal that gives an instruction's held money back."""
    return posting.Entry(
        key=f"payment-void:{instruction.code}",
        kind="payment-void",
        effective_at=at,
        moves=(posting.Resolve(instruction.hold_id, post=False),),
    )


def _locked(code: str) -> Instruction:
    found = Instruction.objects.select_for_update(no_key=True).filter(code=code).first()
    if found is None:
        raise UnknownInstruction(f"There is no payment {code}.")
    return found


def assign_reference(*, account_code: str) -> str:
    """Return what outside payers quote to reach an account, always the same.

    Raises:
        UnknownAccount: If there is no such account.
    """
    return assign_references(account_codes=[account_code])[account_code]


@transaction.atomic
def assign_references(*, account_codes: Sequence[str]) -> dict[str, str]:
    """Return the references of accounts by code; see :func:`assign_reference`.

    Raises:
        UnknownAccount: If one of the accounts does not exist.
    """
    found = {code: rules.creditor_reference(code) for code in account_codes}
    rows = models.PaymentReference.objects.filter(account__in=account_codes)
    known = set(rows.values_list("account_id", flat=True))
    missing = sorted(found.keys() - known)
    unknown = set(missing) - ledger.account_ids(missing).keys()
    if unknown:
        raise posting.UnknownAccount(f"{chart.describe(min(unknown))} is not open.")
    models.PaymentReference.objects.bulk_create(
        [models.PaymentReference(account_id=c, reference=found[c]) for c in missing],
        ignore_conflicts=True,
    )
    return found
