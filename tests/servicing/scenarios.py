"""Terms and histories of agreements for the tests of servicing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.events import (
    DefaultDeclared,
    Drawdown,
    GuaranteePayment,
    Payment,
    Refund,
    Reversal,
    WriteOff,
)
from longtail.terms.catalogue import CATALOGUE
from longtail.terms.primitives import Component, TermLoan
from longtail.terms.resolve import OfferTerms, resolve
from longtail.values.dates import Calendar
from longtail.values.money import Money, split

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
):
    mode = CATALOGUE["bank-loan", 1]
    mode = replace(
        mode,
        instrument=TermLoan(amortization, day_count),
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
    )


@st.composite
def histories(draw):
    """Draw terms and a history: any payments, and any of the other events."""
    resolved = draw(any_terms())
    last_day = 45 + 31 * len(resolved.instalments)
    days = st.integers(-2, last_day).map(lambda n: START + timedelta(days=n))
    amounts = st.integers(1, resolved.principal_minor * 3 // 2 + 1)
    events = [drawdown(resolved, draw(st.sampled_from([(1,), (3, 2, 2), (1, 999)])))]
    events += [
        Payment(key=f"pay:{n}", value_date=draw(days), amount_minor=draw(amounts))
        for n in range(draw(st.integers(0, 7)))
    ]
    paid = [e for e in events if isinstance(e, Payment)]
    if draw(st.booleans()):
        events.append(DefaultDeclared(key="default", value_date=draw(days)))
    for n in range(draw(st.integers(0, 2))):
        event = GuaranteePayment(
            key=f"guarantee:{n}",
            value_date=draw(days),
            amount_minor=draw(amounts),
            guarantor="GUA-1",
        )
        events.append(event)
    if draw(st.booleans()):
        events.append(WriteOff(key="write-off", value_date=draw(days)))
    if paid and draw(st.booleans()):
        undone = draw(st.sampled_from(paid))
        events.append(
            Reversal(
                key="reversal",
                value_date=undone.value_date + timedelta(days=draw(st.integers(0, 60))),
                of=undone.key,
                amount_minor=undone.amount_minor,
            )
        )
    if draw(st.booleans()):
        events.append(Refund(key="refund", value_date=draw(days), amount_minor=1))
    return resolved, events
