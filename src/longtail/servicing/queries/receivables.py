"""What the whole portfolio owes on a day: the sums for the general ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from longtail.servicing.portfolio import Figures, figures
from longtail.servicing.queries.columns import columns_on
from longtail.servicing.queries.current import Current
from longtail.servicing.rules import Bucket, Status

OWING = (Status.ACTIVE, Status.DEFAULTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """The agreements of one currency in one arrears bucket; amounts in minor units.

    Attributes:
        currency: ISO 4217 code.
        bucket: How late they are.
        count: How many.
        outstanding_minor: Principal on the holders' books.
        accrued_minor: Interest earned in the running periods and not due yet.
        overdue_principal_minor, overdue_interest_minor: Due and unpaid.
        penalty_minor: Late interest, unpaid.
        fee_minor: Fees, unpaid.
        due_today_minor: Of all that is due, what fell due on the very day.
    """

    currency: str
    bucket: Bucket
    count: int
    outstanding_minor: int
    accrued_minor: int
    overdue_principal_minor: int
    overdue_interest_minor: int
    penalty_minor: int
    fee_minor: int
    due_today_minor: int


SUMMED = tuple(f.name for f in fields(Receivable) if f.name.endswith("_minor"))


def receivables(on: date) -> list[Receivable]:
    """Return what is owed on a day by currency and bucket, every agreement accrued.

    Nothing is stored for it: each figure is computed from the agreements' closed forms.

    Args:
        on: The day.
    """
    read = columns_on(on, statuses=OWING)
    found = figures(read.columns, on=on)
    currencies, of = np.unique(read.currency, return_inverse=True)
    group = of * len(Bucket) + found.bucket
    places = np.unique(group)
    rows = {
        (str(currencies[n // len(Bucket)]), tuple(Bucket)[n % len(Bucket)]): _summed(
            found, group == n
        )
        for n in places.tolist()
    }
    for part in read.current:
        row = rows.setdefault((part.currency, Bucket.CURRENT), Counter())
        row.update(_of_current(part))
    return [
        Receivable(
            currency=currency, bucket=bucket, **{n: row[n] for n in ("count", *SUMMED)}
        )
        for (currency, bucket), row in sorted(rows.items(), key=_place)
    ]


def _summed(found: Figures, here: NDArray[np.bool_]) -> Counter[str]:
    sums = {name: int(getattr(found, name)[here].sum()) for name in SUMMED}
    return Counter(sums, count=int(here.sum()))


def _of_current(part: Current) -> dict[str, int]:
    return {
        "count": part.count,
        "outstanding_minor": part.outstanding_minor,
        "accrued_minor": part.accrued_minor,
        "overdue_principal_minor": part.principal_minor,
        "overdue_interest_minor": part.interest_minor,
        "due_today_minor": part.principal_minor + part.interest_minor,
    }


def _place(item: tuple[tuple[str, Bucket], Counter[str]]) -> tuple[str, int]:
    (currency, bucket), _ = item
    return currency, tuple(Bucket).index(bucket)
