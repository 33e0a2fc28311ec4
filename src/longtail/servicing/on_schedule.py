"""Many repayments that pay exactly the coming instalment, as arrays. Pure.

This is what most repayments are, and for them the fold comes down to moving on by one
instalment and splitting two amounts over the holders. :func:`is_on_schedule` takes only
those of which that is certain; every other one goes through the fold. A test holds the
two ways equal to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.kernels.servicing.splitting import split_many
from longtail.servicing.codec import encode
from longtail.servicing.events import RANKS, Payment
from longtail.servicing.rules import Status
from longtail.servicing.state import State

IntArray = NDArray[np.int64]
# Of a stored holder: party, units, position, principal, interest, and what only an
# eventful life gives it.
PARTY, UNITS, POSITION, PRINCIPAL, INTEREST, EVENTFUL = range(6)
# What a repayment on schedule changes or depends on; all else must be as at drawdown.
MOVING = frozenset(
    (
        "status",
        "place",
        "next_index",
        "period_start",
        "rate_bps",
        "scheduled_minor",
        "bearing_minor",
        "interest_to",
        "holders",
        "received_minor",
        "drawn_date",
    )
)
QUIET = {name: value for name, value in encode(State()).items() if name not in MOVING}
NO_LIFE = [0, 0, 0, 0]
PAYMENT_RANK = RANKS[Payment]
MAX_UNITS = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment:
    """A payment that arrived, and the agreement it is for as it is stored.

    Attributes:
        key: The event's key.
        value_date: The day it counts from, ISO 8601.
        amount_minor: Minor units.
        state: What of the agreement's stored state is ``MOVING``.
        is_quiet: Whether all else of that state is as in ``QUIET``.
        paid: Of its snapshot, as stored.
        refund_minor: On its way back to the enterprise.
        coming, following: The next two instalments as frozen in the terms, if there are.
    """

    key: str
    value_date: str
    amount_minor: int
    state: dict[str, Any]
    is_quiet: bool
    paid: dict[str, int]
    refund_minor: int
    coming: Sequence[Any] | None
    following: Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What repayments on schedule did; lists in the order of the repayments.

    Attributes:
        changes: Of each state, as it is to be stored.
        paid: Money moved to each party since drawdown.
        holders, principal_minor, interest_minor: Who was given what, by repayment.
    """

    changes: list[dict[str, Any]]
    paid: list[dict[str, int]]
    holders: list[list[str]]
    principal_minor: list[list[int]]
    interest_minor: list[list[int]]


def is_on_schedule(given: Repayment) -> bool:
    """Say whether a repayment pays exactly the coming instalment, and changes no more."""
    state, coming, following = given.state, given.coming, given.following
    if coming is None or following is None or state["place"] is None:
        return False
    principal, interest = coming[2], coming[3]
    bearing = state["bearing_minor"]
    return (
        state["status"] == Status.ACTIVE
        and given.amount_minor == principal + interest < bearing
        and bearing == state["scheduled_minor"]
        and state["interest_to"] == state["period_start"]
        and state["period_start"] <= given.value_date <= coming[1] < following[1]
        and state["period_start"] < coming[1]
        and following[2] + following[3] > 0
        and state["place"] < [given.value_date, PAYMENT_RANK, given.key]
        and not given.refund_minor
        and given.is_quiet
        and _is_paid_up(given)
    )


def _is_paid_up(given: Repayment) -> bool:
    """Say whether the holders were paid all they are entitled to, and nobody else."""
    holders = given.state["holders"]
    entitled = {h[PARTY]: h[PRINCIPAL] + h[INTEREST] for h in holders}
    return (
        all(h[EVENTFUL:] == NO_LIFE and h[UNITS] < MAX_UNITS for h in holders)
        and len(entitled) == len(holders)
        and (entitled == given.paid or _nonzero(entitled) == _nonzero(given.paid))
        and given.state["received_minor"] == sum(given.paid.values())
    )


