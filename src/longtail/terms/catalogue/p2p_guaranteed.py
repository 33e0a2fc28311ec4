"""Many funders lend; a third-party guarantor, never the platform, covers a share."""

from __future__ import annotations

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.mode import Mode
from longtail.terms.primitives import (
    Bears,
    Closing,
    Evidence,
    Party,
    Security,
    Subscription,
    TermLoan,
)

P2P_GUARANTEED_1 = Mode(
    code="p2p-guaranteed",
    version=1,
    title="Peer-to-peer loan with third-party guarantee",
    instrument=TermLoan(Amortization.LEVEL, DayCount.THIRTY_360),
    funding=Subscription(Closing.ALL_OR_NOTHING, window_days=20, ticket_minor=100_00),
    security=frozenset({Security.GUARANTEE}),
    losses=(Bears(Party.GUARANTOR), Bears(Party.FUNDERS)),
    evidence=frozenset(
        {
            Evidence.REGISTRATION,
            Evidence.CREDIT_REPORT,
            Evidence.BANK_STATEMENTS,
            Evidence.GUARANTEE_UNDERTAKING,
        }
    ),
)
