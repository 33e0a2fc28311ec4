"""Breaks, money in suspense and the bank's payees as the API reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema

from longtail.interfaces.api.schemas.types import AmountIn, AmountOut, Strict, line, prose

Reason = prose(least=3, most=500)


class ReasonIn(Strict):
    """Why something is done, for the record."""

    reason: Reason


class OwnerIn(Strict):
    """Who is to look after a break."""

    owner: line(most=150)


class BreakEventOut(Schema):
    """One thing that happened to a break."""

    kind: str
    by: str
    seconded_by: str
    owner: str
    reason: str
    at: datetime


class CaseOut(Schema):
    """A break on the desk."""

    code: str
    currency: str
    kind: str
    state: str
    owner: str
    proposed_by: str
    entry_reference: str
    difference: AmountOut
    detail: str
    first_seen_date: date
    last_seen_date: date
    age_days: int
    bucket: str
    is_found: bool
    events: list[BreakEventOut]

    @classmethod
    def of(cls, found: Any) -> CaseOut:
        """Return a break with its age as the API shows it."""
        case = found.case
        own = {"difference", "age_days", "bucket", "is_found", "events"}
        return cls(
            difference=AmountOut.of(case.difference_minor, case.currency),
            age_days=found.age_days,
            bucket=found.bucket,
            is_found=found.is_found,
            events=[
                BreakEventOut(**{n: getattr(event, n) for n in BreakEventOut.model_fields})
                for event in case.events.order_by("id")
            ],
            **{name: getattr(case, name) for name in set(cls.model_fields) - own},
        )


class CasesOut(Schema):
    """Breaks, oldest first."""

    results: list[CaseOut]


class DisposalIn(Strict):
    """Where money in suspense is to go: to whom the reference belongs, or back."""

    reference: line(least=0, most=35) = ""
    reason: Reason


class SuspendedOut(Schema):
    """Money that waits for its owner."""

    entry_reference: str
    amount: AmountOut
    remitter: str
    reference: str
    value_date: date
    why: str
    expected_date: date | None
    is_late: bool
    proposed_account: str | None
    proposed_by: str
    proposal_reason: str

    @classmethod
    def of(cls, found: Any) -> SuspendedOut:
        """Return money in suspense as the API shows it."""
        entry, proposal, outlook = found.entry, found.proposal, found.outlook
        return cls(
            entry_reference=entry.entry_reference,
            amount=AmountOut.of(entry.amount_minor, entry.currency),
            remitter=entry.counterparty,
            reference=entry.reference,
            value_date=entry.value_date,
            why=outlook.why,
            expected_date=outlook.expected_date,
            is_late=outlook.is_late,
            proposed_account=proposal and proposal.account_code,
            proposed_by=proposal.proposed_by if proposal else "",
            proposal_reason=proposal.reason if proposal else "",
        )


class SuspenseOut(Schema):
    """Money in suspense, oldest first."""

    results: list[SuspendedOut]


class DisposalOut(Schema):
    """What was proposed or decided about money in suspense."""

    state: str
    account_code: str
    reason: str
    proposed_by: str
    decided_by: str

    @classmethod
    def of(cls, found: Any) -> DisposalOut:
        """Return a disposal as the API shows it."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class PayeeIn(Strict):
    """Whom the bank is to pay under a reference, and how much."""

    reference: line(most=35)
    name: line(most=140)
    account: line(most=34)
    limit: AmountIn
    paid_in_by: line(least=0, most=35) = ""


class PayeeOut(Schema):
    """A payee of the sandbox custodian's."""

    id: int
    reference: str
    name: str
    account_end: str
    limit: AmountOut
    proposed_by: str
    confirmed_by: str

    @classmethod
    def of(cls, found: Any) -> PayeeOut:
        """Return a payee as the API shows it."""
        own = {"limit", "account_end"}
        return cls(
            limit=AmountOut.of(found.limit_minor, found.currency),
            account_end=found.account[-4:],
            **{name: getattr(found, name) for name in set(cls.model_fields) - own},
        )


class PayeesOut(Schema):
    """Payees, newest first."""

    results: list[PayeeOut]
