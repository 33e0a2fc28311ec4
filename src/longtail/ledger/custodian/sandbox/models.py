"""The sandbox bank's own books, in its own schema; nothing of the platform's is here."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from longtail.ledger.custodian.keyring import RegisteredKey
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
    # Of a credit the payer's, of a debit the payee's.
    counterparty_account = models.CharField(max_length=34, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    return_reason = models.CharField(max_length=140, blank=True)
    # Of a credit that its payer's bank took back: that credit's entry reference.
    original_reference = models.CharField(max_length=35, blank=True)

    class Meta:
        db_table = _table("entry")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "direction", "end_to_end_id"],
                condition=~Q(end_to_end_id=""),
                name="entry_end_to_end_once",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "booking_date"], name="entry_by_day"),
            models.Index(fields=["reference"], name="entry_by_reference"),
        ]

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


class Payee(models.Model):
    """Whom the bank pays under a reference, as two of its own people confirmed."""

    reference = models.CharField(max_length=35)
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=140)
    account = models.CharField(max_length=34)
    # What may leave under it, besides what was paid in for it.
    limit_minor = models.BigIntegerField()
    # What payers quote to pay in for it; empty: nothing is paid in.
    paid_in_by = models.CharField(max_length=35, blank=True)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    # Another payee took its place.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = _table("payee")
        constraints = [
            models.CheckConstraint(
                name="payee_four_eyes", condition=~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="payee_limit_not_negative", condition=Q(limit_minor__gte=0)
            ),
            models.UniqueConstraint(
                fields=["reference", "currency"],
                condition=Q(ended_at__isnull=True) & ~Q(confirmed_by=""),
                name="payee_one_a_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"


class PlatformKey(RegisteredKey):
    """A public key that the platform signs with, besides the installed one."""

    class Meta(RegisteredKey.Meta):
        db_table = _table("platform_key")


class Mail(models.Model):
    """A message waiting to be collected."""

    kind = models.CharField(max_length=8)
    body = models.BinaryField()
    signature = models.TextField(blank=True)
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
    number = models.PositiveIntegerField()
    page = models.PositiveIntegerField()
    to_date = models.DateField()
    body = models.BinaryField()
    signature = models.TextField()

    class Meta:
        db_table = _table("issued_statement")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "page"], name="issued_statement_page_once"
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
    # Which way messages are garbled; empty: any.
    variant = models.CharField(max_length=12, blank=True)
    # The bank's own mistakes, which it signs.
    mistake_permille = models.PositiveSmallIntegerField(default=0)
    split_permille = models.PositiveSmallIntegerField(default=0)
    merge_permille = models.PositiveSmallIntegerField(default=0)
    return_permille = models.PositiveSmallIntegerField(default=0)
    seed = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = _table("faults")

    def __str__(self) -> str:
        return f"lose {self.lose_permille}, corrupt {self.corrupt_permille}"
