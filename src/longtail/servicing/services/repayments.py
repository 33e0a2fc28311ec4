"""Repayments on schedule, taken in as a set: a few statements for thousands of them.

What ``on_schedule`` is sure of is computed as arrays and written at once; every other
repayment is left to the fold. Both leave the same events, states and distributions. The
money of the whole set moves in one journal through the clearing account: one transfer
from each agreement, one to each holder.
"""

from __future__ import annotations

import gc
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from longtail.ledger import chart, posting
from longtail.ledger.custodian.queries import Receipt
from longtail.servicing.on_schedule import (
    COLUMNS_AFTER,
    MOVING,
    QUIET,
    Repayment,
    Settled,
    columns_after,
    is_on_schedule,
    settle,
)
from longtail.values.money import Money

# All agreements of the set are locked here, in the order in which everybody locks them.
READ = """
select s.id, s.agreement_id, a.code, a.currency, s.refund_minor,
  s.state - %(quiet)s::text[], s.paid, plan.of -> next.index, plan.of -> next.index + 1,
  s.earned_to is not null, s.state - %(moving)s::text[] = %(like)s::jsonb
from servicing_snapshot s join deals_agreement a on a.id = s.agreement_id
cross join lateral (select a.terms -> 'instalments' as of offset 0) plan
cross join lateral (select (s.state ->> 'next_index')::int as index) next
where a.code = any(%(codes)s::text[])
order by s.agreement_id for no key update of s
"""
QUIET_STATE = {
    "quiet": list(QUIET),
    "moving": list(MOVING),
    "like": json.dumps(QUIET),
}
# A set is few of all agreements, found by index; what it brings stays out of files.
PLANS = "set local enable_seqscan = off; set local work_mem = '64MB'"
PLANS_AGAIN = "set local enable_seqscan to default; set local work_mem to default"
WRITE = """
with given as materialized (
  select * from unnest({arrays}) as given (id, agreement_id, key,
    value_date, amount, reason, changes, paid, holders, principal, interest, cash,
    unpaid_from, holds_until, due_interest_minor, due_principal_minor, earned_to,
    period_interest_minor, period_days, bearing_minor, ahead_interest_minor, book_minor)
), events as (
  insert into servicing_agreementevent (agreement_id, key, kind, value_date, amount_minor,
    details, reason, by, seconded_by, recorded_at)
  select agreement_id, key, 'payment', value_date, amount, '{"source": "borrower"}', reason,
    'system', '', %s from given
  returning id, agreement_id
), distributions as (
  insert into servicing_eventdistribution (event_id, agreement_id, value_date, holders,
    principal_minor, interest_minor, penalty_minor, fee_minor, loss_minor, paid_minor,
    recorded_at)
  select events.id, agreement_id, value_date, holders::text[], principal::bigint[],
    interest::bigint[], '{}', '{}', '{}', cash::bigint[], %s
  from events join given using (agreement_id)
)
update servicing_snapshot s set
  state = s.state || given.changes::jsonb, paid = given.paid::jsonb,
  received_minor = s.received_minor + given.amount, outstanding_minor = given.book_minor,
  earned_micro = 0, scheduled_minor = given.bearing_minor, unpaid = '{}',
  next_due_date = given.holds_until, {columns}
from given where s.id = given.id
"""
# Of the columns of ``given``, in their order. Texts travel as one text with separators,
# the rest as PostgreSQL writes arrays: nothing is quoted piece by piece.
ENCODE = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
SEPARATOR = "\x1f"
TEXT = f"string_to_array(%s, E'{SEPARATOR}')"
TYPES = (
    *("bigint", "bigint", TEXT, "date", "bigint", TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
    *("date", "date", "bigint", "bigint", "date", "bigint", "int"),
    *("bigint", "bigint", "bigint"),
)
WRITE = WRITE.replace(
    "{arrays}", ", ".join(t if t is TEXT else f"%s::{t}[]" for t in TYPES)
).replace("{columns}", ", ".join(f"{name} = given.{name}" for name in COLUMNS_AFTER))
Row = tuple[Any, ...]


@dataclass(slots=True)
class _Taken:
    """What a set comes to.

    Attributes:
        ids: Its receipts.
        columns: What is to be written, as in ``TYPES``.
        keys: Key of the first repayment, by currency.
        paid_in: Collection account and amount of each, by currency.
        owed: Amount of each party, by currency.
    """

    ids: set[int] = field(default_factory=set)
    columns: list[tuple[Any, ...]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    paid_in: dict[str, list[tuple[str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    owed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def take_on_schedule(
    receipts: Sequence[Receipt], *, at: datetime
) -> tuple[list[Receipt], list[posting.Entry]]:
    """This will take in the receipts that pay exactly the coming instalment.

    Their agreements and those of all others are locked; events, distributions and states
    are written.

    Args:
        receipts: Receipts on collection accounts.
        at: When they are recorded.

    Returns:
        The receipts left to the fold, and the journals that are still to be posted,
        together with those of the fold.
    """
    by_code = {receipt.account_code.split(":")[1]: receipt for receipt in receipts}
    often = Counter(receipt.account_code.split(":")[1] for receipt in receipts)
    rows = _rows(list(by_code))
    once = [(row, by_code[row[2]]) for row in rows if often[row[2]] == 1]
    with _uncollected():
        taken = _take(once)
    _write(taken, at)
    with connection.cursor() as cursor:
        cursor.execute(PLANS_AGAIN)
    return [r for r in receipts if r.id not in taken.ids], _entries(taken, at)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the search for garbage in cycles: none is made, and it took a sixth of all."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _take(arrived: Sequence[tuple[Row, Receipt]]) -> _Taken:
    taken = _Taken()
    found = [(r, receipt, _repayment(r, receipt)) for r, receipt in arrived if r[9]]
    found = [one for one in found if is_on_schedule(one[2])]
    done = settle([repayment for _, _, repayment in found])
    rows = [_written(*one, done, n) for n, one in enumerate(found)]
    taken.columns = list(zip(*rows, strict=True))
    for n, (row, receipt, repayment) in enumerate(found):
        taken.ids.add(receipt.id)
        currency, owed = row[3], taken.owed[row[3]]
        taken.keys.setdefault(currency, repayment.key)
        taken.paid_in[currency].append((receipt.account_code, repayment.amount_minor))
        for party, principal, interest in zip(
            done.holders[n], done.principal_minor[n], done.interest_minor[n], strict=True
        ):
            owed[party] += principal + interest
    return taken


def _rows(codes: list[str]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(PLANS)
        cursor.execute(READ, QUIET_STATE | {"codes": codes})
        return cursor.fetchall()


def _repayment(row: Row, receipt: Receipt) -> Repayment:
    state, paid, coming, following = (text and json.loads(text) for text in row[5:9])
    return Repayment(
        key=f"receipt:{receipt.id}",
        value_date=receipt.value_date.isoformat(),
        amount_minor=receipt.amount_minor,
        state=state,
        is_quiet=row[10],
        paid=paid,
        refund_minor=row[4],
        coming=coming,
        following=following,
    )


def _written(
    row: Row, receipt: Receipt, repayment: Repayment, done: Settled, n: int
) -> Row:
    principal, interest = done.principal_minor[n], done.interest_minor[n]
    return (
        row[0],
        row[1],
        repayment.key,
        receipt.value_date,
        receipt.amount_minor,
        receipt.custodian_ref.replace(SEPARATOR, " "),
        ENCODE(done.changes[n]),
        ENCODE(done.paid[n]),
        _array(done.holders[n]),
        _parts(principal),
        _parts(interest),
        _array([p + i for p, i in zip(principal, interest, strict=True)]),
        *columns_after(repayment, done.changes[n]),
    )


def _write(taken: _Taken, at: datetime) -> None:
    if not taken.ids:
        return
    with connection.cursor() as cursor:
        columns = [
            SEPARATOR.join(column) if kind is TEXT else _array(column)
            for kind, column in zip(TYPES, taken.columns, strict=True)
        ]
        cursor.execute(WRITE, [*columns, at, at])


def _array(values: Sequence[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _parts(amounts: Sequence[int]) -> str:
    # Nothing for everybody is an empty list, on every way here.
    return _array(amounts) if any(amounts) else "{}"


def _entries(taken: _Taken, at: datetime) -> list[posting.Entry]:
    """Return one journal a currency: agreements to the clearing account to holders."""
    if taken.keys:
        posting.open_accounts([chart.clearing(currency) for currency in taken.keys])
    return [
        posting.Entry(
            key=f"distributions:{currency}:{key}",
            kind="distribution",
            effective_at=at,
            moves=_moves(taken.paid_in[currency], taken.owed[currency], currency),
        )
        for currency, key in taken.keys.items()
    ]


def _moves(
    paid_in: Sequence[tuple[str, int]], owed: Counter[str], currency: str
) -> tuple[posting.Move, ...]:
    clearing = chart.clearing(currency).code
    return (
        *(
            posting.Move(
                debit=code,
                credit=clearing,
                amount=Money(amount, currency),
            )
            for code, amount in paid_in
        ),
        *(
            posting.Move(
                debit=clearing,
                credit=chart.wallet(party, currency).code,
                amount=Money(amount, currency),
            )
            for party, amount in sorted(owed.items())
        ),
    )
