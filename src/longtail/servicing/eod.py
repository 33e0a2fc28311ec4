"""The end of day: what time alone brings about, and the move of the business date.

Arrears are a function of due dates and the business date, so nothing accrues here: only
agreements whose bucket changes today are touched. Every step leaves a row, those of this
room in one transaction with their effects, so a run that broke off goes on where it
stopped and repeats nothing. A run may
catch up over several days: it brings the date straight to ``to``, and defaults carry the
day on which they came about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case as SqlCase
from django.db.models import F, Q, QuerySet, Value, When

from longtail.deals import services as deals_services
from longtail.evidence import services as evidence_services
from longtail.funding import services as funding_services
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import reconcile as custodian_reconcile
from longtail.notices.services import Message, notify_many
from longtail.servicing import models
from longtail.servicing.dues import advance
from longtail.servicing.rules import (
    BUCKET_STARTS,
    CLAIMABLE,
    DEFAULT_AFTER_DAYS,
    Bucket,
    Status,
    is_material,
)
from longtail.servicing.services.cases import Case, locked_cases
from longtail.servicing.services.defaults import default
from longtail.servicing.services.guarantees import give_notice
from longtail.values.refusal import Refusal


class DateClosed(Refusal):
    """The business date has moved past this day."""


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What an end of day did.

    Attributes:
        date: The business date it opened.
        touched: How many things each step changed, by step; only the steps that ran.
    """

    date: date
    touched: dict[str, int]


def end_of_day(*, to: date, at: datetime) -> DayEnd:
    """Close the days before ``to`` and make it the business date.

    Safe to call again, after success or after a crash: what is done is not repeated.
    What came from the custodian must have been taken in before.

    Args:
        to: The business date to open.
        at: When.

    Returns:
        What was done.

    Raises:
        DateClosed: If the business date is past ``to``.
    """
    current = models.ProcessingDate.objects.values_list("date", flat=True).first()
    if current and to < current:
        raise DateClosed(
            f"The business date is {current}; it never moves back to {to}. Choose a later "
            "day."
        )
    done = _done(to)
    others = {name: work(to, at) for name, work in OTHERS.items() if name not in done}
    _log(others, to, at)
    own = _own_steps(to, at)
    checks = {name: work(to, at) for name, work in CHECKS.items() if name not in done}
    _log(checks, to, at)
    return DayEnd(to, others | own | checks)


# Of the end of day among the advisory locks; any number no other room uses.
LOCK = 20_010_101
Work = Callable[[date, datetime], int]


def _done(to: date) -> set[str]:
    return set(models.EndOfDayStep.objects.filter(date=to).values_list("step", flat=True))


