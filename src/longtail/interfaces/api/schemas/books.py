"""Past balances, statements, closed periods and proofs of claims as the API writes them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from longtail.interfaces.api.schemas.types import (
    FIRST_YEAR,
    LAST_YEAR,
    AmountOut,
    Currency,
    Day,
    Page,
    Paging,
)
from longtail.ledger.chart import KINDS

INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _is_moment(value: Any) -> datetime:
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("Write the time as YYYY-MM-DDTHH:MM:SSZ, with its offset.")
    found = datetime.fromisoformat(value.upper())
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise ValueError(f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")
    return found


Moment = Annotated[
    datetime,
    BeforeValidator(_is_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-03-31T18:00:00Z"]}
    ),
]
AccountCode = Annotated[
    str,
    StringConstraints(
        pattern=rf"^({'|'.join(KINDS)}):([A-Z]{{3}}-[0-9A-HJKMNP-TV-Z]{{4,20}}:)?[A-Z]{{3}}$",
        max_length=64,
    ),
]


class Past(Schema):
    """Which past: by value, by knowledge, or both."""

    on: Day | None = None
    known_at: Moment | None = None


class BalanceOut(Schema):
    """An account's balance at a past moment."""

    account: str
    posted: AmountOut
    held: AmountOut
    available: AmountOut

    @classmethod
    def of(cls, account: str, found: Any) -> BalanceOut:
        """Return a balance as the API shows it."""
        parts = {
            name: AmountOut.of(getattr(found, f"{name}_minor"), found.currency)
            for name in ("posted", "held", "available")
        }
        return cls(account=account, **parts)


class RangeIn(Paging):
    """From when to when, both days included."""

    from_date: Day
    to_date: Day
    known_at: Moment | None = None


class PastLineOut(Schema):
    """A transfer with the balance after it; positive amounts came in."""

    id: int
    kind: str
    phase: str
    effective_at: datetime
    recorded_at: datetime
    value_date: date | None
    change: AmountOut
    balance: AmountOut
    held: AmountOut

    @classmethod
    def of(cls, line: Any, currency: str) -> PastLineOut:
        """Return a statement's line as the API shows it."""
        same = ("id", "kind", "effective_at", "recorded_at", "value_date")
        return cls(
            phase=line.phase.lower(),
            change=AmountOut.of(line.change_minor, currency),
            balance=AmountOut.of(line.balance_minor, currency),
            held=AmountOut.of(line.held_minor, currency),
            **{name: getattr(line, name) for name in same},
        )


class PastStatementOut(Page):
    """A page of an account's statement, oldest line first."""

    account: str
    from_date: date
    to_date: date
    opening: AmountOut
    opening_held: AmountOut
    closing: AmountOut
    closing_held: AmountOut
    results: list[PastLineOut]

    @classmethod
    def of(cls, found: Any, page: dict[str, Any]) -> PastStatementOut:
        """Return a statement with one page of its lines."""
        sums = ("opening", "opening_held", "closing", "closing_held")
        return cls(
            account=found.account_code,
            from_date=found.from_date,
            to_date=found.to_date,
            **{n: AmountOut.of(getattr(found, f"{n}_minor"), found.currency) for n in sums},
            **page,
        )


class TrialIn(Past):
    """Which trial balance."""

    currency: Currency | None = None


class KindTotalOut(Schema):
    """All accounts of a kind in a currency; kind `all` is their sum."""

    currency: str
    kind: str
    account_count: int
    debits: AmountOut
    credits: AmountOut
    balance: AmountOut

    @classmethod
    def of(cls, found: Any) -> KindTotalOut:
        """Return a sum of the trial balance as the API shows it."""
        sums = ("debits", "credits", "balance")
        return cls(
            currency=found.currency,
            kind=found.kind or "all",
            account_count=found.account_count,
            **{n: AmountOut.of(getattr(found, f"{n}_minor"), found.currency) for n in sums},
        )


class TrialOut(Schema):
    """The trial balance by kind of account."""

    results: list[KindTotalOut]


class PeriodCloseOut(Schema):
    """A closed period."""

    to_date: date
    closed_before_at: datetime
    closed_at: datetime
    closed_by: str
    seconded_by: str
    digest: str
    last_journal_id: int


class PeriodClosesOut(Schema):
    """Closed periods, latest first."""

    results: list[PeriodCloseOut]


class RootsIn(Schema):
    """Which published roots."""

    currency: Currency | None = None
    on: Day | None = None


class ClaimsRootOut(Schema):
    """The root over all client claims of a day, and what the bank held."""

    on: date
    currency: str
    root: str
    leaf_count: int
    total: AmountOut
    custodian: AmountOut | None
    booked_since: AmountOut
    is_backed: bool | None
    published_at: datetime

    @classmethod
    def of(cls, row: Any) -> ClaimsRootOut:
        """Return a published root as the API shows it."""
        bank, currency = row.custodian_minor, row.currency
        return cls(
            on=row.on_date,
            currency=currency,
            root=row.root,
            leaf_count=row.leaf_count,
            total=AmountOut.of(row.total_minor, currency),
            custodian=None if bank is None else AmountOut.of(bank, currency),
            booked_since=AmountOut.of(row.booked_since_minor, currency),
            is_backed=row.is_backed,
            published_at=row.published_at,
        )


class ClaimsRootsOut(Schema):
    """Published roots, latest first."""

    results: list[ClaimsRootOut]


class ProofStepOut(Schema):
    """A sibling on the way from a claim to the root."""

    hash: str
    sum_minor: int


class ProofOut(Schema):
    """The proof of one claim, as the offline script reads it."""

    format: str
    date: str
    currency: str
    account: str
    amount_minor: int
    nonce: str
    place: int
    leaf_count: int
    path: list[ProofStepOut]
    root: str
    total_minor: int


class ClaimDay(Schema):
    """Of which day; by default the latest."""

    on: Day | None = None
