"""Which ledger accounts are whose, and the daily proof of what is owed on them.

A wallet is its party's. What gathers in a book is the enterprise's to be paid out and the
committed funders' until then, so both find it; a collection account is the enterprise's.
Money in suspense is nobody's known yet: the operator answers for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings

from longtail.deals import queries as deals
from longtail.deals.rules import AMOUNT_BOUNDS
from longtail.funding import queries as funding
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.books import proofs, services
from longtail.ledger.books import queries as books

# Those who watch the money see every account.
WATCHERS = frozenset({"operator", "regulator", "custodian"})


def accounts_of(party_code: str) -> list[str]:
    """Return the codes of the open accounts on which a party's own money is."""
    return sorted(ledger.account_ids([*_owned(party_code), *_committed(party_code)]))


def may_read(party_code: str, kind: str, account_code: str) -> bool:
    """Whether a party may read an account's statement, which names the other accounts.

    Args:
        party_code: The party.
        kind: What kind of party it is.
        account_code: The account.
    """
    return kind in WATCHERS or account_code in set(_owned(party_code))


def may_prove(party_code: str, kind: str, account_code: str) -> bool:
    """Whether a party may have the proof of an account's claim; arguments as above."""
    if kind == "operator" and account_code.startswith("suspense:"):
        return True
    return account_code in {*_owned(party_code), *_committed(party_code)}


def _owned(party_code: str) -> Iterator[str]:
    for currency in AMOUNT_BOUNDS:
        yield chart.wallet(party_code, currency).code
    for agreement in deals.agreements(enterprise_code=party_code):
        yield chart.collection(agreement.code, agreement.currency).code
    for demand in deals.demands(enterprise_code=party_code):
        yield chart.book(demand.code, demand.current.currency).code


def _committed(party_code: str) -> Iterator[str]:
    """Books that a funder committed to: their statements would name other funders."""
    for commitment in funding.commitments_of(party_code):
        book = commitment.book
        yield chart.book(book.demand.code, book.currency).code


def publish_claims(*, on: date, at: datetime) -> list[Any]:
    """Publish what clients are owed at the end of a business day; safe to call again."""
    return services.publish_claims(on=on, at=at, secret=settings.CLAIMS_SECRET)


def claim_proof(account_code: str, *, on: date | None = None) -> dict[str, Any]:
    """Return the proof of an account's claim, by default in the latest root.

    Raises:
        UnknownAccount: If there is no such account.
        NoSuchClaim: If no root was published for that day, or nothing was owed.
    """
    currency = ledger.account_currency(account_code)
    published = books.claims_roots(currency=currency, on=on, limit=1)
    day = published[0].on_date if published else on or date.min
    return proofs.claim_proof(
        account_code=account_code, on=day, secret=settings.CLAIMS_SECRET
    )
