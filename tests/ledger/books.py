"""Small sets of books for the ledger's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from longtail.ledger import chart, posting
from longtail.values.money import Money

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
CUR = "USD"
BANK = chart.custodian_cash(CUR).code
NAMES = ("ANN", "BO", "CAI")
ANN, BO, CAI = WALLETS = tuple(chart.wallet(name, CUR).code for name in NAMES)


def open_books():
    posting.open_accounts(
        [chart.custodian_cash(CUR), *(chart.wallet(n, CUR) for n in NAMES)]
    )


def usd(minor):
    return Money(minor, CUR)


def entry(*moves, key=None, at=NOW):
    return posting.Entry(key=key or str(uuid4()), kind="test", effective_at=at, moves=moves)


def deposit(who, minor, key=None):
    return entry(posting.Move(debit=BANK, credit=who, amount=usd(minor)), key=key)


def pay(debit, credit, minor, *, pending=False, key=None):
    move = posting.Move(debit=debit, credit=credit, amount=usd(minor), pending=pending)
    return entry(move, key=key)
