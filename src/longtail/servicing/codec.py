"""States as JSON-able values. Pure."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from longtail.servicing.rules import Holder, Open, State, Status


def encode(state: State) -> dict[str, Any]:
    """Return a state as JSON-able values; :func:`decode` gives it back exactly."""
    return {f.name: _plain(getattr(state, f.name)) for f in _STATE}


_STATE = fields(State)
_OPEN = fields(Open)
_HOLDER = fields(Holder)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Open):
        return [_plain(getattr(value, f.name)) for f in _OPEN]
    if isinstance(value, Holder):
        return [getattr(value, f.name) for f in _HOLDER]
    return value


def decode(plain: dict[str, Any]) -> State:
    """Return the state that :func:`encode` wrote."""
    given = dict(plain)
    for name in (
        "period_start",
        "interest_to",
        "drawn_date",
        "defaulted_date",
        "closed_date",
    ):
        given[name] = _day(given[name])
    if given["place"] is not None:
        day, rank, key = given["place"]
        given["place"] = (date.fromisoformat(day), rank, key)
    given["status"] = Status(given["status"])
    given["holders"] = tuple(Holder(*row) for row in given["holders"])
    given["open"] = tuple(
        Open(n, date.fromisoformat(due), i, p, micro, paid, date.fromisoformat(to))
        for n, due, i, p, micro, paid, to in given["open"]
    )
    return State(**given)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
