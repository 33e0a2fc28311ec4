"""What the sandbox bank pays, what it refuses, and how its line fails. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from longtail.ledger.custodian.messages.contents import CreditTransfer
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
SAME_MESSAGE = ("DU01", "Duplicate message id with other contents")


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
    """

    reference: str
    amount: Money
    remitter: str
    value_date: date
    key: str = ""


def refusal_of(
    transfer: CreditTransfer, *, balance_minor: int, is_repeated: bool
) -> tuple[str, str] | None:
    """Return why the bank will not carry a payment out, as code and words, or None.

    Args:
        transfer: The payment.
        balance_minor: What is on the trust account, minor units.
        is_repeated: Whether its end-to-end id was paid before.
    """
    payee = transfer.payee
    if not is_account(payee.account):
        return WRONG_ACCOUNT
    if payee.bic and not BIC.fullmatch(payee.bic):
        return WRONG_BANK
    if is_repeated:
        return SAME_AGAIN
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


def falls(digest: str, fault: str, permille: int) -> bool:
    """Say whether a fault befalls a message; the same message always fares the same.

    Args:
        digest: SHA-256 of the message, hexadecimal.
        fault: Which fault, so that faults fall independently.
        permille: How many in a thousand it befalls.
    """
    # Another eight digits of the digest for each fault.
    place = {"lose": 0, "repeat": 8, "corrupt": 16}[fault]
    return int(digest[place : place + 8], 16) % 1000 < permille


def corrupted(xml: bytes) -> bytes:
    """Return a message as a bad line leaves it: cut short, a byte flipped."""
    half = bytearray(xml[: len(xml) // 2 + 1])
    half[len(half) // 2] ^= 0xFF
    return bytes(half)
