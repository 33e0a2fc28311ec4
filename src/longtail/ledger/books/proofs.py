"""The proof of one claim: what an owner needs to find it again in the published root."""

from __future__ import annotations

from datetime import date
from typing import Any

from longtail.kernels import merkle_sum
from longtail.kernels.merkle_sum import Node
from longtail.ledger.books.claims import PAIR, PART_LEAVES, Claim, leaf_of, nonce
from longtail.ledger.books.models import ClaimsPart, ClaimsRoot
from longtail.ledger.books.queries import account_id
from longtail.ledger.books.rules import NoSuchClaim
from longtail.ledger.chart import describe
from longtail.ledger.queries import account_codes, account_currency

FORMAT = "longtail-claim-1"


def claim_proof(*, account_code: str, on: date, secret: str) -> dict[str, Any]:
    """Return the proof of an account's claim on a day, as ``docs/check_claim.py`` reads it.

    Only the account's owner may have it: it holds the leaf's secret number.

    Args:
        account_code: The account.
        on: The day of the root.
        secret: The site's secret with which the root was published.

    Raises:
        UnknownAccount: If there is no such account.
        NoSuchClaim: If no root was published for that day, or nothing was owed.
    """
    account, currency = account_id(account_code), account_currency(account_code)
    published = ClaimsRoot.objects.filter(currency=currency, on_date=on).first()
    if published is None:
        raise NoSuchClaim(f"No root of claims in {currency} was published for {on}.")
    number = nonce(secret, on=on, account_code=account_code)
    part = _part_with(published, number)
    places = _accounts_in(part) if part else []
    if part is None or account not in [found for found, _ in places]:
        raise NoSuchClaim(
            f"Nothing was owed on {describe(account_code).lower()} at the end of {on}."
        )
    within = [found for found, _ in places].index(account)
    siblings = _siblings(published, part, places, within, secret)
    proof = {
        "format": FORMAT,
        "date": on.isoformat(),
        "currency": currency,
        "account": account_code,
        "amount_minor": places[within][1],
        "nonce": number.hex(),
        "place": part.number * PART_LEAVES + within,
        "leaf_count": published.leaf_count,
        "path": [{"hash": n.hash.hex(), "sum_minor": n.sum_minor} for n in siblings],
    }
    _refuse_unless_it_leads_to(published, proof, siblings, number)
    return proof | {"root": published.root, "total_minor": published.total_minor}


def _part_with(published: ClaimsRoot, number: bytes) -> ClaimsPart | None:
    rows = ClaimsPart.objects.filter(root=published, first_nonce__lte=number.hex())
    return rows.order_by("-first_nonce").first()


def _accounts_in(part: ClaimsPart) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in PAIR.iter_unpack(bytes(part.leaves))]


def _siblings(
    published: ClaimsRoot,
    part: ClaimsPart,
    places: list[tuple[int, int]],
    within: int,
    secret: str,
) -> list[Node]:
    codes = account_codes(account for account, _ in places)
    on = published.on_date
    leaves = [
        leaf_of(
            (nonce(secret, on=on, account_code=codes[a]), a, codes[a], minor),
            published.currency,
        )
        for a, minor in places
    ]
    tops = [
        Node(bytes.fromhex(found), minor)
        for found, minor in ClaimsPart.objects.filter(root=published)
        .order_by("number")
        .values_list("hash", "sum_minor")
    ]
    return merkle_sum.path(leaves, within) + merkle_sum.path(tops, part.number)


def _refuse_unless_it_leads_to(
    published: ClaimsRoot, proof: dict[str, Any], siblings: list[Node], number: bytes
) -> None:
    """Give out no proof that would not check: another secret made the root."""
    claim: Claim = (number, 0, proof["account"], proof["amount_minor"])
    over = merkle_sum.climb(
        leaf_of(claim, published.currency),
        siblings,
        place=proof["place"],
        count=published.leaf_count,
    )
    sealed = merkle_sum.root(
        over,
        count=published.leaf_count,
        day=proof["date"],
        currency=published.currency,
    )
    if sealed.hex() != published.root:
        raise NoSuchClaim(
            f"The root of {published.on_date} was made with another secret; its proofs "
            "were given out before it changed."
        )
