"""The sandbox bank's own books, in its own schema; nothing of the platform's is here."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from longtail.ledger.custodian.messages.contents import Direction


def _table(name: str) -> str:
    return f'"custodian_sandbox"."{name}"'


class TrustAccount(models.Model):
    """A client-money account; what is on it belongs to the platform's clients."""

    currency = models.CharField(max_length=3, unique=True)
    balance_minor = models.BigIntegerField(default=0)
    entry_count = models.PositiveBigIntegerField(default=0)
    # The books are closed up to here: later bookings fall on later days.
    closed_date = models.DateField(null=True)
    closed_minor = models.BigIntegerField(default=0)
    statement_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = _table("trust_account")
        constraints = [
            models.CheckConstraint(
                name="trust_account_in_funds", condition=Q(balance_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.currency


class Entry(models.Model):
    account = models.ForeignKey(TrustAccount, on_delete=models.PROTECT, db_index=False)
    entry_reference = models.CharField(max_length=35, unique=True)
    direction = models.CharField(max_length=4, choices=[(x, x) for x in Direction])
    amount_minor = models.BigIntegerField()
    booking_date = models.DateField()
    value_date = models.DateField()
    end_to_end_id = models.CharField(max_length=35, blank=True)
    counterparty = models.CharField(max_length=140, blank=True)
    reference = models.CharField(max_length=140, blank=True)

    class Meta:
        db_table = _table("entry")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "direction", "end_to_end_id"],
                condition=~Q(end_to_end_id=""),
                name="entry_end_to_end_once",
            ),
        ]
        indexes = [models.Index(fields=["account", "booking_date"], name="entry_by_day")]

    def __str__(self) -> str:
        return self.entry_reference


class Order(models.Model):
    """A pain.001 that was carried out, and how it was answered."""

    message_id = models.CharField(max_length=35, unique=True)
    digest = models.CharField(max_length=64)
    report = models.BinaryField()

    class Meta:
        db_table = _table("order")

    def __str__(self) -> str:
        return self.message_id


class Mail(models.Model):
    """A message waiting to be collected."""

    kind = models.CharField(max_length=8)
    body = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)
    available_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)

    class Meta:
        db_table = _table("mail")
        indexes = [
            models.Index(
                fields=["id"], condition=Q(collected_at__isnull=True), name="mail_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"


class IssuedStatement(models.Model):
    account = models.ForeignKey(TrustAccount, on_delete=models.PROTECT)
    to_date = models.DateField()
    body = models.BinaryField()

    class Meta:
        db_table = _table("issued_statement")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "to_date"], name="issued_statement_day_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.to_date}"


class Faults(models.Model):
    """How badly the line behaves; one row, absent when it behaves well."""

    delay = models.DurationField(default=timedelta(0))
    lose_permille = models.PositiveSmallIntegerField(default=0)
    repeat_permille = models.PositiveSmallIntegerField(default=0)
    corrupt_permille = models.PositiveSmallIntegerField(default=0)
    is_reordering = models.BooleanField(default=False)

    class Meta:
        db_table = _table("faults")

    def __str__(self) -> str:
        return f"lose {self.lose_permille}, corrupt {self.corrupt_permille}"
