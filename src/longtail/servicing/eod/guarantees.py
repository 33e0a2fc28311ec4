"""Notice to the guarantors of agreements in default that were not called yet."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from longtail.servicing import models
from longtail.servicing.rules import CLAIMABLE
from longtail.servicing.services.cases import locked_cases
from longtail.servicing.services.guarantees import give_notice


def due_for_call(_to: date) -> QuerySet[models.Snapshot]:
    """Return the covered agreements in default whose guarantor has no notice yet."""
    called = models.GuaranteeCall.objects.values("agreement_id")
    return models.Snapshot.objects.filter(
        status__in=CLAIMABLE, agreement__cover_bps__gt=0, agreement__guarantor__isnull=False
    ).exclude(agreement_id__in=called)


def call(ids: list[int], _to: date, at: datetime) -> int:
    """Give notice to their guarantors."""
    rows = models.Snapshot.objects.filter(pk__in=ids)
    cases = locked_cases(rows.values_list("agreement__code", flat=True))
    return len(give_notice(list(cases.values()), by="system", at=at))
