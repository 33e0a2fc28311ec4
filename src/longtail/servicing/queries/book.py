"""The whole book: arrears, vintages and the figures of the market overview."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.db.models import Count, Sum

from longtail.servicing import models
from longtail.servicing.portfolio import Columns, Figures, figures
from longtail.servicing.queries.borrowers import reasons
from longtail.servicing.queries.columns import columns_on
from longtail.servicing.queries.standing import processing_date
from longtail.servicing.rules import Bucket, Status

OWING = (Status.ACTIVE, Status.DEFAULTED)
# Source: supervision of portfolios at risk counts what is more than 30 days late.
PAR_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsRow:
    """An agreement with something overdue; amounts in minor units."""

    agreement_code: str
    demand_code: str
    enterprise_code: str
    enterprise_name: str
    currency: str
    status: Status
    bucket: Bucket
    days_past_due: int
    overdue_minor: int
    outstanding_minor: int
    non_performing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrears:
    """The arrears of a day.

    Attributes:
        on: The day.
        rows: The longest overdue first.
        outstanding_minor: Principal outstanding by currency and bucket, current included.
    """

    on: date | None
    rows: tuple[ArrearsRow, ...]
    outstanding_minor: dict[str, dict[Bucket, int]]

    def par_fraction(self, currency: str) -> float:
        """Return the share of the book that is more than 30 days late (PAR30)."""
        book = self.outstanding_minor.get(currency, {})
        whole = sum(book.values())
        late = whole - book.get(Bucket.CURRENT, 0) - book.get(Bucket.DAYS_1_30, 0)
        return late / whole if whole else 0.0


def arrears(as_of: date | None = None) -> Arrears:
    """Return what is overdue on a day: the figures of all agreements as arrays.

    Args:
        as_of: The day; the business date if not given.
    """
    on = as_of or processing_date()
    read = columns_on(on or date.min, statuses=OWING)
    found = figures(read.columns, on=on or date.min)
    book: dict[str, dict[Bucket, int]] = defaultdict(dict)
    buckets = tuple(Bucket)
    for currency in map(str, np.unique(read.currency)):
        of = read.currency == currency
        for n in np.unique(found.bucket[of]).tolist():
            here = of & (found.bucket == n)
            book[currency][buckets[n]] = int(found.outstanding_minor[here].sum())
    for part in read.current:
        sums = book[part.currency]
        sums[Bucket.CURRENT] = sums.get(Bucket.CURRENT, 0) + part.outstanding_minor
    rows = _arrears_rows(read.columns, found, on) if on else ()
    return Arrears(on, rows, dict(book))


def _arrears_rows(columns: Columns, found: Figures, on: date) -> tuple[ArrearsRow, ...]:
    late = np.flatnonzero(found.days_past_due > 0)
    place = dict(zip(columns.of["id"][late].tolist(), late.tolist(), strict=True))
    rows = list(
        models.Snapshot.objects.filter(pk__in=place)
        .select_related("agreement__demand", "agreement__enterprise")
        .defer("agreement__terms", "state", "paid")
        .order_by("unpaid_from", "agreement_id")
    )
    why = reasons(rows, on=on)
    return tuple(_arrears_row(row, found, place[row.pk], why[row.pk]) for row in rows)


def _arrears_row(
    row: models.Snapshot, found: Figures, place: int, why: tuple[str, ...]
) -> ArrearsRow:
    agreement = row.agreement
    return ArrearsRow(
        agreement_code=agreement.code,
        demand_code=agreement.demand.code,
        enterprise_code=agreement.enterprise.code,
        enterprise_name=agreement.enterprise.legal_name,
        currency=agreement.currency,
        status=Status(row.status),
        bucket=tuple(Bucket)[found.bucket[place]],
        days_past_due=int(found.days_past_due[place]),
        overdue_minor=int(found.overdue_minor[place]),
        outstanding_minor=int(found.outstanding_minor[place]),
        non_performing=why,
    )


@dataclass(slots=True, kw_only=True)
class Vintage:
    """The agreements drawn down in one year and currency; amounts in minor units.

    Attributes:
        year: Year of drawdown.
        currency: ISO 4217 code.
        count: How many.
        funded_minor: Principal paid out.
        outstanding_minor: Principal still on the holders' books.
        charged_off_minor: Principal written off, before recoveries.
        recovered_minor: Paid in after default.
        guarantee_minor: Paid by guarantors.
        defaulted_count: How many ever defaulted.
        charged_off_count: How many were written off.
        late_count: How many are overdue now.
        months_on_book: Whole months from drawdown to close, or to today, on average.
    """

    year: int
    currency: str
    count: int = 0
    funded_minor: int = 0
    outstanding_minor: int = 0
    charged_off_minor: int = 0
    recovered_minor: int = 0
    guarantee_minor: int = 0
    defaulted_count: int = 0
    charged_off_count: int = 0
    late_count: int = 0
    months: list[int] = field(default_factory=list, repr=False)

    @property
    def months_on_book(self) -> float:
        """Average age in months."""
        return sum(self.months) / len(self.months) if self.months else 0.0

    @property
    def charge_off_rate(self) -> float:
        """Share of the funded principal that was written off."""
        return self.charged_off_minor / self.funded_minor if self.funded_minor else 0.0


VINTAGE_SUMS = (
    "outstanding_minor",
    "charged_off_minor",
    "recovered_minor",
    "guarantee_minor",
)


def vintages() -> list[Vintage]:
    """Return the book by year of drawdown and currency, in two queries.

    Vintages differ in age: compare them by months on book, never by their sums alone.
    """
    today = processing_date()
    found: dict[tuple[int, str], Vintage] = {}
    rows = models.Snapshot.objects.exclude(drawn_date=None).values_list(
        "drawn_date",
        "agreement__currency",
        "agreement__principal_minor",
        "status",
        "unpaid_from",
        "defaulted_date",
        "closed_date",
        *VINTAGE_SUMS,
    )
    for drawn, currency, principal, status, unpaid, defaulted, closed, *sums in rows:
        vintage = found.setdefault(
            (drawn.year, currency), Vintage(year=drawn.year, currency=currency)
        )
        vintage.count += 1
        vintage.funded_minor += principal
        for name, amount in zip(VINTAGE_SUMS, sums, strict=True):
            setattr(vintage, name, getattr(vintage, name) + amount)
        vintage.defaulted_count += defaulted is not None
        vintage.charged_off_count += status == Status.WRITTEN_OFF
        is_late = today and unpaid and status in OWING and unpaid < today
        vintage.late_count += bool(is_late)
        vintage.months.append(_months(drawn, closed or today or drawn))
    return [found[key] for key in sorted(found)]


def _months(start: date, end: date) -> int:
    whole = (end.year - start.year) * 12 + end.month - start.month
    return max(whole - (end.day < start.day), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The book in one currency; amounts in minor units."""

    currency: str
    counts: dict[Status, int]
    funded_minor: int
    outstanding_minor: int
    received_minor: int
    charged_off_minor: int
    recovered_minor: int
    guarantee_minor: int
    outstanding_by_bucket: dict[Bucket, int]
    par_fraction: float


