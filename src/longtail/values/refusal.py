"""The base of every business refusal: an answer, not a crash."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A request that the platform understood and will not carry out; nothing changed.

    Subclasses are named for the state that refused (``BookStillOpen``) and live beside
    the function that raises them. The message says what, why and what to do.
    """


class InvalidInput(Refusal):
    """The caller's input breaks rules that a person can fix; every one is listed.

    Attributes:
        problems: Message by field name, for all fields at once.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{k}: {v}" for k, v in self.problems.items()))
