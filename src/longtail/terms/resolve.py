"""From a mode and an offer to what is owed, and when: the terms that a deal freezes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from longtail.kernels.cashflows.daycount import DENOMINATOR, DayCount, fraction_numerator
from longtail.kernels.cashflows.schedule import Amortization, schedule
from longtail.kernels.cashflows.yields import apr, ccd_years
from longtail.terms.mode import Mode, needs_guarantor
from longtail.terms.primitives import Bears, Component, Party, TermLoan
from longtail.values.dates import Calendar, Roll, add_months
from longtail.values.money import Money
from longtail.values.rates import ONE_BPS, to_bps
from longtail.values.refusal import InvalidInput

# A loan of 50 years; a longer one is a slip of the keyboard.
MAX_PERIODS = 600
MAX_RATE_BPS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """What was agreed for one deal on top of its mode.

    Attributes:
        principal: Amount lent.
        rate_bps: Contract rate a year, basis points.
        n_periods: Months to maturity.
        drawdown_date: Day the money goes out; its day of month is when instalments fall.
        cover_bps: Share of a loss that the guarantor bears.
        guarantor_code: The guarantor's party code.
        regime_code: The law that the deal is made under.
    """

    principal: Money
    rate_bps: int
    n_periods: int
    drawdown_date: date
    cover_bps: int = 0
    guarantor_code: str | None = None
    regime_code: str = "open-sandbox"


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due on one day.

    Attributes:
        number: 1 for the first.
        due_date: Business day on which it is to be paid.
        principal_minor: Principal due, minor units.
        interest_minor: Interest due, minor units.
    """

    number: int
    due_date: date
    principal_minor: int
    interest_minor: int

    @property
    def total_minor(self) -> int:
        """Principal and interest, minor units."""
        return self.principal_minor + self.interest_minor


@dataclass(frozen=True, slots=True)
class LossLayer:
    """Who bears which share of the loss that reaches its rank, basis points."""

    party: Party
    share_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTerms:
    """Everything that servicing needs to know of a deal, independent of the catalogue.

    Attributes:
        mode_code: The mode it was made in.
        mode_version: Version of the mode.
        regime_code: The law it was made under.
        currency: ISO 4217 code of every amount.
        principal_minor: Amount lent, minor units.
        rate_bps: Contract rate a year, basis points.
        day_count: How days become a fraction of a year.
        drawdown_date: Day the money goes out.
        maturity_date: Due date of the last instalment.
        instalments: What is due, in order of due date.
        cover_bps: Share of a loss that the guarantor bears.
        guarantor_code: The guarantor's party code, ``None`` without one.
        losses: Loss layers, first loss first; the last bears what is left.
        allocation: What a payment pays first.
        late_rate_bps: Rate a year on amounts past due, basis points.
        apr_bps: All-in annual percentage rate, effective, basis points.
    """

    mode_code: str
    mode_version: int
    regime_code: str
    currency: str
    principal_minor: int
    rate_bps: int
    day_count: DayCount
    drawdown_date: date
    maturity_date: date
    instalments: tuple[Instalment, ...]
    cover_bps: int
    guarantor_code: str | None
    losses: tuple[LossLayer, ...]
    allocation: tuple[Component, ...]
    late_rate_bps: int
    apr_bps: int


def resolve(*, mode: Mode, offer: OfferTerms, calendar: Calendar) -> ResolvedTerms:
    """Work out a deal's terms.

    Instalments fall monthly on the drawdown's day of month, or on the last day of a
    shorter month. A due date on which banks are closed moves to the next business day;
    the interest does not change with it.

    Args:
        mode: How this kind of financing works.
        offer: What was agreed for this deal.
        calendar: The days on which banks are open.

    Returns:
        The terms to freeze into the agreement. Amounts past due bear the contract rate.

    Raises:
        InvalidInput: If the offer contradicts itself or the mode; every problem is listed.
    """
    if problems := _problems(mode, offer):
        raise InvalidInput(problems)
    instalments = instalments_of(instrument=mode.instrument, offer=offer, calendar=calendar)
    return ResolvedTerms(
        mode_code=mode.code,
        mode_version=mode.version,
        regime_code=offer.regime_code,
        currency=offer.principal.currency,
        principal_minor=offer.principal.minor,
        rate_bps=offer.rate_bps,
        day_count=mode.instrument.day_count,
        drawdown_date=offer.drawdown_date,
        maturity_date=instalments[-1].due_date,
        instalments=instalments,
        cover_bps=offer.cover_bps,
        guarantor_code=offer.guarantor_code,
        losses=tuple(_layer(bears, offer) for bears in mode.losses),
        allocation=mode.allocation,
        late_rate_bps=offer.rate_bps,
        apr_bps=apr_bps_of(offer=offer, instalments=instalments),
    )


