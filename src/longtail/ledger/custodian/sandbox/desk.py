"""The sandbox bank's own desk: whom it pays under which reference, whose orders it takes.

Two of the bank's people confirm each payee, from the agreement that the bank was shown
and never from an order: so whoever holds the platform, its database and its signing key
still cannot send money anywhere but to the payee of the agreement, and no more of it
than the agreement is for and has been paid in under it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from longtail.ledger.custodian import keyring
from longtail.ledger.custodian.messages.contents import CreditTransfer, Direction
from longtail.ledger.custodian.messages.contents import Payee as Wanted
from longtail.ledger.custodian.messages.signing import TrustedKey
from longtail.ledger.custodian.rules import CustodyRefusal
from longtail.ledger.custodian.sandbox import rules
from longtail.ledger.custodian.sandbox.models import Entry, Payee, PlatformKey
from longtail.values.eyes import require_two_people
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput


class UnknownPayee(CustodyRefusal):
    """Nobody proposed this payee."""


def platform_keys() -> list[TrustedKey]:
    """Return the platform's public keys, as the bank knows them."""
    return keyring.trusted(PlatformKey, settings.SANDBOX_TRUSTED_KEY)


def propose_payee(
    *, reference: str, payee: Wanted, limit: Money, paid_in_by: str, by: str, at: datetime
) -> Payee:
    """Propose whom the bank pays under a reference; another person confirms.

    Args:
        reference: The agreement, as payments under it will say.
        payee: Whom it is with.
        limit: What it is for: this much may leave, and what was paid in.
        paid_in_by: What payers quote to pay in for it, or empty.
        by: One of the bank's people.
        at: When, timezone-aware.

    Raises:
        InvalidInput: If the account cannot exist.
    """
    problems = {}
    if not reference.strip():
        problems["reference"] = "is missing"
    if not rules.is_account(payee.account):
        problems["payee_account"] = "cannot exist"
    if limit.minor < 0:
        problems["limit"] = "must not be negative"
    if problems:
        raise InvalidInput(problems)
    return Payee.objects.create(
        reference=reference,
        currency=limit.currency,
        name=payee.name,
        account=payee.account,
        limit_minor=limit.minor,
        paid_in_by=paid_in_by,
        proposed_by=by,
        proposed_at=at,
    )


@transaction.atomic
def confirm_payee(*, payee_id: int, by: str, at: datetime) -> Payee:
    """Let the bank pay a proposed payee; it takes the place of the one before.

    Raises:
        UnknownPayee: If it was not proposed.
        FourEyesRequired: If the same person proposed it.
    """
    found = Payee.objects.select_for_update(no_key=True).filter(pk=payee_id).first()
    if found is None:
        raise UnknownPayee(f"Nobody proposed payee {payee_id}; propose it first.")
    if found.confirmed_by:
        return found
    require_two_people(found.proposed_by, by, what="Confirming a payee")
    same = {"reference": found.reference, "currency": found.currency}
    _confirmed().filter(**same).update(ended_at=at)
    found.confirmed_by, found.confirmed_at = by, at
    found.save(update_fields=["confirmed_by", "confirmed_at"])
    return found


def payees() -> list[Payee]:
    """Return every payee that was proposed, newest first."""
    return list(Payee.objects.order_by("-id"))


def _confirmed():  # type: ignore[no-untyped-def]
    return Payee.objects.filter(ended_at__isnull=True).exclude(confirmed_by="")


def mandates(
    transfers: Iterable[CreditTransfer],
) -> dict[tuple[str, str], rules.Mandate] | None:
    """Return what may be paid, by reference and currency; None when nobody keeps the desk.

    An entry that came in may go back to where it came from, under its own reference,
    without anybody having to confirm.
    """
    if not settings.SANDBOX_IS_ATTENDED:
        return None
    asked = {t.reference for t in transfers}
    found = {}
    for entry in Entry.objects.filter(
        entry_reference__in=asked, direction=Direction.CREDIT
    ).select_related("account"):
        left = entry.amount_minor - _moved(entry.entry_reference, entry.account.currency)
        accounts = frozenset({entry.counterparty_account} - {""})
        key = entry.entry_reference, entry.account.currency
        found[key] = rules.Mandate(payee_accounts=accounts, left_minor=left)
    for payee in _confirmed().filter(reference__in=asked):
        left = payee.limit_minor - _moved(payee.reference, payee.currency)
        if payee.paid_in_by:
            left += _paid_in(payee.paid_in_by, payee.currency)
        found[payee.reference, payee.currency] = rules.Mandate(
            payee_accounts=frozenset({payee.account}), left_minor=left
        )
    return found


def _moved(reference: str, currency: str) -> int:
    """Return what left under a reference, less what came back."""
    rows = Entry.objects.filter(account__currency=currency, reference=reference)
    out = _sum(rows.filter(direction=Direction.DEBIT))
    return out - _sum(rows.filter(direction=Direction.CREDIT).exclude(return_reason=""))


def _paid_in(quoted: str, currency: str) -> int:
    rows = Entry.objects.filter(account__currency=currency, reference=quoted)
    return _sum(rows.filter(direction=Direction.CREDIT, return_reason=""))


def _sum(rows) -> int:  # type: ignore[no-untyped-def]
    return rows.aggregate(total=Sum("amount_minor"))["total"] or 0
