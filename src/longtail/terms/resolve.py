"""From a mode and an offer to what is owed, and when: the terms that a deal freezes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from longtail.kernels.cashflows.daycount import DayCount, by_the_day
from longtail.kernels.cashflows.yields import apr, ccd_years
from longtail.terms.instalments import Instalment, instalments_of
from longtail.terms.mode import Mode, needs_guarantor
from longtail.terms.primitives import Bears, Component, Party
from longtail.values.dates import Calendar
from longtail.values.money import Money
from longtail.values.rates import ONE_BPS, to_bps
from longtail.values.refusal import InvalidInput
from longtail.values.rounding import TO_THE_MINOR_UNIT, Rounding, RoundingMode, rounding_of

# A monthly loan of 50 years; a longer one is a slip of the keyboard.
MAX_PERIODS = 600
MAX_RATE_BPS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """What was agreed for one deal on top of its mode.

    Attributes:
        principal: Amount lent.
        rate_bps: Contract rate a year, basis points.
        n_periods: Instalment periods to maturity, months unless the mode says otherwise.
        drawdown_date: Day the money goes out; its day of month or week is when
            instalments fall.
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
        day_count: How days become a fraction of a year for what accrues by the day.
        drawdown_date: Day the money goes out.
        maturity_date: Due date of the last instalment.
        instalments: What is due, in order of due date.
        cover_bps: Share of a loss that the guarantor bears.
        guarantor_code: The guarantor's party code, ``None`` without one.
        losses: Loss layers, first loss first; the last bears what is left.
        allocation: What a payment pays first.
        late_rate_bps: Rate a year on amounts past due, basis points.
        apr_bps: All-in annual percentage rate, effective, basis points.
        rounding: How interest and payments are rounded.
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
    rounding: Rounding = TO_THE_MINOR_UNIT


def resolve(*, mode: Mode, offer: OfferTerms, calendar: Calendar) -> ResolvedTerms:
    """Work out a deal's terms.

    Instalments fall every week, month or quarter after the drawdown, on its day of month or
    on the last day of a shorter month. A due date on which banks are closed moves as the
    mode says, by default to the next business day with unchanged interest.

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
    instrument = mode.instrument
    rounding = rounding_of(
        instrument.round_to, instrument.rounding_mode, offer.principal.currency
    )
    instalments = instalments_of(
        instrument=instrument,
        principal_minor=offer.principal.minor,
        rate_bps=offer.rate_bps,
        n_periods=offer.n_periods,
        drawdown_date=offer.drawdown_date,
        calendar=calendar,
        rounding=rounding,
    )
    return ResolvedTerms(
        mode_code=mode.code,
        mode_version=mode.version,
        regime_code=offer.regime_code,
        currency=offer.principal.currency,
        principal_minor=offer.principal.minor,
        rate_bps=offer.rate_bps,
        day_count=by_the_day(instrument.day_count),
        drawdown_date=offer.drawdown_date,
        maturity_date=instalments[-1].due_date,
        instalments=instalments,
        cover_bps=offer.cover_bps,
        guarantor_code=offer.guarantor_code,
        losses=tuple(_layer(bears, offer) for bears in mode.losses),
        allocation=mode.allocation,
        late_rate_bps=offer.rate_bps,
        apr_bps=apr_bps_of(offer=offer, instalments=instalments),
        rounding=rounding,
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
            f"must be between 1 and {MAX_PERIODS} instalments",
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
        "rounding": [resolved.rounding.step_minor, resolved.rounding.mode.value],
    }


def thaw(frozen: Mapping[str, Any]) -> ResolvedTerms:
    """Return the terms that :func:`freeze` was given.

    Terms frozen before roundings could be agreed on carry none: they were rounded half up
    to the minor unit.

    Raises:
        KeyError: If a term is missing.
        ValueError: If a value is none of those that terms can have.
    """
    step_minor, mode = frozen.get("rounding", (1, RoundingMode.HALF_UP))
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
        rounding=Rounding(step_minor, RoundingMode(mode)),
    )
