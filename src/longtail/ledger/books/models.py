"""What was closed and what was published. All of it append-only (trigger in ``0002``)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PeriodClose(models.Model):
    """The end of a period: no journal may count before ``closed_before_at`` any more."""

    to_date = models.DateField(unique=True)
    # The first moment after the period; the trigger on journals reads its maximum.
    closed_before_at = models.DateTimeField(unique=True)
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT)
    digest = models.CharField(max_length=64)
    # The last journal number drawn by then, whether or not it was in use yet.
    last_journal_id = models.BigIntegerField()
    # No transfer that counts after the period has a smaller id, but for stragglers.
    first_open_transfer_id = models.BigIntegerField()
    closed_by = models.CharField(max_length=150)
    seconded_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField()
    # The server's own clock, read when no posting was under way.
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="period_close_four_eyes",
                condition=~Q(seconded_by=F("closed_by")) & ~Q(seconded_by=""),
            ),
        ]

    def __str__(self) -> str:
        return f"closed to {self.to_date}"


class Straggler(models.Model):
    """A journal whose number was drawn before a close and which was written after it.

    The trigger on journals notes it, so that sums from the close on do not miss it.
    """

    close = models.ForeignKey(PeriodClose, on_delete=models.PROTECT, related_name="+")
    journal_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"journal {self.journal_id} after {self.close_id}"


class ClosedBalance(models.Model):
    """An account's totals at the end of a period; one that never moved has no row."""

    close = models.ForeignKey(
        PeriodClose, on_delete=models.PROTECT, related_name="balances", db_index=False
    )
    account = models.ForeignKey(
        "ledger.Account", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    debits_pending = models.BigIntegerField()
    debits_posted = models.BigIntegerField()
    credits_pending = models.BigIntegerField()
    credits_posted = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["close", "account"], name="closed_balance_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.close_id}"


class ClaimsRoot(models.Model):
    """The published Merkle-sum root over all client claims in a currency on a day."""

    on_date = models.DateField()
    currency = models.CharField(max_length=3)
    root = models.CharField(max_length=64)
    leaf_count = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    # The ledger's account of the custodian's cash, read in the same snapshot.
    cash_minor = models.BigIntegerField()
    # The closing balance of the bank's statement for the day, when there was one.
    custodian_minor = models.BigIntegerField(null=True)
    # What the bank booked after the statement's end and the ledger has already.
    booked_since_minor = models.BigIntegerField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "on_date"], name="claims_root_once"
            ),
            models.CheckConstraint(
                name="claims_root_equals_cash", condition=Q(total_minor=F("cash_minor"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on_date}"

    @property
    def is_backed(self) -> bool | None:
        """Whether the bank's statement shows the whole total; None without a statement."""
        if self.custodian_minor is None:
            return None
        return self.custodian_minor + self.booked_since_minor == self.total_minor


class ClaimsPart(models.Model):
    """A run of a tree's leaves, so that one proof needs one part and not every leaf.

    ``leaves`` is a sequence of (account id, amount) pairs, eight bytes each, big-endian,
    in the order of their secret numbers.
    """

    root = models.ForeignKey(
        ClaimsRoot, on_delete=models.PROTECT, related_name="parts", db_index=False
    )
    number = models.PositiveIntegerField()
    # The first leaf's secret number; says in which part an account is looked for.
    first_nonce = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sum_minor = models.BigIntegerField()
    leaves = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["root", "number"], name="claims_part_once"),
        ]
        indexes = [
            models.Index(fields=["root", "first_nonce"], name="claims_part_by_nonce"),
        ]

    def __str__(self) -> str:
        return f"{self.root_id}/{self.number}"
