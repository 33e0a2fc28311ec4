"""Agreements in service as the API reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema

from longtail.interfaces.api.schemas.types import AmountOut, Page, PartyRef


class StandingOut(Schema):
    """Where an agreement stands on a day."""

    on: date
    status: str
    bucket: str
    days_past_due: int
    outstanding: AmountOut
    overdue: AmountOut
    received: AmountOut
    charged_off: AmountOut
    recovered: AmountOut
    guarantee: AmountOut
    non_performing: list[str]

    @classmethod
    def of(cls, state: Any) -> StandingOut:
        """Return a standing as the API shows it."""
        amounts = ("outstanding", "overdue", "received", "charged_off", "recovered")
        return cls(
            on=state.on,
            status=str(state.status),
            bucket=str(state.bucket),
            days_past_due=state.days_past_due,
            guarantee=AmountOut.of(state.guarantee_minor, state.currency),
            non_performing=list(state.non_performing),
            **{
                name: AmountOut.of(getattr(state, f"{name}_minor"), state.currency)
                for name in amounts
            },
        )


class AgreementOut(Schema):
    """An agreement as signed, and where it stands once it is in service."""

    code: str
    demand_code: str
    enterprise: PartyRef
    guarantor: PartyRef | None
    cover_bps: int
    mode_code: str
    mode_version: int
    regime_code: str
    grade: str
    principal: AmountOut
    rate_bps: int
    apr_bps: int
    drawdown_date: date
    maturity_date: date
    signed_at: datetime
    payment_reference: str
    standing: StandingOut | None

    @classmethod
    def of(cls, agreement: Any, *, standing: Any, reference: str) -> AgreementOut:
        """Return an agreement as the API shows it.

        Args:
            agreement: The agreement.
            standing: Where it stands; None before it is in service.
            reference: What the enterprise quotes when it pays; empty for other readers.
        """
        same = (
            "code",
            "cover_bps",
            "mode_code",
            "mode_version",
            "regime_code",
            "grade",
            "rate_bps",
            "apr_bps",
            "drawdown_date",
            "maturity_date",
            "signed_at",
        )
        return cls(
            demand_code=agreement.demand.code,
            enterprise=PartyRef.of(agreement.enterprise),
            guarantor=PartyRef.of(agreement.guarantor) if agreement.guarantor else None,
            principal=AmountOut.of(agreement.principal_minor, agreement.currency),
            payment_reference=reference,
            standing=StandingOut.of(standing) if standing else None,
            **{name: getattr(agreement, name) for name in same},
        )


class AgreementPage(Page):
    """A page of agreements."""

    results: list[AgreementOut]


class InstalmentOut(Schema):
    """One row of a schedule."""

    number: int
    due_date: date
    principal: AmountOut
    interest: AmountOut
    late: AmountOut
    unpaid: AmountOut
    kind: str
    paid_date: date | None
    days_late: int

    @classmethod
    def of(cls, row: Any, currency: str) -> InstalmentOut:
        """Return a schedule's row as the API shows it."""
        amounts = ("principal", "interest", "late", "unpaid")
        return cls(
            number=row.number,
            due_date=row.due_date,
            kind=str(row.kind),
            paid_date=row.paid_date,
            days_late=row.days_late,
            **{
                name: AmountOut.of(getattr(row, f"{name}_minor"), currency)
                for name in amounts
            },
        )


class ScheduleOut(Schema):
    """What is due when, and what was paid."""

    agreement_code: str
    on: date
    outstanding: AmountOut
    rows: list[InstalmentOut]


class CashFlowOut(Schema):
    """Money that left (negative) or reached a party on a day."""

    date: date
    amount: AmountOut
    kind: str
    agreement_code: str


class CashFlowPage(Page):
    """A page of cash flows, oldest first."""

    results: list[CashFlowOut]


class PositionOut(Schema):
    """A party's part of one agreement."""

    agreement_code: str
    demand_code: str
    enterprise: PartyRef
    status: str
    bucket: str
    funded: AmountOut
    outstanding: AmountOut
    paid: AmountOut
    interest: AmountOut
    lost: AmountOut

    @classmethod
    def of(cls, position: Any) -> PositionOut:
        """Return a position as the API shows it."""
        amounts = ("funded", "outstanding", "paid", "interest", "lost")
        return cls(
            agreement_code=position.agreement_code,
            demand_code=position.demand_code,
            enterprise=PartyRef(
                code=position.enterprise_code, name=position.enterprise_name
            ),
            status=str(position.status),
            bucket=str(position.bucket),
            **{
                name: AmountOut.of(getattr(position, f"{name}_minor"), position.currency)
                for name in amounts
            },
        )


class PortfolioOut(Schema):
    """Everything that a party holds, and what it earned a year (XIRR, a fraction)."""

    annual_return: str | None
    results: list[PositionOut]
