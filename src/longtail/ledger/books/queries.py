"""Balances at any past moment, by value and by knowledge. No writes."""

from __future__ import annotations

from datetime import date, datetime

from longtail.ledger.books import movements
from longtail.ledger.books.models import ClaimsRoot, PeriodClose
from longtail.ledger.chart import describe
from longtail.ledger.entries import UnknownAccount
from longtail.ledger.queries import Balance, account_currency, account_ids


def balance_as_of(
    account_code: str, *, on: date | None = None, at: datetime | None = None
) -> Balance:
    """Return an account's balance at a past moment, from its owner's view.

    The two moments are independent: ``on`` alone is the value balance as known today,
    ``at`` alone what the ledger showed then, both what it then showed for that day.

    Args:
        account_code: The account.
        on: Value: what counts up to the end of this day; None for all.
        at: Knowledge: what was recorded by then, timezone-aware; None for all.

    Raises:
        UnknownAccount: If there is no such account.
    """
    held, debits, _, credits = movements.totals_at(account_id(account_code), on=on, at=at)
    posted = credits - debits
    return Balance(posted, held, posted - held, account_currency(account_code))


def account_id(account_code: str) -> int:
    """Return an account's id.

    Raises:
        UnknownAccount: If there is no such account.
    """
    found = account_ids([account_code])
    if account_code not in found:
        raise UnknownAccount(f"{describe(account_code)} is not open.")
    return found[account_code]


def period_closes(*, limit: int = 60) -> list[PeriodClose]:
    """Return the closed periods, latest first."""
    return list(PeriodClose.objects.order_by("-to_date")[:limit])


def claims_roots(
    *, currency: str | None = None, on: date | None = None, limit: int = 60
) -> list[ClaimsRoot]:
    """Return published roots, latest first.

    Args:
        currency: Only in this one.
        on: Only of this day.
        limit: How many at most.
    """
    rows = ClaimsRoot.objects.order_by("-on_date", "currency")
    if currency is not None:
        rows = rows.filter(currency=currency)
    if on is not None:
        rows = rows.filter(on_date=on)
    return list(rows[:limit])


def latest_claims_roots() -> list[ClaimsRoot]:
    """Return the latest published root of each currency."""
    rows = ClaimsRoot.objects.order_by("currency", "-on_date")
    return list(rows.distinct("currency"))
