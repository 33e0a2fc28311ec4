"""Instalments that fell due: from then on their agreements' closed form is another."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from longtail.servicing import models
from longtail.servicing.closed_form import closed_form
from longtail.servicing.codec import decode
from longtail.servicing.services.snapshots import write_closed_forms
from longtail.servicing.terms import terms_of


def due_for_roll(to: date) -> QuerySet[models.Snapshot]:
    """Return the agreements of which an instalment fell due and was not paid that day."""
    return models.Snapshot.objects.filter(holds_until__lt=to)


def roll(ids: list[int], to: date, _at: datetime) -> int:
    """Derive their closed forms again; no event, so the state itself stays."""
    rows = list(
        models.Snapshot.objects.filter(pk__in=ids)
        .select_for_update(no_key=True, of=("self",))
        .order_by("agreement_id")
        .values_list("id", "agreement__code", "state")
    )
    terms = terms_of([code for _, code, _ in rows])
    write_closed_forms(
        {id_: closed_form(terms[code], decode(kept), on=to) for id_, code, kept in rows}
    )
    return len(rows)
