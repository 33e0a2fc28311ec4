"""Books, the commitments in them and the holdings they become."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from longtail.funding.rules import LIVE_BOOKS, BookState, CommitmentState, Outcome

# Migrations keep plain text, not the enums.
LIVE = [state.value for state in LIVE_BOOKS]
HELD = CommitmentState.HELD.value
STAYS = pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)
APPEND_ONLY = pgtrigger.Protect(
    name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
)


class Book(models.Model):
    """The collection of commitments for one listing of a demand."""

    code = models.CharField(max_length=24, unique=True)
    demand = models.ForeignKey("deals.Demand", on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )
    version_number = models.PositiveIntegerField()
    mode_code = models.CharField(max_length=40)
    mode_version = models.PositiveIntegerField()
    target_minor = models.BigIntegerField()
    # Running sum of the held commitments, changed under the row's lock; once the book
    # has ended, what it had reached.
    raised_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in BookState])
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "closes_at"], name="book_state_closes")]
        constraints = [
            models.UniqueConstraint(
                name="book_live_once_a_demand",
                fields=["demand"],
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                name="book_target_positive", condition=Q(target_minor__gt=0)
            ),
            models.CheckConstraint(
                name="book_raised_within_target",
                condition=Q(raised_minor__gte=0, raised_minor__lte=F("target_minor")),
            ),
            models.CheckConstraint(
                name="book_closed_iff_over",
                condition=Q(state__in=LIVE, closed_at__isnull=True)
                | (~Q(state__in=LIVE) & Q(closed_at__isnull=False)),
            ),
        ]
        triggers = [
            STAYS,
            pgtrigger.ReadOnly(
                name="ask_fixed",
                exclude=["raised_minor", "state", "closes_at", "frozen_at", "closed_at"],
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_live(self) -> bool:
        """Whether the book may still be filled or refunded."""
        return self.state in LIVE_BOOKS

    @property
    def remainder_minor(self) -> int:
        """What is left to raise, minor units."""
        return self.target_minor - self.raised_minor

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, or nothing while it is live or when it was voided."""
        return Outcome(self.state) if self.state in tuple(Outcome) else None


class Commitment(models.Model):
    """A funder's promise, backed by a hold on its wallet."""

    code = models.CharField(max_length=24, unique=True)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="commitments")
    funder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    # What was asked, to tell a replay of the key from another request.
    key = models.CharField(max_length=128)
    requested_minor = models.BigIntegerField()
    accepts_part = models.BooleanField()
    amount_minor = models.BigIntegerField()
    # The ledger's pending transfer from the wallet to the book.
    hold_id = models.BigIntegerField(unique=True)
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in CommitmentState],
        default=HELD,
    )
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(fields=["funder", "state"], name="commitment_funder_state")]
        constraints = [
            models.UniqueConstraint(fields=["funder", "key"], name="commitment_key_once"),
            models.CheckConstraint(
                name="commitment_within_request",
                condition=Q(amount_minor__gt=0, amount_minor__lte=F("requested_minor")),
            ),
            models.CheckConstraint(
                name="commitment_ended_iff_not_held",
                condition=Q(state=HELD, ended_at__isnull=True)
                | (~Q(state=HELD) & Q(ended_at__isnull=False)),
            ),
        ]
        triggers = [
            STAYS,
            pgtrigger.ReadOnly(
                name="promise_fixed", exclude=["state", "ended_at", "ended_by"]
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Exposure(models.Model):
    """The row on which one funder's commitments to one enterprise queue.

    It carries no figure: the cap is checked against commitments and holdings, and this
    lock keeps two of them from both fitting under it.
    """

    funder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["funder", "enterprise"], name="exposure_once")
        ]


class Holding(models.Model):
    """A funder's part of an agreement's principal, as funded. Never changes."""

    agreement = models.ForeignKey(
        "deals.Agreement", on_delete=models.PROTECT, related_name="+"
    )
    funder = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    principal_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "funder"], name="holding_once"),
            models.CheckConstraint(
                name="holding_principal_positive", condition=Q(principal_minor__gt=0)
            ),
        ]
        triggers = [APPEND_ONLY]