SUMMED = (
    "outstanding_minor",
    "received_minor",
    "charged_off_minor",
    "recovered_minor",
    "guarantee_minor",
)


def book_summary(as_of: date | None = None) -> list[Summary]:
    """Return the figures of the market overview, by currency, in four queries."""
    drawn = models.Snapshot.objects.exclude(drawn_date=None)
    counts: dict[str, dict[Status, int]] = defaultdict(dict)
    groups = drawn.values_list("agreement__currency", "status").annotate(n=Count("id"))
    for currency, status, n in groups.order_by("agreement__currency", "status"):
        counts[currency][Status(status)] = n
    totals = drawn.values("agreement__currency").annotate(
        funded_minor=Sum("agreement__principal_minor"),
        **{f"sum_{name}": Sum(name) for name in SUMMED},
    )
    late = arrears(as_of)
    return [
        Summary(
            currency=row["agreement__currency"],
            counts=counts[row["agreement__currency"]],
            funded_minor=row["funded_minor"],
            **{name: row[f"sum_{name}"] for name in SUMMED},
            outstanding_by_bucket=late.outstanding_minor.get(
                row["agreement__currency"], {}
            ),
            par_fraction=late.par_fraction(row["agreement__currency"]),
        )
        for row in totals.order_by("agreement__currency")
    ]


def bucket_moves(since: date, until: date) -> dict[tuple[Bucket, Bucket], int]:
    """Return how many agreements moved from one arrears bucket to another.

    Args:
        since: First business date that counts.
        until: Last business date that counts.

    Returns:
        Counts by (from, to); with the buckets' sizes they give the roll rates.
    """
    moves = models.BucketMove.objects.filter(date__range=(since, until))
    groups = moves.values_list("from_bucket", "to_bucket").annotate(n=Count("id"))
    return {
        (Bucket(a), Bucket(b)): n for a, b, n in groups.order_by("from_bucket", "to_bucket")
    }
