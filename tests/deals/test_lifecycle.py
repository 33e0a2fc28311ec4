"""One table for every mode: every pair moves or is refused, nothing is a dead end."""

import itertools

import pytest

from longtail.deals.lifecycle import (
    EXPIRING,
    LIVE,
    MOVES,
    OPEN,
    TERMINAL,
    Event,
    IllegalTransition,
    State,
    events_from,
    is_possible,
    next_state,
)

EVERY_PAIR = list(itertools.product(State, Event))
# A terminal state may be left by no event, and entered again only by what is named here.
STAYS = {
    (State.WRITTEN_OFF, Event.RECOVER): State.WRITTEN_OFF,
    # A payment that is reversed after it had closed the loan opens the loan again.
    (State.REPAID, Event.REOPEN): State.ACTIVE,
}


@pytest.mark.parametrize(("state", "event"), EVERY_PAIR)
def test_every_pair_moves_or_is_refused(state, event):
    if (state, event) in MOVES:
        assert next_state(state, event) is MOVES[state, event]
        assert is_possible(state, event)
        return
    with pytest.raises(IllegalTransition) as refused:
        next_state(state, event, code="DEM-1")
    assert not is_possible(state, event)
    assert (refused.value.state, refused.value.event) == (state, event)
    assert "DEM-1" in str(refused.value)
    for possible in events_from(state):
        assert possible.replace("_", " ") in str(refused.value)


def test_every_event_and_every_state_is_used():
    assert {event for _, event in MOVES} == set(Event)
    assert set(MOVES.values()) | {State.DRAFT} == set(State)


def reachable(start):
    seen, edge = {start}, [start]
    while edge:
        here = edge.pop()
        steps = {to for (state, _), to in MOVES.items() if state is here} - seen
        seen |= steps
        edge.extend(steps)
    return seen


def test_every_state_is_reached_from_a_draft():
    assert reachable(State.DRAFT) == set(State)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_no_live_state_is_a_dead_end(state):
    assert reachable(state) & TERMINAL


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_an_end_is_an_end(state):
    exits = {(s, event): to for (s, event), to in MOVES.items() if s is state}
    assert exits == {pair: to for pair, to in STAYS.items() if pair[0] is state}


def test_time_never_ends_a_demand_with_money_in_its_book_or_drawn_down():
    assert EXPIRING.isdisjoint(
        {State.LISTED, State.FROZEN, State.FUNDED, State.ACTIVE, State.DEFAULTED}
    )


def test_no_way_leads_from_money_paid_out_back_to_asking():
    assert reachable(State.FUNDED).isdisjoint(OPEN - {State.FUNDED})
    for state in reachable(State.FUNDED):
        for event in (Event.EDIT, Event.WITHDRAW, Event.EXPIRE):
            assert not is_possible(state, event)


@pytest.mark.parametrize(
    ("state", "events"),
    [
        (State.OFFERED, {Event.APPROVE}),
        (State.ACCEPTED, {Event.ACCEPT}),
        (State.LISTED, {Event.LIST, Event.RESUME}),
        (State.FUNDED, {Event.FILL, Event.RETURN}),
    ],
)
def test_no_step_is_skipped(state, events):
    into = {event for (start, event), to in MOVES.items() if to is state is not start}
    assert into == events