def _nonzero(cash: dict[str, int]) -> dict[str, int]:
    return {party: minor for party, minor in cash.items() if minor}


def settle(repayments: Sequence[Repayment]) -> Settled:
    """Return what repayments do that are on schedule, one for each agreement."""
    table = np.array(
        [x for r in repayments for h in r.state["holders"] for x in h[UNITS:EVENTFUL]],
        dtype=np.int64,
    ).reshape(-1, EVENTFUL - UNITS)
    counts = np.array([len(r.state["holders"]) for r in repayments], dtype=np.int64)
    due = np.array(
        [(r.coming[2], r.coming[3]) for r in repayments if r.coming], dtype=np.int64
    ).reshape(-1, 2)
    units, position, had_principal, had_interest = table.T
    principal = split_many(due[:, 0], position, counts)
    interest = split_many(due[:, 1], units, counts)
    after = (position - principal, had_principal + principal, had_interest + interest)
    return _gathered(repayments, (principal, interest, *after))


def _gathered(repayments: Sequence[Repayment], columns: Sequence[IntArray]) -> Settled:
    done = Settled([], [], [], [], [])
    # One number after the other, each holder's in turn: no list is made for a holder.
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    for repayment in repayments:
        paid = dict(repayment.paid)
        holders, parties, principals, interests = [], [], [], []
        for held in repayment.state["holders"]:
            principal, interest, *after = next(numbers)
            party = held[PARTY]
            holders.append([party, held[UNITS], *after, *held[EVENTFUL:]])
            if principal or interest:
                parties.append(party)
                principals.append(principal)
                interests.append(interest)
                paid[party] = paid.get(party, 0) + principal + interest
        done.changes.append(_moved_on(repayment, holders))
        done.paid.append(paid)
        done.holders.append(parties)
        done.principal_minor.append(principals)
        done.interest_minor.append(interests)
    return done


def _moved_on(given: Repayment, holders: list[list[Any]]) -> dict[str, Any]:
    state = given.state
    assert given.coming is not None
    _, due_date, principal, interest = given.coming
    changes = {
        "place": [given.value_date, PAYMENT_RANK, given.key],
        "holders": holders,
        "received_minor": state["received_minor"] + given.amount_minor,
    }
    if given.value_date < due_date:
        # Paid ahead of its day: it waits there, and interest runs on to the day.
        ahead = {"ahead_interest_minor": interest, "ahead_principal_minor": principal}
        return changes | ahead
    return changes | {
        "next_index": state["next_index"] + 1,
        "period_start": due_date,
        "interest_to": due_date,
        "scheduled_minor": state["scheduled_minor"] - principal,
        "bearing_minor": state["bearing_minor"] - principal,
    }


# What :func:`columns_after` returns, by the snapshot's names.
COLUMNS_AFTER = (
    "unpaid_from",
    "holds_until",
    "due_interest_minor",
    "due_principal_minor",
    "earned_to",
    "period_interest_minor",
    "period_days",
    "bearing_minor",
    "ahead_interest_minor",
    "book_minor",
)


def columns_after(given: Repayment, changes: dict[str, Any]) -> tuple[Any, ...]:
    """Return the derived columns of a snapshot that a repayment on schedule moved on."""
    assert given.coming is not None
    assert given.following is not None
    is_ahead = "ahead_interest_minor" in changes
    _, due_date, principal, interest = given.coming if is_ahead else given.following
    after = given.state | changes
    start, bearing = after["period_start"], after["bearing_minor"]
    return (
        given.following[1],
        due_date,
        0 if is_ahead else interest,
        0 if is_ahead else min(principal, bearing),
        start,
        interest,
        (date.fromisoformat(due_date) - date.fromisoformat(start)).days,
        bearing,
        after.get("ahead_interest_minor", 0),
        bearing - after.get("ahead_principal_minor", 0),
    )
