"""Events as rows and rows as events."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from longtail.servicing import models
from longtail.servicing.events import KIND_OF, KINDS, Drawdown, Event, Payment, Source

# What the row has columns for.
COLUMNS = {"key", "value_date", "amount_minor"}


def row_of(
    event: Event,
    *,
    agreement_id: int,
    by: str,
    seconded_by: str,
    reason: str,
    at: datetime,
) -> models.AgreementEvent:
    """Return the row that stores an event."""
    details = {
        f.name: getattr(event, f.name) for f in fields(event) if f.name not in COLUMNS
    }
    return models.AgreementEvent(
        agreement_id=agreement_id,
        key=event.key,
        kind=KIND_OF[type(event)],
        value_date=event.value_date,
        amount_minor=getattr(event, "amount_minor", 0),
        details=details,
        reason=reason,
        by=by,
        seconded_by=seconded_by,
        recorded_at=at,
    )


def event_of(row: models.AgreementEvent) -> Event:
    """Return the event that a row stores."""
    kind = KINDS[row.kind]
    given = dict(row.details)
    if any(f.name == "amount_minor" for f in fields(kind)):
        given["amount_minor"] = row.amount_minor
    if kind is Drawdown:
        given["holdings"] = tuple((party, part) for party, part in given["holdings"])
    if kind is Payment:
        given["source"] = Source(given["source"])
    return kind(key=row.key, value_date=row.value_date, **given)
