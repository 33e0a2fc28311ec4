"""Many funders lend to an enterprise directly and bear every loss themselves."""

from __future__ import annotations

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.mode import Mode
from longtail.terms.primitives import (
    Bears,
    Closing,
    Evidence,
    Party,
    Subscription,
    TermLoan,
)

P2P_UNSECURED_1 = Mode(
    code="p2p-unsecured",
    version=1,
    title="Peer-to-peer loan, unsecured",
    instrument=TermLoan(Amortization.LEVEL, DayCount.THIRTY_360),
    funding=Subscription(Closing.ALL_OR_NOTHING, window_days=20, ticket_minor=100_00),
    security=frozenset(),
    losses=(Bears(Party.FUNDERS),),
    evidence=frozenset(
        {Evidence.REGISTRATION, Evidence.CREDIT_REPORT, Evidence.BANK_STATEMENTS}
    ),
)
