"""Goal: one hot account through the batcher, ÷ pgbench's raw one-row inserts at 16.

16 and 256 threads of one process (who could share a commit; the site as it is shipped has
two workers of four) each post payments out of one account, one at a time, and wait for each
to be durable; the limit is one row into a table with a primary key on 16 connections.
Ours and the limit take turns. The p99 of the 16 callers is compared with that of the limit.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from statistics import median

import scratch

ACCOUNTS, SECONDS, ROUNDS = 10_000, 3, 3
RAW = "insert into raw (amount) values (100);"


def hot(callers: int, numbers: count) -> dict[str, float]:
    """Run the callers for a while and return their rate and 99th percentile."""
    from longtail.ledger import posting
    from longtail.ledger.batcher import Batcher
    from longtail.values.money import Money

    batcher, at, amount = Batcher(), datetime.now(UTC), Money(1, "USD")
    until = time.perf_counter() + SECONDS

    def call(caller: int) -> list[float]:
        credit = f"wallet:FND-{caller + 2:010}:USD"
        move = posting.Move(debit="wallet:FND-0000000001:USD", credit=credit, amount=amount)
        took, now = [], time.perf_counter()
        while now < until:
            batcher.post(
                posting.Entry(
                    key=f"hot:{next(numbers)}", kind="bench", effective_at=at, moves=(move,)
                )
            )
            now, start = time.perf_counter(), now
            took.append(now - start)
        return took

    with ThreadPoolExecutor(callers) as pool:
        took = sorted(t for found in pool.map(call, range(callers)) for t in found)
    batcher.close()
    return {
        "per_second": round(len(took) / SECONDS),
        "p99_ms": round(took[len(took) * 99 // 100] * 1_000, 2),
    }


def main() -> None:
    """Measure and print."""
    with scratch.database() as address:
        from django.db import connection

        scratch.open_accounts(ACCOUNTS)
        with connection.cursor() as cursor:
            cursor.execute(
                "create table raw (id bigint generated always as identity primary key, "
                "amount bigint not null)"
            )
        numbers = count()
        rounds = [
            (
                hot(16, numbers),
                scratch.pgbench(address, RAW, clients=16, seconds=SECONDS),
                hot(256, numbers),
            )
            for _ in range(ROUNDS)
        ]
    sixteen, raw, many = (
        {name: median(r[side][name] for r in rounds) for name in ("per_second", "p99_ms")}
        for side in range(3)
    )
    ratios = [
        median(r[side]["per_second"] / r[1]["per_second"] for r in rounds)
        for side in (0, 2)
    ]
    print(
        json.dumps(
            {
                "goal": "postings a second on one account ÷ raw one-row inserts",
                "ours": {"16": sixteen, "256": many},
                "limit": raw,
                "ratio": round(ratios[0], 2),
                "ratio_256": round(ratios[1], 2),
                "p99_ratio": round(sixteen["p99_ms"] / raw["p99_ms"], 2),
                "wanted": 1.0,
            }
        )
    )


main()
