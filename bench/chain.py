"""Goal: batch posting with its digest and the log that seals it, ÷ without: at least 0.9.

With: batches of 8,000 posted as ever, and after each one the sealer, which chains it, adds
its leaf to the tree and signs the head. Without: the same posting function with the digest
taken out, and no sealer. In turns, on one connection.
"""

import json
import time
from datetime import UTC, datetime
from itertools import count
from statistics import median

import numpy as np
import scratch
from joserfc.jwk import OKPKey

ACCOUNTS, SIZE, ROUNDS = 100_000, 8_000, 9
FUNCTION = "'ledger_write'::regproc"


def without_digest(cursor: object) -> tuple[str, str]:
    """Return the statements that put the posting function with and without the digest."""
    cursor.execute(f"select pg_get_functiondef({FUNCTION})")
    given = cursor.fetchone()[0]
    start, end = given.index("sha256("), given.index(", n, m);")
    return given, given[:start] + r"'\x00'::bytea" + given[end:]


def main() -> None:
    """Measure and print."""
    with scratch.database():
        from django.db import connection

        from longtail.ledger import posting
        from longtail.ledger.log import services as log

        first, draw, numbers = (
            scratch.open_accounts(ACCOUNTS),
            np.random.default_rng(7),
            count(),
        )

        def batch() -> posting.Batch:
            debit = draw.integers(0, ACCOUNTS, SIZE)
            number = next(numbers)
            return posting.Batch(
                keys=[f"repayment:{number}:{n}" for n in range(SIZE)],
                kind="repayment",
                effective_at=datetime.now(UTC),
                debit_ids=debit + first,
                credit_ids=(debit + draw.integers(1, ACCOUNTS, SIZE)) % ACCOUNTS + first,
                amounts_minor=np.full(SIZE, 100),
                currency="USD",
            )

        cursor, key = connection.cursor(), OKPKey.generate_key("Ed25519")
        given, bare = without_digest(cursor)
        posting.post_batch(batch())
        log.seal(at=datetime.now(UTC), key=key)
        posted, sealed, plain = [], [], []
        for _ in range(ROUNDS):
            found = batch()
            start = time.perf_counter()
            posting.post_batch(found)
            middle = time.perf_counter()
            log.seal(at=datetime.now(UTC), key=key)
            posted.append(middle - start)
            sealed.append(time.perf_counter() - middle)
            cursor.execute(bare)
            found = batch()
            start = time.perf_counter()
            posting.post_batch(found)
            plain.append(time.perf_counter() - start)
            cursor.execute(given)
    pairs = zip(plain, posted, sealed, strict=True)
    whole = median(p / (d + s) for p, d, s in pairs)
    print(
        json.dumps(
            {
                "goal": "batch posting with digest, chain and tree ÷ without",
                "ours": round(
                    SIZE / median(d + s for d, s in zip(posted, sealed, strict=True))
                ),
                "limit": round(SIZE / median(plain)),
                "ratio": round(whole, 2),
                "ratio_digest_alone": round(
                    median(p / d for p, d in zip(plain, posted, strict=True)), 2
                ),
                "seal_ms": round(median(sealed) * 1_000, 1),
                "wanted": 0.9,
            }
        )
    )


main()
