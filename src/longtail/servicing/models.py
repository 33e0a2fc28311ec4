"""Agreements in service: their events, states, distributions and the business date.

Events are the truth; a snapshot is the fold of an agreement's events, kept so that a
payment or a day's end need not read them all again.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from longtail.servicing.events import KINDS
from longtail.servicing.rules import Bucket, CallState, RefundState, Status


def _choices(names: object) -> list[tuple[str, str]]:
    return [(str(name), str(name)) for name in names]  # type: ignore[attr-defined]


APPEND_ONLY = pgtrigger.Protect(
    name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
)


OWING = [Status.ACTIVE.value, Status.DEFAULTED.value]
SUMMED_UP = (
    "status",
    "currency",
    "holds_until",
    "next_due_date",
    "due_interest_minor",
    "due_principal_minor",
    "book_minor",
    "earned_micro",
    "earned_to",
    "period_interest_minor",
    "period_days",
    "bearing_minor",
    "scheduled_minor",
    "ahead_interest_minor",
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
    """How far a step of the end of day has come: written with each batch's effects."""

    date = models.DateField()
    step = models.CharField(max_length=24)
    # The last snapshot looked at; the step goes on behind it.
    last_id = models.BigIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    # Counted when it began: an estimate until it is done.
    total_count = models.PositiveIntegerField(default=0)
    touched_count = models.PositiveIntegerField(default=0)
    # By the server's clock, for the rate; the business time says nothing of it.
    started_at = models.DateTimeField(db_default=Now())
    moved_at = models.DateTimeField(db_default=Now())
    # As of the business time; empty while it runs.
    done_at = models.DateTimeField(null=True)

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
    status = models.CharField(max_length=12, choices=_choices(Status))
    # As the last end of day left it.
    bucket = models.CharField(
        max_length=8, choices=_choices(Bucket), default=Bucket.CURRENT.value
    )
    # The day from which days past due are counted: the due date of the oldest instalment
    # not paid in full, past or coming, later by the days of standstills that are over.
    unpaid_from = models.DateField(null=True)
    outstanding_minor = models.BigIntegerField(default=0)
    received_minor = models.BigIntegerField(default=0)
    refundable_minor = models.BigIntegerField(default=0)
    charged_off_minor = models.BigIntegerField(default=0)
    recovered_minor = models.BigIntegerField(default=0)
    guarantee_minor = models.BigIntegerField(default=0)
    drawn_date = models.DateField(null=True)
    defaulted_date = models.DateField(null=True)
    closed_date = models.DateField(null=True)
    # The payment instruction that draws the money down; empty until prepared.
    instruction_code = models.CharField(max_length=24, blank=True)
    # What refunds on their way will take from the collection account.
    refund_minor = models.BigIntegerField(default=0)
    # Days past due stand still from ``paused_from`` up to, not including,
    # ``paused_until``; ``unpaid_from`` already counts the standstills before it.
    paused_from = models.DateField(null=True)
    paused_until = models.DateField(null=True)
    # When it was last given better terms because its enterprise was in difficulty.
    forborne_date = models.DateField(null=True)
    # The closed form (``closed_form.ClosedForm``) from which arrays read a day's figures.
    currency = models.CharField(max_length=3, blank=True)
    holds_until = models.DateField(null=True, db_index=True)
    next_due_date = models.DateField(null=True)
    due_interest_minor = models.BigIntegerField(default=0)
    due_principal_minor = models.BigIntegerField(default=0)
    book_minor = models.BigIntegerField(default=0)
    earned_micro = models.BigIntegerField(default=0)
    earned_to = models.DateField(null=True)
    period_interest_minor = models.BigIntegerField(default=0)
    period_days = models.PositiveIntegerField(default=1)
    bearing_minor = models.BigIntegerField(default=0)
    scheduled_minor = models.BigIntegerField(default=0)
    ahead_interest_minor = models.BigIntegerField(default=0)
    late_rate_bps = models.PositiveIntegerField(default=0)
    day_count = models.PositiveSmallIntegerField(default=0)
    unpaid = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        # Each move of an agreement writes to all of them but the partial ones.
        indexes = [
            models.Index(fields=["bucket", "unpaid_from"], name="snapshot_ageing"),
            models.Index(fields=["id"], name="snapshot_unpaid", condition=~Q(unpaid=[])),
            models.Index(
                fields=["id"],
                name="snapshot_paused",
                condition=Q(paused_from__isnull=False),
            ),
            models.Index(
                fields=["status"],
                name="snapshot_not_active",
                condition=~Q(status=Status.ACTIVE.value),
            ),
            # What ``queries.current`` sums up, apart from the wide rows.
            models.Index(
                fields=["unpaid_from"],
                name="snapshot_current",
                include=SUMMED_UP,
                condition=Q(unpaid=[], status__in=OWING),
            ),
        ]
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

    # ``event_history`` finds an agreement's.
    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(max_length=96)
    kind = models.CharField(max_length=24, choices=_choices(KINDS))
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
            models.UniqueConstraint(fields=["key"], name="event_key_once"),
            models.CheckConstraint(
                name="event_seconded_by_another",
                condition=Q(seconded_by="") | ~Q(seconded_by=F("by")),
            ),
            models.CheckConstraint(
                name="event_amount_not_negative", condition=Q(amount_minor__gte=0)
            ),
        ]


def _amounts() -> ArrayField:
    return ArrayField(models.BigIntegerField(), default=list)


class EventDistribution(models.Model):
    """What one event gave each party, and the money that moved for it. Append-only.

    One row an event: a repayment to many holders is written and read as a whole. The
    amounts stand in the order of ``holders``; an empty list is nothing for everybody.
    :class:`Distribution` reads the same party by party.
    """

    event = models.OneToOneField(
        AgreementEvent, on_delete=models.PROTECT, related_name="given"
    )
    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    value_date = models.DateField()
    # Public codes, which the fold's states carry.
    holders = ArrayField(models.CharField(max_length=24))
    principal_minor = _amounts()
    interest_minor = _amounts()
    penalty_minor = _amounts()
    fee_minor = _amounts()
    # Principal booked as lost; negative when a loss is recovered.
    loss_minor = _amounts()
    paid_minor = _amounts()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["holders"], name="distribution_holders")]
        triggers = [APPEND_ONLY]


class Distribution(models.Model):
    """What one event gave one party: a view of :class:`EventDistribution`, read only.

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
    holder = models.ForeignKey(
        "parties.Party",
        to_field="code",
        db_column="holder_code",
        on_delete=models.PROTECT,
        related_name="+",
    )
    value_date = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()
    penalty_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    loss_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "servicing_distribution"


class Refund(models.Model):
    """Money on its way back to its payer, by a payment instruction at the custodian."""

    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    # The reversed payment that it returns; empty for what was paid beyond the debt.
    payment_key = models.CharField(max_length=96, blank=True)
    instruction_code = models.CharField(max_length=24, unique=True)
    amount_minor = models.BigIntegerField()
    prepared_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=_choices(RefundState), default=RefundState.UNDER_WAY.value
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="refund_amount_positive", condition=Q(amount_minor__gt=0)
            ),
            # One at a time for the same money, however often it is asked for.
            models.UniqueConstraint(
                fields=["agreement", "payment_key"],
                condition=Q(state=RefundState.UNDER_WAY.value),
                name="refund_under_way_once",
            ),
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
