"""A party's wallets and how to pay into an account; the demonstration's bank transfers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from longtail.deals import queries as deals
from longtail.interfaces.jobs import tasks
from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as desk
from longtail.servicing import queries as servicing


@dataclass(frozen=True)
class Wallet:
    """A party's free money in one currency.

    Attributes:
        code: The account.
        balance: What is in it.
        reference: What the party quotes to pay in.
    """

    code: str
    balance: Any
    reference: str


def wallets(party_code: str) -> list[Wallet]:
    """Return a party's wallets, one a currency it has one in."""
    codes = [chart.wallet(party_code, currency).code for currency in ledger.currencies()]
    return [
        Wallet(code, balance, custodian.reference_of(code) or "")
        for code, balance in ledger.balances_of(codes).items()
    ]


def open_wallet(party_code: str, currency: str) -> None:
    """Open a party's wallet in a currency, with the reference to pay in by; repeatable."""
    account = chart.wallet(party_code, currency)
    posting.open_accounts((account, chart.custodian_cash(currency)))
    desk.assign_reference(account_code=account.code)


def references_of(party_code: str) -> set[str]:
    """Return every reference that a party may quote: its wallets', its loans'."""
    loans = deals.agreements(enterprise_code=party_code)
    found = {servicing.payment_reference(agreement.code) for agreement in loans}
    found |= {wallet.reference for wallet in wallets(party_code)}
    return {reference for reference in found if reference}


def may_simulate() -> bool:
    """Whether this is the demonstration, where a bank can be played."""
    return bool(settings.DEMO)


def play_bank(pay: Callable[[], Any] | None = None) -> None:
    """Carry the messages to and from the bank at once; for the demonstration.

    Args:
        pay: Makes a payment at the sandbox bank first.
    """
    if pay is not None:
        pay()
    tasks.exchange()
