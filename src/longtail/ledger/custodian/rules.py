"""What an instruction may become, what binds it, and how a payer finds an account. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b32encode
from enum import StrEnum

from longtail.ledger.custodian.messages.contents import Payee
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput, Refusal

REFERENCE_LENGTH, PURPOSE_LENGTH = 35, 100
NAME_LENGTH, ACCOUNT_LENGTH = 140, 34
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
CONTROLS = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]")


class CustodyRefusal(Refusal):
    """The custodian's desk would not do it; nothing changed."""


class IllegalStep(CustodyRefusal):
    """The instruction is past the point where this can be done."""


class UnknownInstruction(CustodyRefusal):
    """No payment instruction has this code."""


class InstructionTampered(CustodyRefusal):
    """An instruction no longer says what was bound when the money was held."""


class InstructionState(StrEnum):
    """Where a payment stands; money is held until it is settled, rejected or cancelled.

    A payment that its payee's bank sends back after settlement is returned. Should the
    news of the return overtake that of the settlement, it is returning in between.
    """

    PREPARED = "prepared"
    RELEASED = "released"
    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RETURNING = "returning"
    RETURNED = "returned"


class Step(StrEnum):
    """What can happen to an instruction."""

    RELEASE = "release"
    CANCEL = "cancel"
    SEND = "send"
    ACCEPT = "accept"
    SETTLE = "settle"
    REJECT = "reject"
    RETURN = "return"


# The bank's messages may overtake each other, so settling does not wait for acceptance.
STEPS = {
    (InstructionState.PREPARED, Step.RELEASE): InstructionState.RELEASED,
    (InstructionState.PREPARED, Step.CANCEL): InstructionState.CANCELLED,
    (InstructionState.RELEASED, Step.CANCEL): InstructionState.CANCELLED,
    (InstructionState.RELEASED, Step.SEND): InstructionState.SENT,
    (InstructionState.SENT, Step.ACCEPT): InstructionState.ACCEPTED,
    (InstructionState.SENT, Step.SETTLE): InstructionState.SETTLED,
    (InstructionState.SENT, Step.REJECT): InstructionState.REJECTED,
    (InstructionState.ACCEPTED, Step.SETTLE): InstructionState.SETTLED,
    (InstructionState.ACCEPTED, Step.REJECT): InstructionState.REJECTED,
    (InstructionState.SENT, Step.RETURN): InstructionState.RETURNING,
    (InstructionState.ACCEPTED, Step.RETURN): InstructionState.RETURNING,
    (InstructionState.RETURNING, Step.SETTLE): InstructionState.RETURNED,
    (InstructionState.SETTLED, Step.RETURN): InstructionState.RETURNED,
}
# Answers by which a bank refuses a repetition; they say nothing of the first.
REPETITIONS = frozenset({"DU01", "DU02", "DU03", "DU04", "DU05", "AM05"})
REASON_LENGTH = 500


def can(state: str, step: Step) -> bool:
    """Say whether an instruction in this state may take a step."""
    return (InstructionState(state), step) in STEPS


def after(state: str, step: Step) -> InstructionState:
    """Return the state after a step.

    Raises:
        IllegalStep: If the state does not allow it.
    """
    if not can(state, step):
        raise IllegalStep(
            f"The payment is {state}, so it can no longer be "
            f"{'released' if step is Step.RELEASE else 'cancelled'}; look at its latest "
            "state."
            if step in (Step.RELEASE, Step.CANCEL)
            else f"A payment that is {state} cannot {step}."
        )
    return STEPS[InstructionState(state), step]


def refuse_unpayable(*, payee: Payee, amount: Money, reference: str, purpose: str) -> None:
    """Refuse what no payment message could carry; list everything that is wrong.

    Whether the account exists is the bank's to say.

    Raises:
        InvalidInput: With a message for each bad field.
    """
    texts = {
        "payee_name": (payee.name, NAME_LENGTH, True),
        "payee_account": (payee.account, ACCOUNT_LENGTH, True),
        "reference": (reference, REFERENCE_LENGTH, False),
        "purpose": (purpose, PURPOSE_LENGTH, False),
    }
    problems = {}
    for name, (text, limit, is_required) in texts.items():
        if is_required and not text.strip():
            problems[name] = "is missing"
        elif len(text) > limit:
            problems[name] = f"is longer than {limit} characters"
        elif CONTROLS.search(text):
            problems[name] = "contains characters that cannot be printed"
    if payee.bic and not BIC.fullmatch(payee.bic):
        problems["payee_bic"] = "is not a BIC: 8 or 11 capital letters and digits"
    if amount.minor <= 0:
        problems["amount"] = "must be positive"
    if problems:
        raise InvalidInput(problems)


def binding(
    *, account_code: str, payee: Payee, amount: Money, reference: str, purpose: str
) -> str:
    """Return the SHA-256 of where money goes and why, in hexadecimal.

    It becomes part of the key of the journal that holds the money, so whoever changes
    the payee afterwards would have to rewrite the append-only journal as well.
    """
    said = [account_code, payee.name, payee.account, payee.bic, amount.minor]
    said += [amount.currency, reference, purpose]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def hold_key(instruction_code: str, bound: str) -> str:
    """Return the key of the journal that holds an instruction's money."""
    return f"payment:{instruction_code}:{bound}"


def creditor_reference(account_code: str) -> str:
    """Return the reference that outside payers quote to reach an account.

    Always the same for the same account. One mistyped or swapped character is found
    by the check digits.

    Source:
        ISO 11649, structured creditor reference; check digits by ISO 7064 MOD 97-10.
    """
    body = b32encode(hashlib.sha256(account_code.encode()).digest()).decode()[:16]
    digits = "".join(str(int(c, 36)) for c in body + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def normal_reference(quoted: str) -> str:
    """Return a quoted reference without the spaces and small letters people type."""
    return "".join(quoted.split()).upper()
