"""Parties as the API reads and writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema

from longtail.interfaces.api.schemas.types import (
    Day,
    Page,
    PartyRef,
    Strict,
    line,
    one_of,
    prose,
    whole,
)
from longtail.parties.application import SCHEMES
from longtail.parties.rules import Application, Kind

KindName = one_of(Kind)


class MeOut(Schema):
    """Who the token acts for."""

    party: PartyRef
    kind: str
    standing: str
    person: str
    roles: list[str]


class PartyOut(Schema):
    """A party."""

    code: str
    kind: str
    standing: str
    legal_name: str
    country: str
    region: str
    city: str
    sector: str
    size_class: str
    employees: int | None
    founded_date: date | None
    registration_scheme: str
    registration_number: str
    applied_at: datetime

    @classmethod
    def of(cls, party: Any) -> PartyOut:
        """Return a party as the API shows it; its bank account is nobody's business."""
        return cls(**{name: getattr(party, name) for name in cls.model_fields})


class PartyPage(Page):
    """A page of parties."""

    results: list[PartyOut]


class ApplicationIn(Strict):
    """What a party says of itself when it applies."""

    kind: KindName
    legal_name: line(most=200)
    country: line(least=2, most=2)
    registration_scheme: one_of(SCHEMES)
    registration_number: line(most=40)
    region: line(least=0, most=64) = ""
    city: line(least=0, most=64) = ""
    sector: line(least=0, most=6) = ""
    employees: whole(least=0, most=10_000_000) | None = None
    founded_date: Day | None = None
    bank_account: line(least=0, most=34) = ""
    bank_bic: line(least=0, most=11) = ""

    @property
    def application(self) -> Application:
        """The application as the room of parties takes it."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Application(**fields | {"kind": Kind(self.kind)})


class ReviewIn(Strict):
    """What a reviewer found."""

    reason: prose(least=1, most=2_000)
