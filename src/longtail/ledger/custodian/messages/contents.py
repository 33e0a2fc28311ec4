"""What the messages say, free of XML. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from longtail.values.money import Money
from longtail.values.refusal import Refusal


class MessageRefused(Refusal):
    """A message is unsafe, broken or says something impossible; nothing was taken in."""


class Direction(StrEnum):
    """Whether an entry raises or lowers the trust account."""

    CREDIT = "CRDT"
    DEBIT = "DBIT"


class Status(StrEnum):
    """What a bank says of a payment, as far as the platform tells them apart."""

    ACCEPTED = "ACCP"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Whom a payment goes to.

    Attributes:
        name: Account holder, at most 140 characters.
        account: IBAN or other account number, at most 34 characters.
        bic: The bank's BIC, or empty.
    """

    name: str
    account: str
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """One payment asked for in a pain.001.

    Attributes:
        end_to_end_id: What the platform calls it, for ever.
        amount: Positive.
        payee: Whom to pay.
        remittance: What the payee reads, at most 140 characters.
        reference: What it is paid under: an agreement whose payee the bank knows, or an
            entry that is returned to its payer. At most 35 characters.
    """

    end_to_end_id: str
    amount: Money
    payee: Payee
    remittance: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """A pain.001: payments out of the trust accounts."""

    message_id: str
    created_at: datetime
    transfers: tuple[CreditTransfer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStatus:
    """The bank's answer for one payment.

    Attributes:
        end_to_end_id: The payment.
        status: Accepted or rejected.
        reason_code: ISO external code such as ``AC01``, when rejected.
        reason: The same for a person.
    """

    end_to_end_id: str
    status: Status
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A pain.002: answers to the payments of one pain.001."""

    message_id: str
    created_at: datetime
    original_message_id: str
    statuses: tuple[TransferStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLine:
    """One booked entry on a trust account.

    Attributes:
        entry_reference: The bank's own, unique for ever.
        direction: In or out.
        amount: Positive.
        booking_date: The day whose statement carries it.
        value_date: The day it counts from.
        end_to_end_id: What the initiator of the payment called it, or empty.
        counterparty: Who paid or was paid.
        reference: What the payer quoted.
        payer_account: Of a credit: the account it came from, as far as the bank says.
        payer_bic: Of a credit: the payer's bank, as far as the bank says.
        return_reason: Of a payment of ours that came back, or of a credit that its
            payer's bank took back: why, as ISO code and words.
        original_reference: Of a credit taken back: the bank's reference of that credit,
            as far as it says.
        batch: The bank's reference of the collective entry it is part of, or empty.
    """

    entry_reference: str
    direction: Direction
    amount: Money
    booking_date: date
    value_date: date
    end_to_end_id: str = ""
    counterparty: str = ""
    reference: str = ""
    payer_account: str = ""
    payer_bic: str = ""
    return_reason: str = ""
    original_reference: str = ""
    batch: str = ""

    @property
    def signed_minor(self) -> int:
        """The amount as the trust account feels it, minor units."""
        return (
            self.amount.minor if self.direction is Direction.CREDIT else -self.amount.minor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A camt.054: entries as they happen."""

    message_id: str
    created_at: datetime
    account: str
    lines: tuple[CashLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMessage:
    """A camt.053: a trust account's booked days, from balance to balance.

    Attributes:
        message_id: The bank's own.
        created_at: When it was made.
        account: The trust account.
        currency: ISO 4217 code.
        number: Electronic sequence number; each statement's is one more.
        from_date: First day covered.
        to_date: Last day covered.
        opening_minor: Balance before the first day, minor units.
        closing_minor: Balance after the last day, minor units.
        lines: Every entry booked in between.
        page: Of a statement in several messages: which it is; its balances are those
            before and after its own entries.
        is_last_page: Whether no page follows.
    """

    message_id: str
    created_at: datetime
    account: str
    currency: str
    number: int
    from_date: date
    to_date: date
    opening_minor: int
    closing_minor: int
    lines: tuple[CashLine, ...]
    page: int = 1
    is_last_page: bool = True
