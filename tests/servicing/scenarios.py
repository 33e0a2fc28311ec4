"""Terms and histories of agreements for the tests of servicing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.events import (
    Chargeback,
    Cured,
    DefaultDeclared,
    Drawdown,
    FeeCharged,
    GuaranteePayment,
    Moratorium,
    PartialWriteOff,
    Payment,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Refund,
    Restructured,
    Reversal,
    Source,
    Treatment,
    WriteOff,
)
from longtail.terms.catalogue import CATALOGUE
from longtail.terms.primitives import Component, TermLoan
from longtail.terms.resolve import OfferTerms, resolve
from longtail.values.dates import Calendar
from longtail.values.money import Money, split
from longtail.values.rounding import RoundingMode, RoundTo

START = date(2024, 1, 31)
OPEN_DAILY = Calendar(weekend=frozenset())
PRINCIPAL_FIRST = (
    Component.PRINCIPAL,
    Component.INTEREST,
    Component.FEE,
    Component.PENALTY,
)


def terms(
    *,
    principal=1_200_00,
    rate_bps=1200,
    n_periods=12,
    amortization=Amortization.LEVEL,
    day_count=DayCount.THIRTY_360,
    cover_bps=8000,
    start=START,
    allocation=None,
    round_to=RoundTo.MINOR,
    rounding_mode=RoundingMode.HALF_UP,
):
    mode = CATALOGUE["bank-loan", 1]
    mode = replace(
        mode,
        instrument=TermLoan(
            amortization, day_count, round_to=round_to, rounding_mode=rounding_mode
        ),
        allocation=allocation or mode.allocation,
    )
    return resolve(
        mode=mode,
        offer=OfferTerms(
            principal=Money(principal, "USD"),
            rate_bps=rate_bps,
            n_periods=n_periods,
            drawdown_date=start,
            cover_bps=cover_bps,
            guarantor_code="GUA-1",
        ),
        calendar=OPEN_DAILY,
    )


def drawdown(resolved, weights=(3, 2, 2)):
    parts = split(resolved.principal_minor, weights)
    return Drawdown(
        key="drawdown",
        value_date=resolved.drawdown_date,
        holdings=tuple((f"FND-{n}", part) for n, part in enumerate(parts)),
    )


def on_schedule(resolved):
    """Return the payments of an enterprise that always pays on the day."""
    return [
        Payment(key=f"pay:{i.number}", value_date=i.due_date, amount_minor=i.total_minor)
        for i in resolved.instalments
    ]


@st.composite
def any_terms(draw):
    return terms(
        principal=draw(st.integers(1, 50_000_00)),
        rate_bps=draw(st.integers(0, 6000)),
        n_periods=draw(st.integers(1, 9)),
        amortization=draw(st.sampled_from(Amortization)),
        day_count=draw(st.sampled_from(DayCount)),
        cover_bps=draw(st.integers(1, 10_000)),
        allocation=draw(st.sampled_from([None, PRINCIPAL_FIRST])),
        round_to=draw(st.sampled_from(RoundTo)),
        rounding_mode=draw(st.sampled_from(RoundingMode)),
    )


def changes_of(draw, resolved, days, kinds=None):
    """Draw one event of any kind that is no payment and takes none back."""
    amounts = st.integers(1, resolved.principal_minor * 3 // 2 + 1)
    treatments = st.sampled_from(Treatment)
    day = draw(days)
    new_terms = {
        "n_periods": draw(st.integers(1, 6)),
        "first_due_date": day + timedelta(days=draw(st.integers(1, 70))),
        "amortization": draw(st.sampled_from(Amortization)),
    }
    kind = draw(st.sampled_from(kinds or CHANGES))
    more = {
        FeeCharged: lambda: {
            "amount_minor": draw(amounts),
            "name": "visit",
            "payee": draw(st.sampled_from(["", "PRO-1"])),
        },
        GuaranteePayment: lambda: {"amount_minor": draw(amounts), "guarantor": "GUA-1"},
        Moratorium: lambda: {
            "until": day + timedelta(days=draw(st.integers(0, 200))),
            "treatment": draw(treatments),
        },
        PartialWriteOff: lambda: {"amount_minor": draw(amounts)},
        PaymentHoliday: lambda: {
            "n_instalments": draw(st.integers(1, 4)),
            "treatment": draw(treatments),
            "is_forbearance": draw(st.booleans()),
        },
        RateChanged: lambda: {"rate_bps": draw(st.integers(0, 6000))},
        ReAged: lambda: {"treatment": draw(treatments), "cause": "Flood."},
        ReAmortised: lambda: new_terms | {"is_forbearance": draw(st.booleans())},
        Refund: lambda: {"amount_minor": 1},
        Restructured: lambda: (
            new_terms
            | {
                "principal_minor": draw(amounts),
                "interest_minor": draw(st.integers(0, 1000)),
                "penalty_minor": draw(st.integers(0, 1000)),
                "rate_bps": draw(st.integers(0, 6000)),
                "treatment": draw(treatments),
            }
        ),
    }
    return kind, {"value_date": day} | more.get(kind, dict)()


CHANGES = [
    Cured,
    DefaultDeclared,
    FeeCharged,
    GuaranteePayment,
    Moratorium,
    PartialWriteOff,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Refund,
    Restructured,
    WriteOff,
]


@st.composite
def histories(draw):
    """Draw terms and a history: payments, and any of the other events."""
    resolved = draw(any_terms())
    last_day = 45 + 31 * len(resolved.instalments)
    days = st.integers(-2, last_day).map(lambda n: START + timedelta(days=n))
    amounts = st.integers(1, resolved.principal_minor * 3 // 2 + 1)
    late = draw(st.sampled_from([0, 0, 0, 9, 45]))
    start = drawdown(resolved, draw(st.sampled_from([(1,), (3, 2, 2), (1, 999)])))
    events = [replace(start, value_date=start.value_date + timedelta(days=late))]
    events += [
        Payment(
            key=f"pay:{n}",
            value_date=draw(days),
            amount_minor=draw(amounts),
            source=draw(st.sampled_from(Source)),
        )
        for n in range(draw(st.integers(0, 7)))
    ]
    paid = [e for e in events if isinstance(e, Payment)]
    for n in range(draw(st.integers(0, 5))):
        kind, more = changes_of(draw, resolved, days)
        events.append(kind(key=f"{kind.__name__}:{n}", **more))
    for n, kind in enumerate((Reversal, Chargeback)):
        if len(paid) > n and draw(st.booleans()):
            undone = paid.pop(draw(st.integers(0, len(paid) - 1)))
            events.append(
                kind(
                    key=kind.__name__,
                    value_date=undone.value_date + timedelta(days=draw(st.integers(0, 60))),
                    of=undone.key,
                    amount_minor=undone.amount_minor,
                )
            )
    return resolved, events
