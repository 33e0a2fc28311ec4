"""The life of a demand: one table for every financing mode. Pure.

A mode never adds a row here; what differs between modes (who may fund, what secures,
who bears a loss) lives in ``longtail.terms``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from longtail.values.refusal import Refusal


class State(StrEnum):
    """Where a demand stands."""

    DRAFT = "draft"
    ATTESTING = "attesting"
    REFERRED = "referred"
    DECLINED = "declined"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    LISTED = "listed"
    FROZEN = "frozen"
    FUNDED = "funded"
    ACTIVE = "active"
    DEFAULTED = "defaulted"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Event(StrEnum):
    """What may happen to a demand."""

    SUBMIT = "submit"
    EDIT = "edit"
    REFER = "refer"
    APPROVE = "approve"
    DECLINE = "decline"
    ACCEPT = "accept"
    LIST = "list"
    FREEZE = "freeze"
    RESUME = "resume"
    FILL = "fill"
    FAIL = "fail"
    DRAW_DOWN = "draw_down"
    DEFAULT = "default"
    CURE = "cure"
    REPAY = "repay"
    WRITE_OFF = "write_off"
    RECOVER = "recover"
    REOPEN = "reopen"
    RETURN = "return"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


_S, _E = State, Event
# Until money is in a book, the enterprise may change its mind and time may run out.
_UNDECIDED = {_E.WITHDRAW: _S.WITHDRAWN, _E.EXPIRE: _S.EXPIRED}

_MOVES: dict[State, dict[Event, State]] = {
    _S.DRAFT: {_E.EDIT: _S.DRAFT, _E.SUBMIT: _S.ATTESTING} | _UNDECIDED,
    _S.ATTESTING: {
        _E.EDIT: _S.ATTESTING,
        _E.APPROVE: _S.OFFERED,
        _E.REFER: _S.REFERRED,
        _E.DECLINE: _S.DECLINED,
        _E.FREEZE: _S.ATTESTING,
    }
    | _UNDECIDED,
    # Evidence that falls: before listing the demand is assessed again on new evidence,
    # a listed book stops where it stands until it is resumed.
    _S.REFERRED: {
        _E.EDIT: _S.ATTESTING,
        _E.APPROVE: _S.OFFERED,
        _E.DECLINE: _S.DECLINED,
        _E.FREEZE: _S.ATTESTING,
    }
    | _UNDECIDED,
    _S.OFFERED: {
        _E.EDIT: _S.ATTESTING,
        _E.ACCEPT: _S.ACCEPTED,
        _E.FREEZE: _S.ATTESTING,
    }
    | _UNDECIDED,
    _S.ACCEPTED: {
        _E.EDIT: _S.ATTESTING,
        _E.LIST: _S.LISTED,
        _E.FREEZE: _S.ATTESTING,
    }
    | _UNDECIDED,
    _S.LISTED: {
        _E.EDIT: _S.ATTESTING,
        _E.FREEZE: _S.FROZEN,
        _E.FILL: _S.FUNDED,
        _E.FAIL: _S.FAILED,
        _E.WITHDRAW: _S.WITHDRAWN,
    },
    _S.FROZEN: {
        _E.EDIT: _S.ATTESTING,
        _E.RESUME: _S.LISTED,
        _E.FAIL: _S.FAILED,
        _E.WITHDRAW: _S.WITHDRAWN,
    },
    _S.FUNDED: {_E.DRAW_DOWN: _S.ACTIVE},
    # Money that came back from the enterprise's bank is to be paid out once more.
    _S.ACTIVE: {
        _E.DEFAULT: _S.DEFAULTED,
        _E.REPAY: _S.REPAID,
        _E.RETURN: _S.FUNDED,
    },
    _S.DEFAULTED: {
        _E.CURE: _S.ACTIVE,
        _E.RECOVER: _S.DEFAULTED,
        _E.REPAY: _S.REPAID,
        _E.WRITE_OFF: _S.WRITTEN_OFF,
    },
    # A payment that closed the loan may turn out not to have been one.
    _S.REPAID: {_E.REOPEN: _S.ACTIVE},
    # The debt survives the write-off in the books, so money may still come in.
    _S.WRITTEN_OFF: {_E.RECOVER: _S.WRITTEN_OFF},
}

MOVES: Mapping[tuple[State, Event], State] = MappingProxyType(
    {(state, event): to for state, row in _MOVES.items() for event, to in row.items()}
)
TERMINAL = frozenset(
    {_S.DECLINED, _S.REPAID, _S.WRITTEN_OFF, _S.FAILED, _S.WITHDRAWN, _S.EXPIRED}
)
LIVE = frozenset(State) - TERMINAL
# Published and not drawn down: the same use and amount is not asked for twice.
OPEN = LIVE - {_S.DRAFT, _S.ACTIVE, _S.DEFAULTED}
# Time alone ends these; a book ends by its own window, an agreement by its terms.
EXPIRING = frozenset(state for state, event in MOVES if event is Event.EXPIRE)


class IllegalTransition(Refusal):
    """The demand's state does not allow the event; nothing changed.

    Attributes:
        state: Where the demand stands.
        event: What was asked of it.
    """

    def __init__(self, state: str, event: str, *, code: str = "") -> None:
        self.state, self.event, self.code = State(state), event, code
        possible = ", ".join(words(e) for e in events_from(self.state))
        super().__init__(
            f"Demand {code} is {words(state)}, so '{words(event)}' is not possible. "
            + (f"Possible now: {possible}." if possible else "Nothing can change it now.")
        )


def next_state(state: str, event: str, *, code: str = "") -> State:
    """Return where an event takes a demand.

    Args:
        state: Where it stands.
        event: What happens.
        code: The demand, for the message of a refusal.

    Raises:
        IllegalTransition: If the table has no such move.
    """
    to = MOVES.get((State(state), Event(event)))
    if to is None:
        raise IllegalTransition(state, event, code=code)
    return to


def is_possible(state: str, event: str) -> bool:
    """Whether the table has a move for the event."""
    return (State(state), Event(event)) in MOVES


def events_from(state: str) -> tuple[Event, ...]:
    """Return the events a state allows, in the table's order."""
    return tuple(event for from_state, event in MOVES if from_state == state)


def words(name: str) -> str:
    """Return a state's or an event's name as people read it."""
    return name.replace("_", " ")
