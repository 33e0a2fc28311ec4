"""What the platform asked of its custodian, what it heard, and where the two differ."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from longtail.ledger.custodian.breaks import BreakKind
from longtail.ledger.custodian.cases import BreakCase, BreakEvent, CaseState, Disposal
from longtail.ledger.custodian.keyring import RegisteredKey
from longtail.ledger.custodian.messages.contents import Direction
from longtail.ledger.custodian.rules import InstructionState

__all__ = [
    "Break",
    "BreakCase",
    "BreakEvent",
    "CaseState",
    "CashEntry",
    "Channel",
    "CustodianKey",
    "Disposal",
    "Instruction",
    "Message",
    "PaymentReference",
    "Reconciliation",
    "Statement",
    "StatementPage",
]
UNRELEASED = [InstructionState.PREPARED, InstructionState.CANCELLED]


class Channel(models.Model):
    """The one line to the custodian; who sends or takes in holds its row's lock."""

    name = models.CharField(max_length=16, primary_key=True)

    def __str__(self) -> str:
        return self.name


class CustodianKey(RegisteredKey):
    """A public key that the custodian signs with, besides the installed one."""


class PaymentReference(models.Model):
    """What outside payers quote to reach an account."""

    account = models.OneToOneField(
        "ledger.Account", to_field="code", on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=25, unique=True)

    def __str__(self) -> str:
        return self.reference


class Message(models.Model):
    """A message as it was sent or received, for ever."""

    class Way(models.TextChoices):
        OUT = "out"
        IN = "in"
        # Received, but unreadable or impossible: kept as evidence, without effect.
        REFUSED = "refused"

    way = models.CharField(max_length=8, choices=Way.choices)
    kind = models.CharField(max_length=8, blank=True)
    # The sender's own; of a refused message, which may have none, its digest.
    message_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    # The sender's, over the very bytes; of a message from before signing, empty.
    signature = models.TextField(blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["way", "message_id"], name="custodian_message_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(way="out", delivered_at__isnull=True),
                name="custodian_message_undelivered",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


class Instruction(models.Model):
    """A payment out of an account; its payee is bound when the money is held."""

    code = models.CharField(max_length=24, unique=True)
    key = models.CharField(max_length=128, unique=True)
    account = models.ForeignKey(
        "ledger.Account", to_field="code", on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    payee_name = models.CharField(max_length=140)
    payee_account = models.CharField(max_length=34)
    payee_bic = models.CharField(max_length=11, blank=True)
    reference = models.CharField(max_length=35, blank=True)
    purpose = models.CharField(max_length=100, blank=True)
    state = models.CharField(
        max_length=12,
        choices=[(x, x) for x in InstructionState],
        default=InstructionState.PREPARED,
    )
    hold = models.OneToOneField(
        "ledger.Transfer", on_delete=models.PROTECT, related_name="+"
    )
    message = models.ForeignKey(
        Message, null=True, on_delete=models.PROTECT, related_name="instructions"
    )
    reason = models.CharField(max_length=500, blank=True)
    prepared_by = models.CharField(max_length=150)
    prepared_at = models.DateTimeField()
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    # When the bank's last word came: settled, rejected, or cancelled before it was asked.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="instruction_amount_positive", condition=Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="instruction_four_eyes",
                condition=~Q(released_by=F("prepared_by")),
            ),
            models.CheckConstraint(
                name="instruction_released_before_sent",
                condition=Q(state__in=UNRELEASED) | ~Q(released_by=""),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="instruction_by_state"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def account_code(self) -> str:
        """The account it is paid from."""
        return str(self.account_id)


class CashEntry(models.Model):
    """One entry of the custodian's that the ledger has booked."""

    entry_reference = models.CharField(max_length=35, unique=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=4, choices=[(x, x) for x in Direction])
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    booking_date = models.DateField()
    value_date = models.DateField()
    end_to_end_id = models.CharField(max_length=35, blank=True)
    counterparty = models.CharField(max_length=140, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    payer_account = models.CharField(max_length=34, blank=True)
    payer_bic = models.CharField(max_length=11, blank=True)
    # Of a payment of ours that came back, or of a credit that was taken back: why.
    return_reason = models.CharField(max_length=140, blank=True)
    # Money that the desk moved out of suspense; the bank knows nothing of that.
    assigned_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="assigned_to"
    )
    # Of a debit by which its payer's bank took a credit back: that credit.
    takes_back = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="taken_back_by"
    )
    # Whose money it is or was: the account credited, or the one paid from.
    account = models.ForeignKey(
        "ledger.Account",
        to_field="code",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # Empty for a repayment taken back: it is covered out of what comes in next.
    transfer = models.OneToOneField(
        "ledger.Transfer", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cash_entry_moved_or_taken_back",
                condition=Q(transfer__isnull=False)
                | Q(takes_back__isnull=False, direction="DBIT"),
            ),
            models.CheckConstraint(
                name="cash_entry_amount_positive", condition=Q(amount_minor__gt=0)
            ),
        ]
        indexes = [
            models.Index(fields=["currency", "booking_date"], name="cash_entry_by_day"),
            models.Index(fields=["account", "id"], name="cash_entry_by_account"),
        ]

    def __str__(self) -> str:
        return self.entry_reference


class StatementPage(models.Model):
    """One message of a statement; most statements have one page."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="page")
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    page = models.PositiveIntegerField()
    is_last = models.BooleanField()
    from_date = models.DateField()
    to_date = models.DateField()
    opening_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "number", "page"], name="statement_page_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.number}/{self.page}"


class Statement(models.Model):
    """The balances of a camt.053 that is there whole; its entries stay in its messages."""

    # Its first page.
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    from_date = models.DateField()
    to_date = models.DateField()
    opening_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "number"], name="statement_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.number}"


class Reconciliation(models.Model):
    """One comparison of ledger, custodian and client claims, to the minor unit."""

    currency = models.CharField(max_length=3)
    on_date = models.DateField()
    at = models.DateTimeField()
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    ledger_minor = models.BigIntegerField()
    custodian_minor = models.BigIntegerField()
    claims_minor = models.BigIntegerField()
    break_count = models.PositiveIntegerField()
    # The last statement to arrive before it, whatever its number; later ones are news.
    seen_statement_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["currency", "on_date", "id"], name="reconciliation_day"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on_date}"

    @property
    def is_balanced(self) -> bool:
        """Whether all three agree and nothing is open."""
        is_equal = self.ledger_minor == self.custodian_minor == self.claims_minor
        return is_equal and self.break_count == 0


class Break(models.Model):
    """One difference found by a reconciliation; it recurs in the next until it is gone."""

    reconciliation = models.ForeignKey(
        Reconciliation, on_delete=models.PROTECT, related_name="breaks"
    )
    case = models.ForeignKey(
        "custodian.BreakCase", null=True, on_delete=models.PROTECT, related_name="findings"
    )
    kind = models.CharField(max_length=16, choices=[(x, x) for x in BreakKind])
    entry_reference = models.CharField(max_length=35, blank=True)
    # What the custodian has less what the ledger has.
    difference_minor = models.BigIntegerField()
    first_seen_date = models.DateField()
    detail = models.CharField(max_length=500)
    # The custodian's entries it is about, so that the next reconciliation can look again.
    theirs = models.JSONField(default=list)
    ours = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.kind} {self.entry_reference}"
