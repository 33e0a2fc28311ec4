"""Defaults that came about by time, each on its own day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from longtail.servicing import models
from longtail.servicing.dues import advance
from longtail.servicing.rules import DEFAULT_AFTER_DAYS, Status, is_material
from longtail.servicing.services.cases import Case, locked_cases
from longtail.servicing.services.defaults import default


def due_for_default(to: date) -> QuerySet[models.Snapshot]:
    """Return the agreements more than 90 days past due."""
    oldest = to - timedelta(days=DEFAULT_AFTER_DAYS + 1)
    return models.Snapshot.objects.filter(status=Status.ACTIVE, unpaid_from__lte=oldest)


def declare(ids: list[int], to: date, at: datetime) -> int:
    """Declare the defaults that came about up to today."""
    rows = models.Snapshot.objects.filter(pk__in=ids)
    cases = locked_cases(rows.values_list("agreement__code", flat=True))
    declared = []
    for case in cases.values():
        if (on := _default_date(case, to)) is not None:
            days = (on - case.snapshot.unpaid_from).days
            reason = (
                f"The instalment due on {case.snapshot.unpaid_from} was unpaid for {days} "
                "days."
            )
            declared.append((case, on, reason))
    default(declared, by="system", at=at)
    return len(declared)


def _default_date(case: Case, to: date) -> date | None:
    """Return the day on which material arrears passed 90 days, if they have."""
    if case.state.status is not Status.ACTIVE or case.snapshot.unpaid_from is None:
        return None
    first = case.snapshot.unpaid_from + timedelta(days=DEFAULT_AFTER_DAYS + 1)
    for on in (first, to):
        state, _ = advance(case.terms, case.state, on)
        if on <= to and is_material(
            state.overdue_minor,
            outstanding_minor=state.outstanding_minor,
            currency=case.terms.currency,
        ):
            return on
    return None
