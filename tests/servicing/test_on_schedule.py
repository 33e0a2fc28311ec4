"""Repayments on schedule as arrays do what the fold does; any other is left to the fold."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing.closed_form import closed_form
from longtail.servicing.codec import encode
from longtail.servicing.dues import late_dates
from longtail.servicing.events import FeeCharged, Payment, Source
from longtail.servicing.on_schedule import (
    COLUMNS_AFTER,
    MAX_UNITS,
    MOVING,
    QUIET,
    Repayment,
    columns_after,
    is_on_schedule,
    settle,
)
from longtail.servicing.step import fold, steps
from longtail.terms.resolve import freeze
from tests.servicing.scenarios import any_terms, drawdown, on_schedule, terms

WEIGHTS = ((1,), (3, 2, 2), (1, 999), (0, 5))


def cash(state):
    return {h.party: h.cash_minor for h in state.holders if h.cash_minor}


def is_quiet(state):
    """Say what the database says of a stored state."""
    return {k: v for k, v in state.items() if k not in MOVING} == QUIET


def repayment(resolved, history, payment):
    """Return a payment as it arrives, with the snapshot that it finds."""
    state = fold(resolved, history)
    rows = [*freeze(resolved)["instalments"], None, None]
    return Repayment(
        key=payment.key,
        value_date=payment.value_date.isoformat(),
        amount_minor=payment.amount_minor,
        state=encode(state),
        is_quiet=is_quiet(encode(state)),
        paid=cash(state),
        refund_minor=0,
        coming=rows[state.next_index],
        following=rows[state.next_index + 1],
    )


def equals_the_fold(resolved, history, payment, given_, changes, n, done):
    *_, last = steps(resolved, [*history, payment])
    assert given_.state | changes == encode(last.after)
    assert done.paid[n] == cash(last.after)
    assert done.holders[n] == [e.party for e in last.entries]
    assert done.principal_minor[n] == [e.principal_minor for e in last.entries]
    assert done.interest_minor[n] == [e.interest_minor for e in last.entries]
    form = asdict(closed_form(resolved, last.after))
    form |= {"unpaid_from": late_dates(resolved, last.after)[0]}
    form |= {"book_minor": last.after.outstanding_minor}
    expected = [form[name] for name in COLUMNS_AFTER]
    found = columns_after(given_, changes)
    assert [str(v) for v in found] == [str(v) for v in expected]


@given(
    st.lists(
        st.tuples(any_terms(), st.sampled_from(WEIGHTS), st.integers(0, 9), st.data()),
        min_size=1,
        max_size=5,
    )
)
def test_a_set_of_them_does_what_the_fold_does_one_by_one(drawn):
    taken = []
    for resolved, weights, n, data in drawn:
        coming = on_schedule(resolved)
        n = min(n, len(coming) - 1)
        history = [drawdown(resolved, weights), *coming[:n]]
        longest = (coming[n].value_date - history[-1].value_date).days
        early = data.draw(st.integers(0, longest))
        day = coming[n].value_date - timedelta(days=early)
        payment = replace(coming[n], value_date=day, source=Source.BORROWER)
        found = repayment(resolved, history, payment)
        if is_on_schedule(found):
            taken.append((resolved, history, payment, found))
    done = settle([found for *_, found in taken])
    assert len(done.changes) == len(taken)
    for n, (resolved, history, payment, found) in enumerate(taken):
        equals_the_fold(resolved, history, payment, found, done.changes[n], n, done)


LOAN = terms(amortization=Amortization.LINEAR)
FIRST, SECOND, THIRD = on_schedule(LOAN)[:3]
STORY = [drawdown(LOAN), FIRST]
EARLIER = SECOND.value_date - timedelta(days=9)


@pytest.mark.parametrize(
    ("story", "payment"),
    [
        ([drawdown(LOAN)], FIRST),
        (STORY, SECOND),
        (STORY, replace(SECOND, value_date=EARLIER)),
        (STORY, replace(SECOND, value_date=FIRST.value_date)),
        ([drawdown(LOAN), *on_schedule(LOAN)[:10]], on_schedule(LOAN)[10]),
    ],
)
def test_what_is_on_schedule_is_taken(story, payment):
    found = repayment(LOAN, story, payment)
    assert is_on_schedule(found)
    done = settle([found])
    equals_the_fold(LOAN, story, payment, found, done.changes[0], 0, done)


def other(name, value):
    found = repayment(LOAN, STORY, SECOND)
    if name in found.state:
        state = found.state | {name: value}
        return replace(found, state=state, is_quiet=is_quiet(state))
    return replace(found, **{name: value})


HOLDERS = repayment(LOAN, STORY, SECOND).state["holders"]
SAME_DAY = (FIRST.value_date.isoformat(), SECOND.value_date.isoformat())


@pytest.mark.parametrize(
    "found",
    [
        repayment(LOAN, [], FIRST),
        repayment(LOAN, [drawdown(LOAN), *on_schedule(LOAN)[:11]], on_schedule(LOAN)[11]),
        repayment(LOAN, STORY, replace(SECOND, amount_minor=SECOND.amount_minor + 1)),
        repayment(LOAN, STORY, replace(SECOND, amount_minor=SECOND.amount_minor - 1)),
        repayment(
            LOAN, STORY, replace(SECOND, value_date=SECOND.value_date + timedelta(days=1))
        ),
        repayment(
            LOAN, STORY, replace(SECOND, value_date=FIRST.value_date - timedelta(days=1))
        ),
        repayment(LOAN, [*STORY, replace(SECOND, value_date=EARLIER)], THIRD),
        repayment(
            LOAN,
            [
                *STORY,
                FeeCharged(
                    key="f", value_date=EARLIER, amount_minor=1, name="visit", payee=""
                ),
            ],
            SECOND,
        ),
        repayment(
            LOAN,
            [*STORY, Payment(key="p", value_date=EARLIER, amount_minor=1)],
            SECOND,
        ),
        other("refund_minor", 1),
        other("coming", None),
        other("following", None),
        other("place", None),
        other("status", "defaulted"),
        other("skips", 1),
        other("unapplied_minor", 1),
        other("scheduled_minor", 1_200_00),
        other("interest_to", EARLIER.isoformat()),
        other("received_minor", FIRST.amount_minor + 1),
        other("paid", {}),
        other("paid", {"FND-0": 1, "FND-1": 1, "FND-2": FIRST.amount_minor - 2}),
        other("following", [3, SECOND.value_date.isoformat(), 1, 1]),
        other("following", [3, THIRD.value_date.isoformat(), 0, 0]),
        other("place", [SECOND.value_date.isoformat(), 99, "later"]),
        other("holders", [*HOLDERS[:2], [*HOLDERS[2][:-1], 1]]),
        other("holders", [*HOLDERS, ["FND-0", *HOLDERS[0][1:]]]),
        other("holders", [*HOLDERS[:2], [HOLDERS[2][0], MAX_UNITS, *HOLDERS[2][2:]]]),
    ],
)
def test_anything_else_is_left_to_the_fold(found):
    assert is_on_schedule(other("status", "active"))
    assert not is_on_schedule(found)


def test_another_party_paid_by_nobody_is_no_difference():
    assert is_on_schedule(other("paid", {**other("place", None).paid, "FND-9": 0}))
    units = [HOLDERS[2][0], MAX_UNITS - 1, *HOLDERS[2][2:]]
    assert is_on_schedule(other("holders", [*HOLDERS[:2], units]))
    assert is_on_schedule(other("following", [3, THIRD.value_date.isoformat(), 0, 1]))
    assert is_on_schedule(other("following", [3, THIRD.value_date.isoformat(), 1, 0]))


def test_nobody_is_noted_who_is_given_nothing():
    found = repayment(LOAN, [drawdown(LOAN, (0, 5))], FIRST)
    done = settle([found])
    assert done.holders == [["FND-1"]]
    assert done.principal_minor == [[100_00]]
    assert done.interest_minor == [[12_00]]
    assert done.paid == [{"FND-1": 112_00}]
    assert found.paid == {}


def test_no_repayments_do_nothing():
    done = settle([])
    assert done == type(done)([], [], [], [], [])


def test_the_dates_are_as_the_snapshot_stores_them():
    found = repayment(LOAN, STORY, SECOND)
    done = settle([found])
    after = dict(zip(COLUMNS_AFTER, columns_after(found, done.changes[0]), strict=True))
    assert date.fromisoformat(after["unpaid_from"]) == THIRD.value_date
    assert after["period_days"] == (THIRD.value_date - SECOND.value_date).days
    assert after["due_principal_minor"] == 100_00
    assert after["due_interest_minor"] == after["period_interest_minor"] == 10_00
