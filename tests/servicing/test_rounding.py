"""A change of the terms keeps to the rounding that the terms agreed on."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.servicing.dues import advance, coming_dues
from longtail.servicing.events import (
    Moratorium,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Restructured,
)
from longtail.servicing.step import fold
from longtail.values.rounding import RoundingMode, RoundTo
from tests.servicing.scenarios import any_terms, changes_of, drawdown, terms

CHANGES = (Moratorium, PaymentHoliday, RateChanged, ReAged, ReAmortised, Restructured)


@st.composite
def changed(draw):
    """Draw terms and one change of them, of an agreement that paid nothing."""
    resolved = draw(any_terms())
    last = 31 * len(resolved.instalments)
    days = st.integers(0, last).map(lambda n: resolved.drawdown_date + timedelta(days=n))
    kind, more = changes_of(draw, resolved, days, kinds=CHANGES)
    return resolved, kind(key="change", **more)


@settings(max_examples=300, deadline=None)
@given(changed())
def test_every_instalment_but_the_last_is_a_multiple_of_the_step(drawn):
    resolved, event = drawn
    step = resolved.rounding.step_minor
    state = fold(resolved, [drawdown(resolved), event])
    dues = list(coming_dues(resolved, state))
    capitalised = sum(h.position_minor for h in state.holders) - state.owed_minor
    assert capitalised == 0
    *regular, last = dues or [None]
    for due in regular:
        assert due.principal_minor % step == 0
        assert due.interest_minor % step == 0
    if last and not state.deferred:
        assert last.interest_minor % step == 0
    end, fallen = advance(resolved, state, dues[-1].due_date if dues else event.value_date)
    added = sum(h.position_minor for h in end.holders) - state.owed_minor
    assert sum(due.principal_minor for due in fallen) == state.bearing_minor + added
    assert end.bearing_minor == 0


def test_a_split_period_rounded_down_loses_no_step():
    resolved = terms(
        principal=1_000_00,
        n_periods=2,
        round_to=RoundTo.MAJOR,
        rounding_mode=RoundingMode.DOWN,
        rate_bps=1_200,
    )
    begun = fold(resolved, [drawdown(resolved)])
    same = [
        RateChanged(
            key=f"same:{n}",
            value_date=resolved.drawdown_date + timedelta(days=n),
            rate_bps=1_200,
        )
        for n in (3, 11, 17)
    ]
    split = fold(resolved, [drawdown(resolved), *same])
    assert next(coming_dues(resolved, split)) == next(coming_dues(resolved, begun))
    assert next(coming_dues(resolved, begun)).interest_minor == 10_00
