"""Where one agreement stands, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from longtail.ledger import chart
from longtail.ledger.custodian import queries as custodian
from longtail.servicing import models
from longtail.servicing.codec import decode
from longtail.servicing.dues import advance, coming_dues, days_past_due
from longtail.servicing.queries.borrowers import reasons
from longtail.servicing.readings.settling import Settlement
from longtail.servicing.readings.settling import settlement as settle
from longtail.servicing.rules import (
    Bucket,
    NotInService,
    Status,
    bucket_of,
)
from longtail.servicing.state import Due, Holder, State
from longtail.servicing.terms import terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an agreement stands on a day.

    Attributes:
        agreement_code: The agreement.
        on: The day.
        currency: ISO 4217 code of every amount.
        status: pending, active, defaulted, repaid or written_off.
        bucket: How long the oldest unpaid instalment has been due.
        days_past_due: The same in days.
        outstanding_minor: Principal on the holders' books; nothing after a write-off.
        owed_minor: Principal owed, written off or not.
        overdue_minor: Everything due and unpaid.
        claim_minor: Principal, interest due and late interest.
        received_minor: Paid in so far.
        refundable_minor: Of it, nobody's due.
        charged_off_minor: Principal written off.
        recovered_minor: Paid in since the default.
        guarantee_minor: Paid by the guarantor.
        next_due: The next instalment to fall due, if any.
        holders: Who holds what part of the claim.
        non_performing: Why the agreement is non-performing; empty if it performs.
        is_in_default: Whether a default was declared and is neither cured nor written off.
    """

    agreement_code: str
    on: date
    currency: str
    status: Status
    bucket: Bucket
    days_past_due: int
    outstanding_minor: int
    owed_minor: int
    overdue_minor: int
    claim_minor: int
    received_minor: int
    refundable_minor: int
    charged_off_minor: int
    recovered_minor: int
    guarantee_minor: int
    next_due: Due | None
    holders: tuple[Holder, ...]
    non_performing: tuple[str, ...]
    is_in_default: bool = False

    @property
    def is_non_performing(self) -> bool:
        """Whether there is a reason to call it non-performing."""
        return bool(self.non_performing)


def processing_date() -> date | None:
    """Return the business date, or nothing before the first end of day."""
    return models.ProcessingDate.objects.values_list("date", flat=True).first()


def business_day(on: date | None, state: State) -> date:
    """Return the day to look at: the one asked for, or today, or the last event's."""
    latest = state.place[0] if state.place else None
    day = on or processing_date() or latest
    assert day is not None or latest is None
    return max(filter(None, (day, latest if on is None else None)), default=date.min)


def state(agreement_code: str, *, on: date | None = None) -> Standing:
    """Return where an agreement stands.

    Args:
        agreement_code: The agreement.
        on: The day, not before its last event; the business date if not given.

    Raises:
        NotInService: If its drawdown was never prepared.
    """
    row = (
        models.Snapshot.objects.filter(agreement__code=agreement_code)
        .select_related("agreement")
        .defer("agreement__terms")
        .first()
    )
    if row is None:
        raise NotInService(agreement_code)
    terms = terms_of([agreement_code])[agreement_code]
    last = decode(row.state)
    day = business_day(on, last)
    now, _ = advance(terms, last, day)
    late = days_past_due(terms, now, day)
    return Standing(
        agreement_code=agreement_code,
        on=day,
        currency=terms.currency,
        status=now.status,
        bucket=bucket_of(late),
        days_past_due=late,
        outstanding_minor=now.outstanding_minor,
        owed_minor=now.owed_minor,
        overdue_minor=now.overdue_minor,
        claim_minor=now.claim_minor,
        received_minor=now.received_minor,
        refundable_minor=now.refundable_minor,
        charged_off_minor=now.charged_off_minor,
        recovered_minor=now.recovered_minor,
        guarantee_minor=now.guarantee_minor,
        next_due=next(coming_dues(terms, now), None),
        holders=now.holders,
        non_performing=reasons([row], on=day)[row.pk],
        is_in_default=bool(now.defaulted_date)
        and now.status in (Status.ACTIVE, Status.DEFAULTED),
    )


def settlement(agreement_code: str, *, on: date | None = None) -> Settlement:
    """Return what pays an agreement off on a day; a payment of exactly that closes it.

    Args:
        agreement_code: The agreement.
        on: The day, not before its last event; the business date if not given.

    Raises:
        NotInService: If its drawdown was never prepared.
    """
    row = models.Snapshot.objects.filter(agreement__code=agreement_code).first()
    if row is None:
        raise NotInService(agreement_code)
    last = decode(row.state)
    terms = terms_of([agreement_code])[agreement_code]
    return settle(terms, last, business_day(on, last))


def payment_reference(agreement_code: str) -> str | None:
    """Return the reference that the enterprise quotes when it pays, once there is one."""
    currency = (
        models.Snapshot.objects.filter(agreement__code=agreement_code)
        .values_list("agreement__currency", flat=True)
        .first()
    )
    if currency is None:
        return None
    return custodian.reference_of(chart.collection(agreement_code, currency).code)


def events(agreement_code: str) -> QuerySet[models.AgreementEvent]:
    """Return everything that happened to an agreement, by value date."""
    rows = models.AgreementEvent.objects.filter(agreement__code=agreement_code)
    return rows.order_by("value_date", "id")


def distributions(agreement_code: str) -> QuerySet[models.Distribution]:
    """Return what each event gave each party, by value date."""
    rows = models.Distribution.objects.filter(agreement__code=agreement_code)
    return rows.select_related("event", "holder").order_by("value_date", "id")


def call_of(agreement_code: str) -> models.GuaranteeCall | None:
    """Return the guarantee call of an agreement, if there is one."""
    return calls().filter(agreement__code=agreement_code).first()


def calls(*, guarantor_code: str | None = None) -> QuerySet[models.GuaranteeCall]:
    """Return guarantee calls, the latest first."""
    rows = models.GuaranteeCall.objects.select_related(
        "agreement__enterprise", "agreement__demand", "guarantor"
    ).order_by("-id")
    return rows if guarantor_code is None else rows.filter(guarantor__code=guarantor_code)


def steps(on: date) -> QuerySet[models.EndOfDayStep]:
    """Return the steps of the end of day that are done for a business date."""
    return models.EndOfDayStep.objects.filter(date=on).order_by("id")
