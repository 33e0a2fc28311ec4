"""Agreements in service: their events, states, distributions and the business date.

Events are the truth; a snapshot is the fold of an agreement's events, kept so that a
payment or a day's end need not read them all again.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from longtail.servicing.events import KINDS
from longtail.servicing.rules import Bucket, CallState, Status


def _choices(names: object) -> list[tuple[str, str]]:
    return [(str(name), str(name)) for name in names]  # type: ignore[attr-defined]


APPEND_ONLY = pgtrigger.Protect(
    name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
)


class ProcessingDate(models.Model):
    """The business date: one row, moved only by the end of day."""

    date = models.DateField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="one_processing_date", condition=Q(id=1))
        ]


class EndOfDayStep(models.Model):
    """A step of the end of day that is done: written with the step's own effects."""

    date = models.DateField()
    step = models.CharField(max_length=24)
    touched_count = models.PositiveIntegerField()
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["date", "step"], name="step_once_a_date")
        ]


class ReceiptCursor(models.Model):
    """How far the custodian's receipts were taken in: one row."""

    last_receipt_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="one_receipt_cursor", condition=Q(id=1))]


class Snapshot(models.Model):
    """Where an agreement stands after its last event.

    ``state`` is the fold's state; ``paid`` the money moved to each party so far. The
    other columns are derived from ``state`` so that the end of day and the reports can
    work on sets of rows.
    """

    agreement = models.OneToOneField(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    state = models.JSONField()
    paid = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=_choices(Status), db_index=True)
    # As the last end of day left it.
    bucket = models.CharField(
        max_length=8, choices=_choices(Bucket), default=Bucket.CURRENT.value, db_index=True
    )
    # Due date of the oldest instalment not paid in full, past or coming.
    unpaid_from = models.DateField(null=True, db_index=True)
    outstanding_minor = models.BigIntegerField(default=0)
    received_minor = models.BigIntegerField(default=0)
    refundable_minor = models.BigIntegerField(default=0)
    charged_off_minor = models.BigIntegerField(default=0)
    recovered_minor = models.BigIntegerField(default=0)
    guarantee_minor = models.BigIntegerField(default=0)
    drawn_date = models.DateField(null=True, db_index=True)
    defaulted_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    # The payment instruction that draws the money down; empty until prepared.
    instruction_code = models.CharField(max_length=24, blank=True)
    # The payment instruction of a refund on its way, and its amount; empty without one.
    refund_code = models.CharField(max_length=24, blank=True)
    refund_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="snapshot_amounts_not_negative",
                condition=Q(
                    outstanding_minor__gte=0, received_minor__gte=0, refund_minor__gte=0
                ),
            )
        ]


class BucketMove(models.Model):
    """An agreement's move from one arrears bucket to another at a day's end."""

    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    date = models.DateField()
    from_bucket = models.CharField(max_length=8, choices=_choices(Bucket))
    to_bucket = models.CharField(max_length=8, choices=_choices(Bucket))

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "date"], name="bucket_move_once")
        ]


class AgreementEvent(models.Model):
    """Something that happened to an agreement. Append-only; a reversal is another row."""

    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=96, unique=True)
    kind = models.CharField(max_length=12, choices=_choices(KINDS))
    value_date = models.DateField()
    amount_minor = models.BigIntegerField(default=0)
    # What else the kind of event carries: holdings, source, guarantor, the event reversed.
    details = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    seconded_by = models.CharField(max_length=150, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["agreement", "value_date"], name="event_history")]
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="event_seconded_by_another",
                condition=Q(seconded_by="") | ~Q(seconded_by=F("by")),
            ),
            models.CheckConstraint(
                name="event_amount_not_negative", condition=Q(amount_minor__gte=0)
            ),
        ]


class Distribution(models.Model):
    """What one event gave one party, and the money that moved for it. Append-only.

    The components say what the party is entitled to by the event; a correction takes
    away with negative ones. ``paid_minor`` is the money that moved: it is less where an
    earlier overpayment was netted, and negative where a guarantor paid.
    """

    event = models.ForeignKey(
        AgreementEvent, on_delete=models.PROTECT, related_name="distributions"
    )
    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    # Keyed by the public code, which the fold's states carry.
    holder = models.ForeignKey(
        "parties.Party",
        to_field="code",
        db_column="holder_code",
        on_delete=models.PROTECT,
        related_name="+",
    )
    value_date = models.DateField()
    principal_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    penalty_minor = models.BigIntegerField(default=0)
    # Principal booked as lost; negative when a loss is recovered.
    loss_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["holder", "value_date"], name="distribution_of_holder")
        ]
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(fields=["event", "holder"], name="distribution_once")
        ]


class GuaranteeCall(models.Model):
    """A claim on the guarantor for its share of a defaulted agreement."""

    code = models.CharField(max_length=24, unique=True)
    agreement = models.OneToOneField(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    guarantor = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=12, choices=_choices(CallState), default=CallState.NOTICE.value
    )
    # The share of the claim on the day of the notice; recomputed when it is paid.
    noticed_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    noticed_by = models.CharField(max_length=150)
    noticed_at = models.DateTimeField()
    verified_by = models.CharField(max_length=150, blank=True)
    verified_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=150, blank=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_verified_by_another", condition=~Q(verified_by=F("noticed_by"))
            )
        ]
