"""Whom one may be in the demonstration: a few people of each kind of party."""

from __future__ import annotations

from typing import Any

from longtail.interfaces.web import wording
from longtail.parties import queries as parties

# How many parties of a kind are offered, the youngest first: they have work to do.
PARTIES_SHOWN = 4
KINDS = (
    "enterprise",
    "funder",
    "provider",
    "guarantor",
    "operator",
    "regulator",
    "custodian",
)


def people_by_kind() -> list[tuple[str, list[tuple[Any, Any]]]]:
    """Return the people who may be chosen, with their party, by its kind."""
    found = []
    for kind in KINDS:
        peopled = parties.parties(kind=kind, standing="admitted").filter(
            memberships__isnull=False
        )
        people = [
            (person, party)
            for party in peopled.distinct().order_by("-id")[:PARTIES_SHOWN]
            for person in parties.people_of(party.code)
        ]
        if people:
            found.append((wording.word("kind", kind).text, people))
    return found
