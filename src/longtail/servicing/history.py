"""Events as rows and rows as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from longtail.kernels.cashflows.schedule import Amortization
from longtail.servicing import models
from longtail.servicing.events import KIND_OF, KINDS, Event, Source, Treatment

# What the row has columns for.
COLUMNS = {"key", "value_date", "amount_minor"}
# What JSON cannot say, by the name of the detail.
READ: dict[str, Callable[[Any], Any]] = {
    "holdings": lambda rows: tuple((party, part) for party, part in rows),
    "source": Source,
    "treatment": Treatment,
    "amortization": Amortization,
    "until": date.fromisoformat,
    "first_due_date": date.fromisoformat,
}
_NAMES = {kind: tuple(f.name for f in fields(kind)) for kind in KINDS.values()}
_HAS_AMOUNT = {kind: "amount_minor" in names for kind, names in _NAMES.items()}


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
    names = [name for name in _NAMES[type(event)] if name not in COLUMNS]
    return models.AgreementEvent(
        agreement_id=agreement_id,
        key=event.key,
        kind=KIND_OF[type(event)],
        value_date=event.value_date,
        amount_minor=getattr(event, "amount_minor", 0),
        details={name: _plain(getattr(event, name)) for name in names},
        reason=reason,
        by=by,
        seconded_by=seconded_by,
        recorded_at=at,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def event_of(row: models.AgreementEvent) -> Event:
    """Return the event that a row stores."""
    return _event(row.kind, row.key, row.value_date, row.amount_minor, row.details)


def _event(
    kind_name: str, key: str, value_date: date, amount: int, details: dict[str, Any]
) -> Event:
    kind = KINDS[kind_name]
    given = {n: READ[n](value) if n in READ else value for n, value in details.items()}
    if _HAS_AMOUNT[kind]:
        given["amount_minor"] = amount
    return kind(key=key, value_date=value_date, **given)


STORED = ("agreement_id", "kind", "key", "value_date", "amount_minor", "details")


def read(agreement_ids: Iterable[int]) -> Iterator[tuple[int, Event]]:
    """Yield all events of agreements, each with its agreement's id, in one query."""
    rows = models.AgreementEvent.objects.filter(agreement_id__in=agreement_ids)
    for agreement_id, *stored in rows.order_by().values_list(*STORED):
        yield agreement_id, _event(*stored)
