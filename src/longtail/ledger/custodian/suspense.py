"""Money without a known owner: to its account, or back to its payer, by two people."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import intake, rules, services
from longtail.ledger.custodian.cases import Disposal
from longtail.ledger.custodian.messages.contents import Direction
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.rules import CustodyRefusal, InstructionState
from longtail.ledger.custodian.services import Payee
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.money import Money

DEAD = (InstructionState.REJECTED, InstructionState.CANCELLED, InstructionState.RETURNED)


class NotInSuspense(CustodyRefusal):
    """The entry is not waiting for an owner."""


class DisposalPending(CustodyRefusal):
    """Somebody has proposed where the money is to go, and it is not decided."""


class NothingProposed(CustodyRefusal):
    """Nobody has proposed where the money is to go."""


class PayerUnknown(CustodyRefusal):
    """The bank did not say which account the money came from."""


@transaction.atomic
def propose(
    *, entry_reference: str, account_code: str, reason: str, by: str, at: datetime
) -> Disposal:
    """Propose where money in suspense is to go; another person confirms.

    Args:
        entry_reference: The custodian's reference of the entry.
        account_code: The account it belongs to; empty: back to its payer.
        reason: How that is known.
        by: Who proposes it.
        at: When, timezone-aware.

    Raises:
        NotInSuspense: If the entry is not there, or was assigned or returned already.
        DisposalPending: If somebody has proposed something for it.
        PayerUnknown: If it is to go back and the bank did not say where it came from.
        UnknownAccount: If there is no such account.
        CurrencyDiffers: If the account is in another currency.
        InvalidInput: If no reason is given.
    """
    said = require_reason(reason, most=rules.REASON_LENGTH)
    entry = _waiting(entry_reference)
    if account_code:
        if ledger.account_currency(account_code) != entry.currency:
            raise posting.CurrencyDiffers(
                f"{chart.describe(account_code)} is not in {entry.currency}."
            )
        if not chart.is_client_claim(account_code) or account_code == entry.account_id:
            raise NotInSuspense(f"{chart.describe(account_code)} belongs to no client.")
    elif not entry.payer_account:
        raise PayerUnknown(
            f"The bank did not say where entry {entry_reference} came from; ask it."
        )
    try:
        with transaction.atomic():
            return Disposal.objects.create(
                entry=entry,
                account_code=account_code,
                reason=said,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise DisposalPending(
            f"Somebody has proposed where entry {entry_reference} is to go; decide that."
        ) from error


@transaction.atomic
def confirm(*, entry_reference: str, by: str, at: datetime) -> Disposal:
    """Carry out what another person proposed, once.

    Money for an account is there at once; money for its payer is paid with the next
    exchange.

    Raises:
        NothingProposed: If nobody proposed anything.
        FourEyesRequired: If the same person did.
    """
    intake.lock_channel()
    found = _proposed(entry_reference)
    require_two_people(found.proposed_by, by, what="Moving money out of suspense")
    found.state, found.decided_by, found.decided_at = Disposal.State.DONE, by, at
    if found.account_code:
        _assign(found, at=at)
    else:
        _return(found, at=at)
    found.save(update_fields=["state", "decided_by", "decided_at", "instruction"])
    return found


@transaction.atomic
def decline(*, entry_reference: str, by: str, at: datetime) -> Disposal:
    """Let the money wait on; who proposed it may not have the last word on it.

    Raises:
        NothingProposed: If nobody proposed anything.
        FourEyesRequired: If the same person did.
    """
    found = _proposed(entry_reference)
    require_two_people(found.proposed_by, by, what="Deciding about suspense")
    found.state, found.decided_by, found.decided_at = Disposal.State.DECLINED, by, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    return found


def is_waiting(entry: CashEntry) -> bool:
    """Whether an entry's money is still in suspense and free."""
    if CashEntry.objects.filter(assigned_from=entry).exists():
        return False
    sent = entry.disposals.filter(instruction__isnull=False)
    return not sent.exclude(instruction__state__in=DEAD).exists()


def _waiting(entry_reference: str) -> CashEntry:
    rows = CashEntry.objects.select_for_update(no_key=True).filter(
        entry_reference=entry_reference,
        direction=Direction.CREDIT,
        return_reason="",
        account__code__startswith="suspense:",
    )
    found = rows.first()
    if found is None or not is_waiting(found):
        raise NotInSuspense(f"Entry {entry_reference} is not waiting for an owner.")
    return found


def _proposed(entry_reference: str) -> Disposal:
    rows = Disposal.objects.select_for_update(no_key=True, of=("self",)).filter(
        entry__entry_reference=entry_reference, state=Disposal.State.PROPOSED
    )
    found = rows.select_related("entry").first()
    if found is None:
        raise NothingProposed(
            f"Nobody has proposed where entry {entry_reference} is to go; propose it."
        )
    return found


def _assign(found: Disposal, *, at: datetime) -> None:
    entry = found.entry
    move = posting.Move(
        debit=entry.account_id,
        credit=found.account_code,
        amount=Money(entry.amount_minor, entry.currency),
    )
    (transfer_id,) = posting.post(
        posting.Entry(
            key=f"suspense:{entry.entry_reference}",
            kind="suspense-assigned",
            effective_at=at,
            moves=(move,),
        )
    )
    # A receipt like any other, which whoever reads receipts finds in its turn.
    CashEntry.objects.create(
        entry_reference=f"ASG-{entry.pk}",
        message=entry.message,
        direction=Direction.CREDIT,
        currency=entry.currency,
        amount_minor=entry.amount_minor,
        booking_date=at.astimezone(UTC).date(),
        value_date=entry.value_date,
        counterparty=entry.counterparty,
        reference=entry.reference,
        payer_account=entry.payer_account,
        assigned_from=entry,
        account_id=found.account_code,
        transfer_id=transfer_id,
    )


def _return(found: Disposal, *, at: datetime) -> None:
    entry = found.entry
    tried = entry.disposals.filter(instruction__isnull=False).count()
    instruction = services.prepare_payment(
        key=f"suspense:{entry.entry_reference}:{tried}",
        account_code=entry.account_id,
        payee=Payee(name=entry.counterparty or "Unknown", account=entry.payer_account),
        amount=Money(entry.amount_minor, entry.currency),
        # The bank lets what came in go back to where it came from, and nowhere else.
        reference=entry.entry_reference,
        purpose="returned to payer",
        by=found.proposed_by,
        at=at,
    )
    services.release_payment(code=instruction.code, by=found.decided_by, at=at)
    found.instruction = instruction