def _own_steps(to: date, at: datetime) -> dict[str, int]:
    """Do this room's steps in one transaction; who comes second waits, then skips."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Before the first end of day there is no row to lock.
            cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        done = _done(to)
        touched = {name: work(to, at) for name, work in OWN.items() if name not in done}
        _log(touched, to, at)
    return touched


def _log(touched: dict[str, int], to: date, at: datetime) -> None:
    models.EndOfDayStep.objects.bulk_create(
        [
            models.EndOfDayStep(date=to, step=name, touched_count=count, done_at=at)
            for name, count in touched.items()
        ],
        ignore_conflicts=True,
    )


def _time_out_orders(_to: date, at: datetime) -> int:
    return _count(evidence_services.time_out_orders(at=at))


def _expire_offers(_to: date, at: datetime) -> int:
    return deals_services.expire_due(at=at)


def _freeze_revoked(_to: date, at: datetime) -> int:
    return funding_services.freeze_revoked(at=at).steps


def _close_books(_to: date, at: datetime) -> int:
    return funding_services.close_due(at=at).steps


def _count(done: object) -> int:
    return done if isinstance(done, int) else len(done or ())


def _age_arrears(to: date, at: datetime) -> int:
    """Move the agreements whose bucket is another today, and tell those that got worse."""
    changed = list(
        _with_bucket(to)
        .exclude(bucket=F("today"))
        .select_related("agreement__demand", "agreement__enterprise")
        .defer("agreement__terms", "state")
    )
    models.BucketMove.objects.bulk_create(
        models.BucketMove(
            agreement_id=row.agreement_id,
            date=to,
            from_bucket=row.bucket,
            to_bucket=row.today,
        )
        for row in changed
    )
    for bucket in Bucket:
        moved = [row.pk for row in changed if row.today == bucket]
        if moved:
            models.Snapshot.objects.filter(pk__in=moved).update(bucket=bucket)
    order = list(Bucket)
    worse = [r for r in changed if order.index(r.today) > order.index(r.bucket)]
    notify_many([_reminder(row, to) for row in worse], at=at)
    return len(changed)


def _with_bucket(to: date) -> QuerySet[models.Snapshot]:
    """Return the agreements that may be in arrears, each with its bucket on a day."""
    steps = [
        When(Q(unpaid_from__lte=to - timedelta(days=first_day)), then=Value(bucket.value))
        for first_day, bucket in reversed(BUCKET_STARTS)
    ]
    aged = models.Snapshot.objects.exclude(status=Status.WRITTEN_OFF)
    return aged.annotate(today=SqlCase(*steps, default=Value(Bucket.CURRENT.value)))


def _reminder(row: models.Snapshot, to: date) -> Message:
    days = (to - row.unpaid_from).days
    return Message(
        party_code=row.agreement.enterprise.code,
        subject=f"An instalment is {days} day{'s' if days > 1 else ''} overdue",
        body=(
            f"The instalment of agreement {row.agreement.code} due on {row.unpaid_from} is "
            "not paid in full. Late interest runs on it. Pay it now, or contact your "
            f"funders; after {DEFAULT_AFTER_DAYS} days the agreement is in default."
        ),
        link=f"/demands/{row.agreement.demand.code}/",
    )


def _declare_defaults(to: date, at: datetime) -> int:
    """Declare the defaults that came about up to today, each on its own day."""
    oldest = to - timedelta(days=DEFAULT_AFTER_DAYS + 1)
    late = models.Snapshot.objects.filter(status=Status.ACTIVE, unpaid_from__lte=oldest)
    cases = locked_cases(late.values_list("agreement__code", flat=True))
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
    first = case.snapshot.unpaid_from + timedelta(days=DEFAULT_AFTER_DAYS + 1)
    for on in (first, to):
        state, _ = advance(case.terms, case.state, on)
        if is_material(
            state.overdue_minor,
            outstanding_minor=state.outstanding_minor,
            currency=case.terms.currency,
        ):
            return on
    return None


def _call_guarantees(_to: date, at: datetime) -> int:
    """Give notice to the guarantors of defaulted agreements that were not called yet."""
    called = models.GuaranteeCall.objects.values("agreement_id")
    due = models.Snapshot.objects.filter(
        status__in=CLAIMABLE, agreement__cover_bps__gt=0, agreement__guarantor__isnull=False
    ).exclude(agreement_id__in=called)
    cases = locked_cases(due.values_list("agreement__code", flat=True))
    return len(give_notice(list(cases.values()), by="system", at=at))


def _move_date(to: date, at: datetime) -> int:
    moved = models.ProcessingDate.objects.filter(date__lt=to).update(date=to, moved_at=at)
    if not moved and not models.ProcessingDate.objects.exists():
        models.ProcessingDate.objects.create(id=1, date=to, moved_at=at)
        moved = 1
    return moved


def _reconcile(to: date, at: datetime) -> int:
    """Compare ledger, custodian and claims at the close of the day before ``to``."""
    closed = to - timedelta(days=1)
    done = 0
    for currency in ledger.currencies():
        latest = custodian.reconciliations(currency, limit=1)
        # The bank closes a day once; a later reconciliation covers it.
        if not latest or latest[0].on_date < closed:
            made = custodian_reconcile.reconcile(on=closed, currency=currency, at=at)
            if made.break_count:
                # A lost notification: the statement says the same, and clears the break.
                courier.catch_up(on=closed, currency=currency, at=at)
            done += 1
    return done


# Steps of the rooms below: each demand or order in its own transaction, done once each.
OTHERS: dict[str, Work] = {
    "evidence-time-outs": _time_out_orders,
    "offers-expired": _expire_offers,
    "evidence-revoked": _freeze_revoked,
    "books-closed": _close_books,
}
OWN: dict[str, Work] = {
    "arrears-aged": _age_arrears,
    "defaults": _declare_defaults,
    "guarantees-called": _call_guarantees,
    "date-moved": _move_date,
}
CHECKS: dict[str, Work] = {"reconciled": _reconcile}
