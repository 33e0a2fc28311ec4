"""What the sandbox bank pays and what it refuses. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta

from longtail.ledger.custodian.messages.contents import CreditTransfer, MessageRefused
from longtail.ledger.custodian.rules import BIC
from longtail.values.money import Money
from longtail.values.refusal import Refusal

ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{3,33}")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")

# ISO 20022 external status reason codes.
WRONG_ACCOUNT = ("AC01", "Incorrect account number")
WRONG_BANK = ("RC01", "Incorrect bank identifier")
NO_FUNDS = ("AM04", "Insufficient funds")
SAME_AGAIN = ("DU04", "Duplicate end-to-end id")
NO_MANDATE = ("MD01", "The payee is not confirmed for this reference")
ABOVE_LIMIT = ("AM02", "More than may leave under this reference")


class OrderRefused(MessageRefused):
    """The bank will not touch the order as a whole; nothing was paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Who may be paid under a reference, and how much is left.

    Attributes:
        payee_accounts: The accounts that may be paid.
        left_minor: How much may still leave, minor units.
    """

    payee_accounts: frozenset[str]
    left_minor: int


class StatementUnavailable(Refusal):
    """The bank has no statement that ends on this day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayIn:
    """Somebody outside pays into the trust account.

    Attributes:
        reference: What the payer quotes; the platform finds the account by it.
        amount: Positive.
        remitter: Who pays.
        value_date: The day it counts from.
        key: The payer's own end-to-end id; the same one never pays twice. Empty: none.
        account: Where it comes from; empty: an account that goes with the name.
    """

    reference: str
    amount: Money
    remitter: str
    value_date: date
    key: str = ""
    account: str = ""


def account_of(remitter: str) -> str:
    """Return the account that a payer of this name pays from, always the same."""
    drawn = int(hashlib.sha256(remitter.encode()).hexdigest()[:12], 16)
    return f"{drawn % 10**12:012d}"


def refusal_of(
    transfer: CreditTransfer,
    *,
    balance_minor: int,
    is_repeated: bool,
    mandate: Mandate | None,
) -> tuple[str, str] | None:
    """Return why the bank will not carry a payment out, as code and words, or None.

    Args:
        transfer: The payment.
        balance_minor: What is on the trust account, minor units.
        is_repeated: Whether its end-to-end id was paid before.
        mandate: What may be paid under its reference; None: anything, to anybody, for
            nobody keeps the desk.
    """
    payee = transfer.payee
    if not is_account(payee.account):
        return WRONG_ACCOUNT
    if payee.bic and not BIC.fullmatch(payee.bic):
        return WRONG_BANK
    if is_repeated:
        return SAME_AGAIN
    if mandate is not None and payee.account not in mandate.payee_accounts:
        return NO_MANDATE
    if mandate is not None and transfer.amount.minor > mandate.left_minor:
        return ABOVE_LIMIT
    if transfer.amount.minor > balance_minor:
        return NO_FUNDS
    return None


def is_account(number: str) -> bool:
    """Say whether an account number can exist; of an IBAN the check digits must agree.

    Source:
        ISO 13616, check digits by ISO 7064 MOD 97-10.
    """
    if not IBAN.fullmatch(number):
        return bool(ACCOUNT.fullmatch(number)) and any(c.isdigit() for c in number)
    turned = number[4:] + number[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def booking_date(*, today: date, closed_date: date | None) -> date:
    """Return the day an entry is booked on: never one whose books are closed."""
    if closed_date is None or closed_date < today:
        return today
    return closed_date + timedelta(days=1)
