"""Checks on the people behind an act."""

from __future__ import annotations

from longtail.values.refusal import InvalidInput, Refusal


class FourEyesRequired(Refusal):
    """The act needs a second person."""


def require_two_people(by: str, seconded_by: str) -> None:
    """Refuse unless two different people stand behind an act.

    Raises:
        FourEyesRequired: If they are the same, or one is missing.
    """
    if not by or not seconded_by or by == seconded_by:
        raise FourEyesRequired(
            "This needs two people: one who asks and another who confirms. Ask a "
            "colleague to confirm it."
        )


def require_reason(reason: str) -> str:
    """Return a reason without surrounding space; refuse an empty one.

    Raises:
        InvalidInput: If nothing is said.
    """
    if not reason.strip():
        raise InvalidInput({"reason": "must say why, for the record"})
    return reason.strip()
