"""Cash flows of scheduled finance: schedules, accrual, allocation, yields, losses.

Sign convention, everywhere in this package: amounts that say what is owed, paid or lost
(principal, interest, balances, dues, losses) are not negative. Only the flows given to
:mod:`~longtail.kernels.cashflows.yields` carry a sign: what a party pays out is negative,
what it receives is positive, so a funder's drawdown is negative and its repayments are
positive.

Amounts are integer minor units (``int`` or ``int64`` arrays), rates integer basis points
a year, year fractions exact: integers over a common denominator. A rate of return is the
only ``float``.
"""
