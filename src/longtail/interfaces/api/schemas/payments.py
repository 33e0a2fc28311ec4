"""Wallets, statements, payments and reconciliations as the API reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema

from longtail.interfaces import clock
from longtail.interfaces.api.schemas.types import (
    AmountOut,
    Currency,
    Page,
    Paging,
    Strict,
    one_of,
    prose,
)
from longtail.ledger.custodian import queries
from longtail.ledger.custodian.rules import InstructionState


class WalletIn(Strict):
    """Which wallet."""

    currency: Currency


class WalletOut(Schema):
    """A party's free money with the custodian, and the reference that pays into it."""

    currency: str
    posted: AmountOut
    held: AmountOut
    available: AmountOut
    reference: str

    @classmethod
    def of(cls, balance: Any, *, reference: str) -> WalletOut:
        """Return a wallet as the API shows it."""
        currency = balance.currency
        return cls(
            currency=currency,
            posted=AmountOut.of(balance.posted_minor, currency),
            held=AmountOut.of(balance.held_minor, currency),
            available=AmountOut.of(balance.available_minor, currency),
            reference=reference,
        )


class WalletsOut(Schema):
    """A party's wallets."""

    results: list[WalletOut]


class LineOut(Schema):
    """One transfer on an account; positive amounts came in."""

    id: int
    kind: str
    phase: str
    amount: AmountOut
    effective_at: datetime

    @classmethod
    def of(cls, line: Any, currency: str) -> LineOut:
        """Return a statement's line as the API shows it."""
        return cls(
            id=line.id,
            kind=line.kind,
            phase=str(line.phase).lower(),
            amount=AmountOut.of(line.amount_minor, currency),
            effective_at=line.effective_at,
        )


class StatementPage(Page):
    """A page of an account's statement."""

    results: list[LineOut]


class InstructionOut(Schema):
    """A payment that the custodian is asked to make."""

    code: str
    state: str
    amount: AmountOut
    payee_name: str
    payee_account_end: str
    reference: str
    purpose: str
    prepared_by: str
    prepared_at: datetime
    released_by: str
    released_at: datetime | None
    ended_at: datetime | None
    reason: str
    why: str
    expected_date: date | None
    is_late: bool

    @classmethod
    def of(cls, found: Any) -> InstructionOut:
        """Return an instruction, and what to expect of it, as the API shows them."""
        outlook = queries.outlook_of(found, on=clock.now().date())
        names = set(cls.model_fields) - {"amount", "payee_account_end"}
        names -= {"why", "expected_date", "is_late"}
        return cls(
            why=outlook.why,
            expected_date=outlook.expected_date,
            is_late=outlook.is_late,
            amount=AmountOut.of(found.amount_minor, found.currency),
            payee_account_end=found.payee_account[-4:],
            **{name: getattr(found, name) for name in names},
        )


class InstructionPage(Page):
    """A page of payments."""

    results: list[InstructionOut]


class InstructionFilters(Paging):
    """Which payments."""

    state: one_of(InstructionState) | None = None


class CancelIn(Strict):
    """Why a payment is given up."""

    reason: prose(least=1, most=500)


class BreakOut(Schema):
    """One difference between ledger and custodian."""

    kind: str
    entry_reference: str
    difference: AmountOut
    first_seen_date: date
    detail: str


class ReconciliationOut(Schema):
    """One comparison of ledger, custodian and client claims."""

    currency: str
    on: date
    at: datetime
    ledger: AmountOut
    custodian: AmountOut
    claims: AmountOut
    is_balanced: bool
    breaks: list[BreakOut]

    @classmethod
    def of(cls, row: Any) -> ReconciliationOut:
        """Return a reconciliation as the API shows it."""
        currency = row.currency
        return cls(
            currency=currency,
            on=row.on_date,
            at=row.at,
            ledger=AmountOut.of(row.ledger_minor, currency),
            custodian=AmountOut.of(row.custodian_minor, currency),
            claims=AmountOut.of(row.claims_minor, currency),
            is_balanced=row.is_balanced,
            breaks=[
                BreakOut(
                    kind=found.kind,
                    entry_reference=found.entry_reference,
                    difference=AmountOut.of(found.difference_minor, currency),
                    first_seen_date=found.first_seen_date,
                    detail=found.detail,
                )
                for found in row.breaks.all()
            ],
        )


class ReconciliationsOut(Schema):
    """Reconciliations, newest first."""

    results: list[ReconciliationOut]
