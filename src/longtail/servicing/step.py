"""The life of an agreement as a pure fold over its events.

The state of an agreement is the fold of its events in the order of
:func:`~longtail.servicing.events.order`, so a back-dated, reversed or late-arriving payment
gives exactly the state of the in-order history (the *replay law*).

What a payment pays is told in ``waterfall``, what time does in ``dues``, who gets it in
``claims``. On the day of default all falls due and interest stops: the claim stands still,
so that guarantor, holders and enterprise can agree on it to the cent. Sign convention: see
``rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from longtail.servicing.claims import lose, subrogate
from longtail.servicing.dues import (
    advance,
    coming_instalment,
    earned_minor,
    without_future,
)
from longtail.servicing.events import (
    DefaultDeclared,
    Drawdown,
    Event,
    GuaranteePayment,
    Payment,
    Refund,
    Reversal,
    WriteOff,
    order,
)
from longtail.servicing.rules import Due, Entitlement, Holder, Open, State, Status
from longtail.servicing.waterfall import receive
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
    state = State()
    for event in in_order(events):
        state, _, _ = step(terms, state, event)
    return state


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return the events that count, in the order in which they count."""
    history = sorted(events, key=order)
    undone = {event.of for event in history if isinstance(event, Reversal)}
    return [event for event in history if event.key not in undone]


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
        history: Gives all earlier arrivals; asked only if the event is not the latest.
    """
    is_latest = state.place is None or order(event) > state.place
    if is_latest and not isinstance(event, Reversal):
        return step(terms, state, event)[0]
    return fold(terms, [*history(), event])


def step(terms: ResolvedTerms, state: State, event: Event) -> Stepped:
    """Take the next event into an agreement.

    Args:
        terms: The agreement's frozen terms.
        state: The state after all earlier events.
        event: An event not before them in :func:`~longtail.servicing.events.order`.

    Returns:
        The state after it; the instalments that fell due since the last event; what each
        holder is entitled to by it.
    """
    moved, dues = advance(terms, state, event.value_date)
    after, entries = _apply(terms, moved, event)
    return replace(after, place=order(event)), dues, entries


def _apply(
    terms: ResolvedTerms, state: State, event: Event
) -> tuple[State, tuple[Entitlement, ...]]:
    match event:
        case Drawdown():
            return _draw_down(terms, state, event), ()
        case Payment():
            return receive(terms, state, event)
        case GuaranteePayment():
            return subrogate(state, event)
        case DefaultDeclared():
            return _default(terms, state, event.value_date), ()
        case WriteOff():
            return _write_off(terms, state, event.value_date)
        case Refund():
            return replace(
                state, refunded_minor=state.refunded_minor + event.amount_minor
            ), ()
        case Reversal():
            return replace(
                state,
                received_minor=state.received_minor + event.amount_minor,
                reversed_minor=state.reversed_minor + event.amount_minor,
            ), ()
    raise ValueError(f"unknown event {event!r}")


def _draw_down(terms: ResolvedTerms, state: State, event: Drawdown) -> State:
    if sum(principal for _, principal in event.holdings) != terms.principal_minor:
        raise ValueError(f"holdings {event.holdings} do not add up to the principal")
    return replace(
        state,
        status=Status.ACTIVE,
        period_start=terms.drawdown_date,
        interest_to=terms.drawdown_date,
        scheduled_minor=terms.principal_minor,
        bearing_minor=terms.principal_minor,
        drawn_date=event.value_date,
        holders=tuple(
            Holder(party, principal, principal) for party, principal in event.holdings
        ),
    )


# Default and loss.
def _default(terms: ResolvedTerms, state: State, on: date) -> State:
    if state.status is not Status.ACTIVE:
        return state
    return replace(
        _accelerate(terms, state, on), status=Status.DEFAULTED, defaulted_date=on
    )


def _accelerate(terms: ResolvedTerms, state: State, on: date) -> State:
    """Make everything due at once, with the interest earned to the day."""
    coming = coming_instalment(terms, state)
    if coming is None:
        return state
    earned = max(earned_minor(state, coming, on) - state.ahead_interest_minor, 0)
    principal = state.bearing_minor - state.ahead_principal_minor
    rest = Open(0, on, earned, principal, 0, 0, on)
    return replace(without_future(state), open=(*state.open, rest))


def _write_off(
    terms: ResolvedTerms, state: State, on: date
) -> tuple[State, tuple[Entitlement, ...]]:
    if state.status not in (Status.ACTIVE, Status.DEFAULTED):
        return state, ()
    state = _accelerate(terms, state, on)
    return lose(
        replace(
            state,
            status=Status.WRITTEN_OFF,
            charged_off_minor=state.owed_minor,
            closed_date=on,
        )
    )
