"""The arrays give what the fold gives: every agreement, every day, to the millionth."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.kernels.servicing.accruing import floor_product
from longtail.kernels.servicing.ageing import day_number
from longtail.servicing.closed_form import closed_form
from longtail.servicing.dues import (
    advance,
    coming_instalment,
    days_past_due,
    earned_micro,
    earned_minor,
    late_dates,
)
from longtail.servicing.portfolio import SCALARS, columns_of, figures
from longtail.servicing.rules import Bucket, Status, bucket_of
from longtail.servicing.step import fold
from tests.servicing import scenarios

big = st.integers(0, 2**40)


@given(st.lists(st.tuples(big, big, big, st.integers(1, 2**50)), min_size=1))
def test_products_are_exact_however_large(rows):
    *factors, divisor = np.array(rows, dtype=np.int64).T
    expected = [a * b * c // d for a, b, c, d in rows]
    if max(expected) < 2**63:
        assert floor_product(tuple(factors), divisor).tolist() == expected


def scalars(number, terms, state, on):
    form = closed_form(terms, state, on=on)
    late = late_dates(terms, state)
    given_ = asdict(form) | {
        "id": number,
        "unpaid_from": late[0],
        "paused_from": late[1],
        "paused_until": late[2],
    }
    row = [given_[name] for name in SCALARS]
    return [day_number(v) if v is None or isinstance(v, date) else v for v in row], form


def expected(terms, state, on):
    now, _ = advance(terms, state, on)
    coming = coming_instalment(terms, now) if now.status is Status.ACTIVE else None
    late = days_past_due(terms, now, on)
    earned = earned_minor(now, coming, on) - now.ahead_interest_minor if coming else 0
    return {
        "days_past_due": late,
        "bucket": list(Bucket).index(bucket_of(late)),
        "outstanding_minor": now.outstanding_minor,
        "earned_micro": earned_micro(now, coming, on) if coming else 0,
        "accrued_minor": max(earned, 0),
        "overdue_interest_minor": sum(o.interest_minor for o in now.open),
        "overdue_principal_minor": sum(o.principal_minor for o in now.open),
        "fee_minor": sum(o.fee_minor for o in now.open),
        "late_micro": sum(o.late_micro for o in now.open),
        "penalty_minor": sum(o.penalty_minor for o in now.open),
        "overdue_minor": now.overdue_minor,
        "due_today_minor": sum(o.unpaid_minor for o in now.open if o.due_date == on),
    }


portfolios = st.lists(
    st.tuples(scenarios.histories(), st.integers(0, 400), st.integers(0, 400)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(portfolios)
def test_the_arrays_equal_the_fold_on_every_agreement(portfolio):
    """Each agreement is rolled up to one day and looked at on a later one."""
    by_day = {}
    for (terms, events), rolled_after, later in portfolio:
        state = fold(terms, events)
        rolled = state.place[0] + timedelta(days=min(rolled_after, later))
        on = state.place[0] + timedelta(days=max(rolled_after, later))
        form = closed_form(terms, state, on=rolled)
        if form.holds_until and form.holds_until < on:
            rolled = on
        by_day.setdefault(on, []).append((terms, state, rolled))
    for on, agreements in by_day.items():
        rows = [scalars(n, *agreement) for n, agreement in enumerate(agreements)]
        got = figures(columns_of((r for r, _ in rows), (f.unpaid for _, f in rows)), on=on)
        for n, (terms, state, _) in enumerate(agreements):
            ours = {name: int(values[n]) for name, values in asdict(got).items()}
            assert ours == expected(terms, state, on)
