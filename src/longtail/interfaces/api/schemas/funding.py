"""Books, commitments and holdings as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from longtail.interfaces.api.schemas.types import (
    AmountIn,
    AmountOut,
    Flag,
    Page,
    PartyRef,
    Strict,
)


class BookOut(Schema):
    """How far a demand is funded."""

    demand_code: str
    state: str
    target: AmountOut
    raised: AmountOut
    remainder: AmountOut
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, book: Any) -> BookOut:
        """Return a book as the API shows it."""
        return cls(
            demand_code=book.demand.code,
            state=book.state,
            target=AmountOut.of(book.target_minor, book.currency),
            raised=AmountOut.of(book.raised_minor, book.currency),
            remainder=AmountOut.of(book.remainder_minor, book.currency),
            opens_at=book.opens_at,
            closes_at=book.closes_at,
            closed_at=book.closed_at,
        )


class CommitIn(Strict):
    """How much a funder commits."""

    amount: AmountIn
    accepts_part: Flag = False


class CommitmentOut(Schema):
    """A funder's commitment."""

    code: str
    demand_code: str
    funder: PartyRef
    state: str
    amount: AmountOut
    requested: AmountOut
    accepts_part: bool
    at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, commitment: Any) -> CommitmentOut:
        """Return a commitment as the API shows it."""
        currency = commitment.book.currency
        return cls(
            code=commitment.code,
            demand_code=commitment.book.demand.code,
            funder=PartyRef.of(commitment.funder),
            state=commitment.state,
            amount=AmountOut.of(commitment.amount_minor, currency),
            requested=AmountOut.of(commitment.requested_minor, currency),
            accepts_part=commitment.accepts_part,
            at=commitment.at,
            ended_at=commitment.ended_at,
        )


class CommitmentPage(Page):
    """A page of commitments."""

    results: list[CommitmentOut]


class HoldingOut(Schema):
    """A funder's part of an agreement, as funded."""

    agreement_code: str
    demand_code: str
    enterprise: PartyRef
    principal: AmountOut
    rate_bps: int
    at: datetime

    @classmethod
    def of(cls, holding: Any) -> HoldingOut:
        """Return a holding as the API shows it."""
        agreement = holding.agreement
        return cls(
            agreement_code=agreement.code,
            demand_code=agreement.demand.code,
            enterprise=PartyRef.of(agreement.enterprise),
            principal=AmountOut.of(holding.principal_minor, holding.currency),
            rate_bps=agreement.rate_bps,
            at=holding.at,
        )


class HoldingPage(Page):
    """A page of holdings."""

    results: list[HoldingOut]
