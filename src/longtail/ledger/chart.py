"""The chart of accounts: which accounts exist, how they are named and limited.

Every account but the custodian's cash is a client claim: it grows by credits and can
never be overdrawn. The custodian's cash is what the bank holds for all of them, so per
currency it equals the sum of the claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """Which side of an account may not outgrow the other."""

    NONE = "NONE"
    DEBITS_MUST_NOT_EXCEED_CREDITS = "DEBITS_MUST_NOT_EXCEED_CREDITS"
    CREDITS_MUST_NOT_EXCEED_DEBITS = "CREDITS_MUST_NOT_EXCEED_DEBITS"


class Phase(StrEnum):
    """What a transfer does: move at once, hold, or end a hold."""

    SINGLE = "SINGLE"
    PENDING = "PENDING"
    POST = "POST"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An account as it is to be opened.

    Attributes:
        code: Unique name, such as ``wallet:FND-7K3F9Q2A4X:USD``.
        currency: ISO 4217 code of every transfer on it.
        limit: Which side may not outgrow the other.
    """

    code: str
    currency: str
    limit: Limit


CASH_PREFIX = "custodian:"
KINDS = {
    "custodian": "The custodian's cash",
    "wallet": "The wallet of",
    "book": "The book of",
    "collection": "The collection account of",
    "suspense": "The suspense account",
    "clearing": "The clearing account",
}

# What each kind holds; the chart of accounts in the glossary says the same (a test).
HOLDS = {
    "custodian": "what the custodian keeps for clients",
    "wallet": "what a party may withdraw or commit",
    "book": "commitments taken, before drawdown",
    "collection": "repayments, before distribution",
    "suspense": "receipts whose reference nobody knows",
    "clearing": "repayments between collection and wallets; empty after every journal",
}


def custodian_cash(currency: str) -> AccountSpec:
    """Return the account that mirrors the custodian's trust account in a currency."""
    return AccountSpec(
        f"{CASH_PREFIX}{currency}", currency, Limit.CREDITS_MUST_NOT_EXCEED_DEBITS
    )


def wallet(party_code: str, currency: str) -> AccountSpec:
    """Return the account of a party's free money."""
    return _claim(f"wallet:{party_code}:{currency}", currency)


def book(demand_code: str, currency: str) -> AccountSpec:
    """Return the account that gathers the money for one demand."""
    return _claim(f"book:{demand_code}:{currency}", currency)


def collection(agreement_code: str, currency: str) -> AccountSpec:
    """Return the account that one agreement's repayments arrive on."""
    return _claim(f"collection:{agreement_code}:{currency}", currency)


def suspense(currency: str) -> AccountSpec:
    """Return the account for money whose owner is not known yet."""
    return _claim(f"suspense:{currency}", currency)


def clearing(currency: str) -> AccountSpec:
    """Return the account through which many repayments reach their holders in one journal.

    Every journal leaves it empty.
    """
    return _claim(f"clearing:{currency}", currency)


def is_client_claim(code: str) -> bool:
    """Say whether an account is owed to a client, rather than held at the custodian."""
    return not code.startswith(CASH_PREFIX)


def describe(code: str) -> str:
    """Return an account's name for a sentence, such as ``The wallet of FND-7K3F9Q2A4X``."""
    kind, _, rest = code.partition(":")
    owner, _, currency = rest.rpartition(":")
    if kind not in KINDS:
        return f"Account {code}"
    return f"{KINDS[kind]} {owner}" if owner else f"{KINDS[kind]} in {currency}"


def _claim(code: str, currency: str) -> AccountSpec:
    return AccountSpec(code, currency, Limit.DEBITS_MUST_NOT_EXCEED_CREDITS)
