"""The closed forms of many agreements: those with something overdue as arrays, of all
others the sums; both in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

from longtail.kernels.servicing.ageing import NO_DAY, day_number
from longtail.servicing import models
from longtail.servicing.closed_form import UNPAID, closed_form
from longtail.servicing.codec import decode
from longtail.servicing.dues import late_dates
from longtail.servicing.portfolio import SCALARS, Columns, columns_of, joined
from longtail.servicing.queries import current
from longtail.servicing.queries.current import Current
from longtail.servicing.rules import Status
from longtail.servicing.terms import terms_of

IntArray = NDArray[np.int64]
DAYS = {"unpaid_from", "paused_from", "paused_until", "next_due_date", "earned_to"}
SMALL = DAYS | {"period_days", "late_rate_bps", "day_count"}
# Agreements, what is unpaid of them, and the sums: one statement sees one moment.
READ = """
copy (
  with others as materialized ({others})
  select 0, {is_stale}, {currency}, {scalars}
  from servicing_snapshot s join others using (id) where {wanted}
  union all
  select 1, 0, 0, s.id, {fields}, {padding}
  from servicing_snapshot s
  cross join lateral generate_series(0, cardinality(s.unpaid) - 1, {width}) as o
  where s.unpaid <> '{{}}' and {wanted}
  union all
  select 2, 0, {currency}, s.agreements, s.book, s.accrued, s.interest, s.principal,
    {zeros}, {padding}
  from ({sums}) s
) to stdout (format binary)
"""
# Of the sums, as they stand in the columns of an agreement.
SUMMED = SCALARS[:5]
HEADER_BYTES, TRAILER_BYTES = 19, 2


@dataclass(frozen=True, slots=True)
class Read:
    """A book as it stands.

    Attributes:
        columns: The closed forms, which hold on the day, of every agreement but those
            in ``current``.
        currency: ``(n,)`` ISO 4217 codes of them.
        current: Sums over the agreements with nothing overdue, by currency.
    """

    columns: Columns
    currency: NDArray[np.str_]
    current: tuple[Current, ...]


def columns_on(on: date, *, statuses: Sequence[Status]) -> Read:
    """Return all agreements in some statuses, as of a day.

    Those of which an instalment fell due since the last end of day are derived through
    the fold.

    Args:
        on: The day.
        statuses: Which agreements.
    """
    rows = _copied(on, statuses)
    agreements, unpaid, sums = (rows[rows["kind"] == kind] for kind in range(3))
    stale = agreements["id"][agreements["is_stale"] == 1]
    kept = agreements[agreements["is_stale"] == 0]
    kept = kept[np.argsort(kept["id"], kind="stable")]
    unpaid = unpaid[~np.isin(unpaid["id"], stale)]
    owner = np.searchsorted(kept["id"], unpaid["id"])
    order = np.argsort(owner, kind="stable")
    fields = np.column_stack([unpaid[SCALARS[1 + i]] for i in range(len(UNPAID))])
    found = Columns(
        {name: kept[name].astype(np.int64) for name in SCALARS},
        fields.astype(np.int64)[order],
        owner[order].astype(np.int64),
    )
    codes, summed = _codes(kept["currency"]), _current(sums)
    if not len(stale):
        return Read(found, codes, summed)
    late, currencies = _through_the_fold(stale.tolist(), on)
    return Read(joined([found, late]), np.concatenate([codes, currencies]), summed)


def _copied(on: date, statuses: Sequence[Status]) -> NDArray[np.void]:
    kinds = [("kind", ">i4"), ("is_stale", ">i4"), ("currency", ">i4")]
    n_fields = len(UNPAID)
    kinds += [
        (name, ">i4" if name in SMALL and i > n_fields else ">i8")
        for i, name in enumerate(SCALARS)
    ]
    wire = [("n_columns", ">i2")]
    for name, kind in kinds:
        wire += [(f"{name}_bytes", ">i4"), (name, kind)]
    with connection.cursor() as cursor, cursor.copy(_statement(on, statuses)) as copy:
        sent = b"".join(copy)
    return np.frombuffer(sent[HEADER_BYTES:-TRAILER_BYTES], dtype=np.dtype(wire))


def _statement(on: date, statuses: Sequence[Status]) -> sql.Composed:
    n_fields = len(UNPAID)
    wanted = sql.SQL("s.status = any ({})").format(sql.Literal([s.value for s in statuses]))
    padding = [
        "0::int" if name in SMALL else "0::bigint" for name in SCALARS[1 + n_fields :]
    ]
    return sql.SQL(READ).format(
        is_stale=sql.SQL("(s.holds_until is not null and s.holds_until < {})::int").format(
            sql.Literal(on)
        ),
        currency=sql.SQL(
            "coalesce(ascii(s.currency) * 65536 + ascii(substr(s.currency, 2)) * 256"
            " + ascii(substr(s.currency, 3)), 0)"
        ),
        scalars=sql.SQL(", ").join(_scalar(i, name) for i, name in enumerate(SCALARS)),
        fields=sql.SQL(", ").join(
            sql.SQL("s.unpaid[o + {}]").format(sql.Literal(i + 1)) for i in range(n_fields)
        ),
        padding=sql.SQL(", ".join(padding)),
        width=sql.Literal(n_fields),
        zeros=sql.SQL(", ".join(["0::bigint"] * (1 + n_fields - len(SUMMED)))),
        others=current.others(on),
        sums=current.sums(on, wanted),
        wanted=wanted,
    )


def _scalar(place: int, name: str) -> sql.Composed:
    column = sql.Identifier("s", name)
    if name in DAYS:
        column = sql.SQL("coalesce({} - date '1970-01-01', {})").format(
            column, sql.Literal(NO_DAY)
        )
    # The first ones share their place on the wire with the fields of what is unpaid.
    is_small = name in SMALL and place > len(UNPAID)
    return sql.SQL("({})::{}").format(column, sql.SQL("int" if is_small else "bigint"))


def _current(sums: NDArray[np.void]) -> tuple[Current, ...]:
    amounts = zip(*(sums[name].tolist() for name in SUMMED), strict=True)
    currencies = _codes(sums["currency"]).tolist()
    return tuple(Current(c, *row) for c, row in zip(currencies, amounts, strict=True))


def _codes(packed: NDArray[np.void]) -> NDArray[np.str_]:
    found, where = np.unique(packed, return_inverse=True)
    names = [bytes((c >> 16 & 255, c >> 8 & 255, c & 255)).decode() for c in found.tolist()]
    return np.array(names, dtype="U3")[where]


def _through_the_fold(ids: Iterable[int], on: date) -> tuple[Columns, NDArray[np.str_]]:
    rows = list(
        models.Snapshot.objects.filter(pk__in=ids)
        .select_related("agreement")
        .defer("agreement__terms")
    )
    terms = terms_of([row.agreement.code for row in rows])
    scalars, unpaid, currencies = [], [], []
    for row in rows:
        resolved, state = terms[row.agreement.code], decode(row.state)
        form = closed_form(resolved, state, on=on)
        dates = dict(
            zip(
                ("unpaid_from", "paused_from", "paused_until"),
                late_dates(resolved, state),
                strict=True,
            )
        )
        given = {"id": row.pk, **dates}
        values = [given[n] if n in given else getattr(form, n) for n in SCALARS]
        scalars.append([_number(v, n) for n, v in zip(SCALARS, values, strict=True)])
        unpaid.append(form.unpaid)
        currencies.append(resolved.currency)
    return columns_of(scalars, unpaid), np.array(currencies, dtype="U3")


def _number(value: int | date | None, name: str) -> int:
    return day_number(value) if name in DAYS else value  # type: ignore[arg-type, return-value]
