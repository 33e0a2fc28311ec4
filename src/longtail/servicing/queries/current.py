"""What the agreements with nothing overdue sum up to, as SQL over one index.

They are nearly the whole book. Each one's running period accrues by the same closed form
as in ``kernels.servicing.accruing``, in whole numbers, rounded down to the millionth; a
product that could pass 64 bits is computed as a decimal of any size. A test holds the
sums equal to the fold's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg import sql

# The index ``snapshot_current`` has all of it, so that the wide rows are not read.
IS_CURRENT = """
s.unpaid = '{{}}' and (s.holds_until is null or s.holds_until >= {on})
and (s.unpaid_from is null or s.unpaid_from >= {on})
"""
# The others, by one index each: instalments overdue, fallen due since, or counted as late.
OTHERS = """
select id from servicing_snapshot where unpaid <> '{{}}'
union select id from servicing_snapshot where unpaid = '{{}}' and holds_until < {on}
union select id from servicing_snapshot where unpaid = '{{}}' and unpaid_from < {on}
"""
# Interest since ``earned_to``; below the bound the product is less than 2 ** 62.
EARNED_SINCE = """
case when s.scheduled_minor <= 0 or s.earned_to is null or s.earned_to >= {on} then 0
when s.bearing_minor = s.scheduled_minor
  and s.period_interest_minor::float8 * ({on} - s.earned_to) < 4e12
then s.period_interest_minor * ({on} - s.earned_to) * 1000000 / s.period_days
else div(s.period_interest_minor::numeric * s.bearing_minor * ({on} - s.earned_to)
  * 1000000, s.scheduled_minor::numeric * s.period_days)::bigint end
"""
# On its due date an instalment is due, and the next period has earned nothing yet.
SUMS = f"""
select s.currency, count(*) as agreements, sum(s.book_minor)::bigint as book,
  sum(case when s.next_due_date = {{on}} then 0 else greatest(
    (s.earned_micro + {EARNED_SINCE} + 500000) / 1000000 - s.ahead_interest_minor, 0)
  end)::bigint as accrued,
  coalesce(sum(s.due_interest_minor) filter (where s.next_due_date = {{on}}), 0)::bigint
    as interest,
  coalesce(sum(s.due_principal_minor) filter (where s.next_due_date = {{on}}), 0)::bigint
    as principal
from servicing_snapshot s where {{wanted}} and {IS_CURRENT} group by s.currency
"""  # nosec: fixed texts, values are parameters


@dataclass(frozen=True, slots=True)
class Current:
    """The agreements of a currency with nothing overdue; amounts in minor units.

    Attributes:
        currency: ISO 4217 code.
        count: How many.
        outstanding_minor: Principal on the holders' books.
        accrued_minor: Interest earned in the running periods, not due and not paid ahead.
        interest_minor, principal_minor: What falls due on the very day.
    """

    currency: str
    count: int
    outstanding_minor: int
    accrued_minor: int
    interest_minor: int
    principal_minor: int


def sums(on: date, wanted: sql.Composable) -> sql.Composed:
    """Return a query of :class:`Current` by currency.

    Args:
        on: The day.
        wanted: Which agreements; a condition on the snapshot ``s``.
    """
    return sql.SQL(SUMS).format(on=_day(on), wanted=wanted)


def others(on: date) -> sql.Composed:
    """Return a query of the snapshots that :func:`sums` leaves out."""
    return sql.SQL(OTHERS).format(on=_day(on))


def _day(on: date) -> sql.Composed:
    return sql.SQL("date {}").format(sql.Literal(on.isoformat()))
