"""What people do about breaks and about money without an owner; kept for ever."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from longtail.ledger.custodian.breaks import BreakKind


class CaseState(models.TextChoices):
    """Where a break stands on the desk."""

    OPEN = "open"
    PROPOSED = "proposed"
    CLOSED = "closed"


class BreakCase(models.Model):
    """One break over all the days it is found, and who looks after it.

    What became of it is in its events; these columns are their sum.
    """

    code = models.CharField(max_length=24, unique=True)
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=[(x, x) for x in BreakKind])
    entry_reference = models.CharField(max_length=35, blank=True)
    first_seen_date = models.DateField()
    last_seen_date = models.DateField()
    difference_minor = models.BigIntegerField()
    detail = models.CharField(max_length=500)
    # Of the entries it is about; when closed, of those that two people explained.
    fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=8, choices=CaseState.choices, default=CaseState.OPEN
    )
    owner = models.CharField(max_length=150, blank=True)
    proposed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "key"], name="break_case_once"),
        ]
        indexes = [
            models.Index(fields=["state", "first_seen_date"], name="break_case_by_age"),
        ]

    def __str__(self) -> str:
        return self.code


class BreakEvent(models.Model):
    """One thing that happened to a break."""

    class Kind(models.TextChoices):
        FOUND = "found"
        ASSIGNED = "assigned"
        PROPOSED = "proposed"
        DECLINED = "declined"
        CLOSED = "closed"
        REOPENED = "reopened"

    case = models.ForeignKey(BreakCase, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    by = models.CharField(max_length=150)
    seconded_by = models.CharField(max_length=150, blank=True)
    owner = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="break_closed_by_two_people",
                condition=~Q(kind="closed")
                | (~Q(seconded_by="") & ~Q(reason="") & ~Q(seconded_by=F("by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Disposal(models.Model):
    """Where money without an owner is to go: to an account, or back to its payer."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        DECLINED = "declined"
        DONE = "done"

    entry = models.ForeignKey(
        "custodian.CashEntry", on_delete=models.PROTECT, related_name="disposals"
    )
    # Empty: back to its payer.
    account_code = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    instruction = models.OneToOneField(
        "custodian.Instruction", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="disposal_four_eyes", condition=~Q(decided_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="disposal_done_by_somebody",
                condition=~Q(state="done") | ~Q(decided_by=""),
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state="proposed"),
                name="disposal_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.state}"
