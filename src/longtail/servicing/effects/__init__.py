"""What each kind of event does to a working copy of a state: one function a kind. Pure."""

from __future__ import annotations

from collections.abc import MutableMapping

from longtail.servicing.claims import subrogate
from longtail.servicing.effects.changes import (
    change_rate,
    pause,
    re_age,
    re_amortise,
    restructure,
    skip,
)
from longtail.servicing.effects.claim import (
    cure,
    declare_default,
    write_off,
    write_off_part,
)
from longtail.servicing.effects.drawing import draw_down
from longtail.servicing.effects.takebacks import charge_back, charge_fee
from longtail.servicing.events import (
    Chargeback,
    Cured,
    DefaultDeclared,
    Drawdown,
    Event,
    FeeCharged,
    GuaranteePayment,
    Moratorium,
    PartialWriteOff,
    Payment,
    PaymentHoliday,
    RateChanged,
    ReAged,
    ReAmortised,
    Refund,
    Restructured,
    Reversal,
    WriteOff,
)
from longtail.servicing.state import State
from longtail.servicing.waterfall import Receipt, receive
from longtail.terms.resolve import ResolvedTerms

# What the payments that are taken back later had paid, by key; nothing until they come.
Memory = MutableMapping[str, Receipt | None]


def apply(terms: ResolvedTerms, state: State, event: Event, memory: Memory) -> None:
    """Let an event change a working copy that was brought to its value date.

    Raises:
        ValueError: If nobody has said what this kind of event does.
    """
    match event:
        case Payment():
            receipt = receive(terms, state, event)
            if event.key in memory:
                memory[event.key] = receipt
        case Chargeback():
            charge_back(terms, state, event, memory.get(event.of))
        case Refund():
            _refund(state, event)
        case Reversal():
            state.received_minor += event.amount_minor
            state.reversed_minor += event.amount_minor
        case FeeCharged():
            charge_fee(state, event)
        case GuaranteePayment():
            subrogate(state, event)
        case Drawdown():
            draw_down(terms, state, event)
        case _:
            _apply_to_claim(terms, state, event)


def _apply_to_claim(terms: ResolvedTerms, state: State, event: Event) -> None:
    match event:
        case DefaultDeclared():
            declare_default(terms, state, event)
        case Cured():
            cure(terms, state, event)
        case PartialWriteOff():
            write_off_part(state, event)
        case WriteOff():
            write_off(terms, state, event)
        case _:
            _apply_to_terms(terms, state, event)


def _apply_to_terms(terms: ResolvedTerms, state: State, event: Event) -> None:
    match event:
        case RateChanged():
            change_rate(terms, state, event)
        case PaymentHoliday():
            skip(terms, state, event)
        case Moratorium():
            pause(terms, state, event)
        case ReAged():
            re_age(terms, state, event)
        case ReAmortised():
            re_amortise(terms, state, event)
        case Restructured():
            restructure(terms, state, event)
        case _:
            raise ValueError(f"unknown event {event!r}")


def _refund(state: State, event: Refund) -> None:
    if event.of:
        state.returned_minor += event.amount_minor
    else:
        state.refunded_minor += event.amount_minor
