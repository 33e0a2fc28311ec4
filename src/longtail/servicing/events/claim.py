"""Events of the claim: default, its end, and losses. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from longtail.servicing.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultDeclared(Event):
    """The agreement is in default: everything falls due, and interest stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cured(Event):
    """The default is over: the schedule goes on, and interest runs again from this day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialWriteOff(Event):
    """The holders book a part of the principal as lost; the claim itself lives on."""

    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff(Event):
    """The holders book what is still owed as lost; the claim itself lives on."""
