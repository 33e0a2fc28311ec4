"""A bank lends the whole sum; a guarantor stands behind a share of it."""

from __future__ import annotations

from longtail.kernels.cashflows.daycount import DayCount
from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms.mode import Mode
from longtail.terms.primitives import (
    Bears,
    Evidence,
    Party,
    Security,
    SingleFunder,
    TermLoan,
)

BANK_LOAN_1 = Mode(
    code="bank-loan",
    version=1,
    title="Bank loan with guaranteed share",
    instrument=TermLoan(Amortization.LEVEL, DayCount.THIRTY_360),
    funding=SingleFunder(),
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
