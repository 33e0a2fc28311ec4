"""Four eyes: an act that takes two people, and one that takes a reason."""

from __future__ import annotations

import re
import unicodedata

from longtail.values.refusal import InvalidInput, Refusal

MAX_REASON = 2_000
# Controls other than a new line or a tab, and what is no character at all.
UNPRINTABLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]"
)


class FourEyesRequired(Refusal):
    """One person would do what takes two."""


def same_person(one: str, other: str) -> bool:
    """Return whether two usernames are one person, whatever their case or form."""
    return _folded(one) == _folded(other)


def _folded(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip().casefold()


def require_two_people(first: str, second: str, *, what: str = "This") -> None:
    """Refuse unless two different people stand behind an act.

    Args:
        first: Who asks for it, prepared or proposed it.
        second: Who confirms, releases or decides it.
        what: What takes two, as the start of a sentence.

    Raises:
        FourEyesRequired: If they are the same, or one is missing.
    """
    if not _folded(first) or not _folded(second) or same_person(first, second):
        raise FourEyesRequired(
            f"{what} takes two people: {first.strip() or 'nobody'} asked for it, so "
            "another person has to confirm it. Ask a second person."
        )


def require_reason(reason: str, *, most: int = MAX_REASON) -> str:
    """Return a reason without surrounding space.

    Args:
        reason: What a person said.
        most: How many characters the record has room for.

    Raises:
        InvalidInput: If nothing is said, too much, or what cannot be printed.
    """
    said = reason.strip()
    if not said or len(said) > most or UNPRINTABLE.search(said):
        raise InvalidInput(
            {"reason": f"must say why, for the record, in at most {most} characters"}
        )
    return said
