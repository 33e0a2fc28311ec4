"""The daily proof of claims: one root over everything that clients are owed.

A leaf is an account, so that the leaves add up to the custodian's cash to the minor unit:
wallets, and what is gathered in books, arrives on collection accounts or waits in suspense.
Its secret number is drawn from the site's secret for this account and this day; leaves
stand in the order of those numbers, so nobody knows whose claim is beside whose.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection, transaction

from longtail.kernels import merkle_sum
from longtail.ledger.books.models import ClaimsPart, ClaimsRoot
from longtail.ledger.books.rules import BooksDisagree
from longtail.ledger.chart import custodian_cash, is_client_claim
from longtail.ledger.queries import currencies
from longtail.values.money import Money

# A power of two, so that a part is a complete subtree.
PART_LEAVES = 1_024
PAIR = struct.Struct(">qq")
Claim = tuple[bytes, int, str, int]
# One statement, so one moment: claims, cash, statement and what the bank booked since.
READ = """
select id, code, credits_posted - debits_posted,
  (select s.closing_minor from custodian_statement s
    where s.currency = %(currency)s and s.to_date = %(on)s order by s.number desc limit 1),
  (select coalesce(sum(case e.direction when 'CRDT' then e.amount_minor
      else -e.amount_minor end), 0)::bigint from custodian_cashentry e
    where e.currency = %(currency)s and e.booking_date > %(on)s
      and e.assigned_from_id is null)
from ledger_account
where currency = %(currency)s
  and (credits_posted <> debits_posted or code = %(cash)s)
"""


def publish_claims(*, on: date, at: datetime, secret: str) -> list[ClaimsRoot]:
    """Publish the root over all client claims, for each currency, once a day.

    Claims are those of the moment of publishing, which is the end of day: held money is
    still its owner's. Calling again for the same day returns what was published.

    Args:
        on: The business day that ended.
        at: When.
        secret: The site's secret; with it, and only with it, proofs can be made.

    Returns:
        The roots of the day, by currency.

    Raises:
        BooksDisagree: If claims and the ledger's cash are not the same.
    """
    assert secret, "claims cannot be hidden without a secret"
    return [_publish(currency, on, at, secret) for currency in currencies()]


def nonce(secret: str, *, on: date, account_code: str) -> bytes:
    """Return the secret number of an account's leaf on a day, 32 bytes."""
    said = f"longtail-claim-1\n{on.isoformat()}\n{account_code}"
    return hmac.digest(secret.encode(), said.encode(), "sha256")


def leaf_of(claim: Claim, currency: str) -> merkle_sum.Node:
    """Return the leaf of a claim: (secret number, account id, account code, amount)."""
    number, _, code, minor = claim
    return merkle_sum.leaf(nonce=number, owner=code, currency=currency, amount_minor=minor)


def _publish(currency: str, on: date, at: datetime, secret: str) -> ClaimsRoot:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Who comes second waits and finds it published.
            cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        found = ClaimsRoot.objects.filter(currency=currency, on_date=on).first()
        if found is not None:
            return found
        claims, cash, statement, since = _claims(currency, on, secret)
        owed = sum(claim[3] for claim in claims)
        if owed != cash:
            raise BooksDisagree(
                f"Clients are owed {Money(owed, currency)}, the ledger's cash is "
                f"{Money(cash, currency)}. Run `longtail verify`; nothing is published "
                "until they agree."
            )
        parts = list(_parts(claims, currency))
        over = merkle_sum.top([node for node, _ in parts])
        sealed = merkle_sum.root(
            over, count=len(claims), day=on.isoformat(), currency=currency
        )
        made = ClaimsRoot.objects.create(
            on_date=on,
            currency=currency,
            root=sealed.hex(),
            leaf_count=len(claims),
            total_minor=over.sum_minor,
            cash_minor=cash,
            custodian_minor=statement,
            booked_since_minor=since,
            published_at=at,
        )
        ClaimsPart.objects.bulk_create(
            [
                ClaimsPart(
                    root=made,
                    number=number,
                    first_nonce=part[0][0].hex(),
                    hash=node.hash.hex(),
                    sum_minor=node.sum_minor,
                    leaves=b"".join(PAIR.pack(c[1], c[3]) for c in part),
                )
                for number, (node, part) in enumerate(parts)
            ],
            batch_size=500,
        )
    return made


# Of publishing among the advisory locks; any number no other room uses.
LOCK = 20_010_102


def _claims(
    currency: str, on: date, secret: str
) -> tuple[list[Claim], int, int | None, int]:
    """Return claims in the leaves' order, cash, statement and what was booked since."""
    with connection.cursor() as cursor:
        cursor.execute(
            READ, {"currency": currency, "on": on, "cash": custodian_cash(currency).code}
        )
        rows = cursor.fetchall()
    statement, since = rows[0][3:]
    claims = sorted(
        (nonce(secret, on=on, account_code=code), row_id, code, minor)
        for row_id, code, minor, *_ in rows
        if is_client_claim(code)
    )
    cash = -sum(minor for _, code, minor, *_ in rows if not is_client_claim(code))
    return claims, cash, statement, since


def _parts(
    claims: list[Claim], currency: str
) -> Iterator[tuple[merkle_sum.Node, list[Claim]]]:
    for first in range(0, len(claims), PART_LEAVES):
        part = claims[first : first + PART_LEAVES]
        yield merkle_sum.top([leaf_of(claim, currency) for claim in part]), part
