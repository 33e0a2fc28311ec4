"""States as JSON-able values. Pure."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from longtail.servicing.events import Treatment
from longtail.servicing.rules import Status
from longtail.servicing.state import Holder, Open, State
from longtail.terms.resolve import Instalment

_STATE = tuple(f.name for f in fields(State))
_OPEN = tuple(f.name for f in fields(Open))
_HOLDER = tuple(f.name for f in fields(Holder))
_INSTALMENT = tuple(f.name for f in fields(Instalment))
_NAMES = {Open: _OPEN, Holder: _HOLDER, Instalment: _INSTALMENT}
_DAYS = ("interest_to", *(n for n in _STATE if n.endswith("_date") or n == "period_start"))


def encode(state: State) -> dict[str, Any]:
    """Return a state as JSON-able values; :func:`decode` gives it back exactly."""
    return {name: _plain(getattr(state, name)) for name in _STATE}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return [_plain(getattr(value, name)) for name in _NAMES[type(value)]]


def decode(plain: dict[str, Any]) -> State:
    """Return the state that :func:`encode` wrote, also by an earlier version."""
    given = {name: plain[name] for name in _STATE if name in plain}
    for name in _DAYS:
        if given.get(name) is not None:
            given[name] = date.fromisoformat(given[name])
    if given["place"] is not None:
        day, rank, key = given["place"]
        given["place"] = (date.fromisoformat(day), rank, key)
    given["status"] = Status(given["status"])
    given["treatment"] = Treatment(given.get("treatment", Treatment.DEFERRED))
    if given.get("plan") is not None:
        given["plan"] = tuple(
            Instalment(n, date.fromisoformat(due), principal, interest)
            for n, due, principal, interest in given["plan"]
        )
    given["holders"] = [Holder(*row) for row in given["holders"]]
    for name in ("open", "deferred"):
        given[name] = [_open(row) for row in given.get(name, [])]
    given["pauses"] = [
        (date.fromisoformat(a), date.fromisoformat(b)) for a, b in given.get("pauses", [])
    ]
    return State(**given)


def _open(row: list[Any]) -> Open:
    number, due, interest, principal, late, paid, accrued_to, *more = row
    days = date.fromisoformat(due), date.fromisoformat(accrued_to)
    return Open(number, days[0], interest, principal, late, paid, days[1], *more)
