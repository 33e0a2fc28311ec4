"""The life of an agreement as a pure fold over its events.

The state of an agreement is the fold of its events in the order of
:func:`~longtail.servicing.events.order`, so a back-dated, reversed or late-arriving payment
gives exactly the state of the in-order history (the *replay law*).

What a payment pays is told in ``waterfall``, what time does in ``dues``, who gets it in
``claims``, what every other event does in ``effects``. On the day of default all falls due
and interest stops: the claim stands still, so that guarantor, holders and enterprise can
agree on it to the cent. Sign convention: see ``state``.

The functions here are pure; inside, the fold works on one copy of the state, since copying
it for each of thousands of events would cost more than all the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from longtail.servicing.claims import changes
from longtail.servicing.dues import bring
from longtail.servicing.effects import Memory, apply
from longtail.servicing.events import Chargeback, Event, Reversal, order
from longtail.servicing.state import Due, Entitlement, State
from longtail.terms.resolve import ResolvedTerms

Stepped = tuple[State, tuple[Due, ...], tuple[Entitlement, ...]]


def fold(terms: ResolvedTerms, events: Iterable[Event]) -> State:
    """Return the state after events that may come in any order.

    Reversed events are left out as if they had never been; their amounts are to be
    returned to the payer.

    Args:
        terms: The agreement's frozen terms.
        events: All that ever happened to it, in any order.
    """
    state, history = State(), in_order(events)
    memory = _memory(history)
    for event in history:
        bring(terms, state, event.value_date)
        apply(terms, state, event, memory)
    if history:
        state.place = order(history[-1])
    return state


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return the events that count, in the order in which they count."""
    history = sorted(events, key=order)
    undone = {event.of for event in history if isinstance(event, Reversal)}
    return [event for event in history if event.key not in undone]


def _memory(history: Iterable[Event]) -> Memory:
    return {event.of: None for event in history if isinstance(event, Chargeback)}


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a history and what it did.

    Attributes:
        event: The event.
        before: The state after the event before it.
        moved: The same brought to its value date.
        after: The state after it.
        dues: What fell due since the event before it.
        entries: What each party is entitled to by it.
    """

    event: Event
    before: State
    moved: State
    after: State
    dues: tuple[Due, ...]
    entries: tuple[Entitlement, ...]


def steps(terms: ResolvedTerms, events: Iterable[Event]) -> Iterator[Step]:
    """Yield what each event of a history did, in order; the last state is the fold.

    Args:
        terms: The agreement's frozen terms.
        events: All that ever happened to it, in any order.
    """
    state, history = State(), in_order(events)
    memory = _memory(history)
    for event in history:
        done = _stepped(terms, state, event, memory)
        state = done.after
        yield done


def absorb(
    terms: ResolvedTerms,
    state: State,
    event: Event,
    history: Callable[[], Iterable[Event]],
) -> State:
    """Return the state after one more event, in one step if it is the latest.

    Args:
        terms: The agreement's frozen terms.
        state: The fold of the earlier arrivals.
        event: The arrival.
        history: Gives all earlier arrivals; asked only where the past must be told again.
    """
    if needs_history(state, event):
        return fold(terms, [*history(), event])
    return step(terms, state, event)[0]


def needs_history(state: State, event: Event) -> bool:
    """Say whether an arrival changes the past, or asks what a past payment paid."""
    if isinstance(event, (Reversal, Chargeback)):
        return True
    return state.place is not None and order(event) <= state.place


def step(terms: ResolvedTerms, state: State, event: Event) -> Stepped:
    """Take the next event into an agreement.

    Args:
        terms: The agreement's frozen terms.
        state: The state after all earlier events.
        event: An event not before them in :func:`~longtail.servicing.events.order`, and
            no chargeback: that needs the history.

    Returns:
        The state after it; the instalments that fell due since the last event; what each
        party is entitled to by it.
    """
    done = _stepped(terms, state, event, {})
    return done.after, done.dues, done.entries


def _stepped(terms: ResolvedTerms, state: State, event: Event, memory: Memory) -> Step:
    moved = state.copy()
    dues = tuple(bring(terms, moved, event.value_date))
    after = moved.copy()
    apply(terms, after, event, memory)
    after.place = order(event)
    entries = changes(state.holders, after.holders)
    return Step(event, state, moved, after, dues, entries)