def _problems(mode: Mode, offer: OfferTerms) -> dict[str, str]:
    is_guaranteed = needs_guarantor(mode)
    rules = (
        ("principal", offer.principal.minor < 1, "must be more than zero"),
        (
            "rate_bps",
            not 0 <= offer.rate_bps <= MAX_RATE_BPS,
            "must be between 0 and 1,000 % a year",
        ),
        (
            "n_periods",
            not 1 <= offer.n_periods <= MAX_PERIODS,
            f"must be between 1 and {MAX_PERIODS} months",
        ),
        ("cover_bps", not 0 <= offer.cover_bps <= ONE_BPS, "must be between 0 and 100 %"),
        (
            "cover_bps",
            not is_guaranteed and offer.cover_bps != 0,
            f"must be 0, because {mode.title} has no guarantor",
        ),
        (
            "cover_bps",
            is_guaranteed and offer.cover_bps == 0,
            f"must be stated, because {mode.title} has a guarantor",
        ),
        (
            "guarantor_code",
            not is_guaranteed and bool(offer.guarantor_code),
            f"must be empty, because {mode.title} has no guarantor",
        ),
        (
            "guarantor_code",
            is_guaranteed and not offer.guarantor_code,
            f"must be named, because {mode.title} has a guarantor",
        ),
    )
    return {field: message for field, is_broken, message in rules if is_broken}


def _layer(bears: Bears, offer: OfferTerms) -> LossLayer:
    is_guarantor = bears.party is Party.GUARANTOR
    return LossLayer(bears.party, offer.cover_bps if is_guarantor else ONE_BPS)


def instalments_of(
    *, instrument: TermLoan, offer: OfferTerms, calendar: Calendar
) -> tuple[Instalment, ...]:
    """Return what an offer's borrower owes, and when; see :func:`resolve`.

    A bullet loan has one instalment, at maturity.
    """
    anchors = [add_months(offer.drawdown_date, k) for k in range(offer.n_periods + 1)]
    numerators, denominator = _fractions(anchors, instrument.day_count)
    flows = schedule(
        principal_minor=offer.principal.minor,
        rate_bps=offer.rate_bps,
        numerators=numerators,
        denominator=denominator,
        amortization=instrument.amortization,
    )
    dated = list(zip(anchors[1:], flows, strict=True))
    if instrument.amortization is Amortization.BULLET:
        dated = dated[-1:]
    return tuple(
        Instalment(number, calendar.adjust(day, Roll.FOLLOWING), principal, interest)
        for number, (day, (principal, interest)) in enumerate(dated, 1)
    )


def _fractions(anchors: list[date], convention: DayCount) -> tuple[list[int], int]:
    """Return each month's fraction of a year; under 30/360 every month is one twelfth."""
    if convention is DayCount.THIRTY_360:
        return [1] * (len(anchors) - 1), 12
    numerators = [fraction_numerator(a, b, convention) for a, b in pairwise(anchors)]
    return numerators, DENOMINATOR[convention]


def apr_bps_of(*, offer: OfferTerms, instalments: tuple[Instalment, ...]) -> int:
    """Return the effective annual percentage rate of an offer, basis points, half up.

    Args:
        offer: Gives the drawdown.
        instalments: Give the repayments, on their due dates.
    """
    start = offer.drawdown_date
    years = [ccd_years(start, start), *(ccd_years(start, i.due_date) for i in instalments)]
    amounts = [-offer.principal.minor, *(i.total_minor for i in instalments)]
    rate = apr(years, amounts)
    assert rate is not None, "a loan that is repaid has a rate"
    return to_bps(rate)


def freeze(resolved: ResolvedTerms) -> dict[str, Any]:
    """Return resolved terms as plain JSON values; :func:`thaw` gives them back."""
    return {
        "mode_code": resolved.mode_code,
        "mode_version": resolved.mode_version,
        "regime_code": resolved.regime_code,
        "currency": resolved.currency,
        "principal_minor": resolved.principal_minor,
        "rate_bps": resolved.rate_bps,
        "day_count": resolved.day_count.value,
        "drawdown_date": resolved.drawdown_date.isoformat(),
        "maturity_date": resolved.maturity_date.isoformat(),
        "instalments": [
            [i.number, i.due_date.isoformat(), i.principal_minor, i.interest_minor]
            for i in resolved.instalments
        ],
        "cover_bps": resolved.cover_bps,
        "guarantor_code": resolved.guarantor_code,
        "losses": [[layer.party.value, layer.share_bps] for layer in resolved.losses],
        "allocation": [component.value for component in resolved.allocation],
        "late_rate_bps": resolved.late_rate_bps,
        "apr_bps": resolved.apr_bps,
    }


def thaw(frozen: Mapping[str, Any]) -> ResolvedTerms:
    """Return the terms that :func:`freeze` was given.

    Raises:
        KeyError: If a term is missing.
        ValueError: If a value is none of those that terms can have.
    """
    return ResolvedTerms(
        mode_code=frozen["mode_code"],
        mode_version=frozen["mode_version"],
        regime_code=frozen["regime_code"],
        currency=frozen["currency"],
        principal_minor=frozen["principal_minor"],
        rate_bps=frozen["rate_bps"],
        day_count=DayCount(frozen["day_count"]),
        drawdown_date=date.fromisoformat(frozen["drawdown_date"]),
        maturity_date=date.fromisoformat(frozen["maturity_date"]),
        instalments=tuple(
            Instalment(number, date.fromisoformat(due), principal, interest)
            for number, due, principal, interest in frozen["instalments"]
        ),
        cover_bps=frozen["cover_bps"],
        guarantor_code=frozen["guarantor_code"],
        losses=tuple(LossLayer(Party(party), bps) for party, bps in frozen["losses"]),
        allocation=tuple(Component(value) for value in frozen["allocation"]),
        late_rate_bps=frozen["late_rate_bps"],
        apr_bps=frozen["apr_bps"],
    )
