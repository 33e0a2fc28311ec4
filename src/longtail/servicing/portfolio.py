"""A whole portfolio on a day: the columns of many agreements through the kernels. Pure.

What ``queries.columns`` reads or :func:`columns_of` makes, :func:`figures` computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.servicing.accruing import (
    MICRO,
    Running,
    Unpaid,
    earned_micro,
    late_micro,
    rounded_minor,
)
from longtail.kernels.servicing.ageing import NO_DAY, buckets, days_past_due
from longtail.servicing.closed_form import UNPAID
from longtail.servicing.rules import BUCKET_STARTS

IntArray = NDArray[np.int64]
STARTS = np.array([first_day for first_day, _ in BUCKET_STARTS], dtype=np.int64)
# One agreement each; dates as days since 1970, ``NO_DAY`` for none.
SCALARS = (
    "id",
    "unpaid_from",
    "paused_from",
    "paused_until",
    "book_minor",
    "next_due_date",
    "due_interest_minor",
    "due_principal_minor",
    "earned_micro",
    "earned_to",
    "period_interest_minor",
    "period_days",
    "bearing_minor",
    "scheduled_minor",
    "ahead_interest_minor",
    "late_rate_bps",
    "day_count",
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Agreements as arrays.

    Attributes:
        of: Each of ``SCALARS``, ``(n,)``.
        unpaid: ``(m, len(UNPAID))`` fields of all overdue instalments.
        owner: ``(m,)`` whose they are: places in the arrays of ``of``, ascending.
    """

    of: dict[str, IntArray]
    unpaid: IntArray
    owner: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What each agreement is on a day; every array ``(n,)``, amounts in minor units.

    Attributes:
        days_past_due: Days that the oldest unpaid instalment has been due.
        bucket: Place of its arrears bucket in ``Bucket``.
        outstanding_minor: Principal on the holders' books.
        earned_micro: Interest earned in the running period, millionths.
        accrued_minor: Of it, not paid ahead: what the books show as receivable.
        overdue_interest_minor, overdue_principal_minor, fee_minor: Due and unpaid.
        late_micro: Late interest ever accrued on what is overdue now, millionths.
        penalty_minor: Of it, unpaid.
        overdue_minor: Everything due and unpaid.
        due_today_minor: Of it, what fell due this very day.
    """

    days_past_due: IntArray
    bucket: IntArray
    outstanding_minor: IntArray
    earned_micro: IntArray
    accrued_minor: IntArray
    overdue_interest_minor: IntArray
    overdue_principal_minor: IntArray
    fee_minor: IntArray
    late_micro: IntArray
    penalty_minor: IntArray
    overdue_minor: IntArray
    due_today_minor: IntArray


def columns_of(
    scalars: Iterable[Sequence[int]], unpaid: Iterable[Sequence[int]]
) -> Columns:
    """Return rows as arrays.

    Args:
        scalars: ``SCALARS`` of each agreement.
        unpaid: The closed form's ``unpaid`` of each.
    """
    table = np.array(list(scalars), dtype=np.int64).reshape(-1, len(SCALARS))
    flat = [np.array(u, dtype=np.int64).reshape(-1, len(UNPAID)) for u in unpaid]
    owner = np.repeat(np.arange(len(flat)), [len(u) for u in flat])
    rows = np.concatenate(flat) if flat else np.empty((0, len(UNPAID)), dtype=np.int64)
    return Columns(
        {n: np.ascontiguousarray(table[:, i]) for i, n in enumerate(SCALARS)}, rows, owner
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the agreements of several parts as one."""
    starts = np.cumsum([0, *(len(part.of["id"]) for part in parts[:-1])])
    return Columns(
        {name: np.concatenate([part.of[name] for part in parts]) for name in SCALARS},
        np.concatenate([part.unpaid for part in parts]),
        np.concatenate(
            [p.owner + first for p, first in zip(parts, starts, strict=True)]
        ).astype(np.int64),
    )


def figures(columns: Columns, *, on: date) -> Figures:
    """Return what each agreement is on a day for which its columns hold.

    Args:
        columns: Agreements none of which holds only until an earlier day.
        on: The day.
    """
    of = columns.of
    part = {name: columns.unpaid[:, i] for i, name in enumerate(UNPAID)}
    late = late_micro(_unpaid(columns, part), on=on)
    penalty = rounded_minor(late) - part["late_paid_minor"]
    owed = part["interest_minor"] + part["principal_minor"] + part["fee_minor"] + penalty
    n = len(of["id"])
    is_today = part["due_date"] == (on - date(1970, 1, 1)).days
    falls = of["next_due_date"] == (on - date(1970, 1, 1)).days
    # On its due date an instalment is due, and the next period has earned nothing yet.
    earned = np.where(falls, 0, earned_micro(_running(of), on=on))
    ahead = np.where(falls, 0, of["ahead_interest_minor"])
    interest = np.where(falls, of["due_interest_minor"], 0)
    principal = np.where(falls, of["due_principal_minor"], 0)
    late_days = days_past_due(
        of["unpaid_from"], of["paused_from"], of["paused_until"], on=on
    )

    def per_agreement(amounts: IntArray) -> IntArray:
        sums = np.zeros(n, dtype=np.int64)
        np.add.at(sums, columns.owner, amounts)
        return sums

    return Figures(
        days_past_due=late_days,
        bucket=buckets(late_days, STARTS),
        outstanding_minor=of["book_minor"],
        earned_micro=earned,
        accrued_minor=np.maximum(rounded_minor(earned) - ahead, 0),
        overdue_interest_minor=per_agreement(part["interest_minor"]) + interest,
        overdue_principal_minor=per_agreement(part["principal_minor"]) + principal,
        fee_minor=per_agreement(part["fee_minor"]),
        late_micro=per_agreement(late),
        penalty_minor=per_agreement(penalty),
        overdue_minor=per_agreement(owed) + interest + principal,
        due_today_minor=per_agreement(np.where(is_today, owed, 0)) + interest + principal,
    )


def _running(of: dict[str, IntArray]) -> Running:
    return Running(
        earned_micro=of["earned_micro"],
        earned_to=np.where(of["earned_to"] == NO_DAY, 2**31, of["earned_to"]),
        interest_minor=of["period_interest_minor"],
        period_days=of["period_days"],
        bearing_minor=of["bearing_minor"],
        scheduled_minor=of["scheduled_minor"],
    )


def _unpaid(columns: Columns, part: dict[str, IntArray]) -> Unpaid:
    return Unpaid(
        principal_minor=part["principal_minor"],
        late_micro=part["late_micro"],
        accrued_to=part["accrued_to"],
        late_rate_bps=columns.of["late_rate_bps"][columns.owner],
        day_count=columns.of["day_count"][columns.owner],
        paused_from=columns.of["paused_from"][columns.owner],
        paused_until=columns.of["paused_until"][columns.owner],
    )


__all__ = ["MICRO", "SCALARS", "Columns", "Figures", "columns_of", "figures"]
