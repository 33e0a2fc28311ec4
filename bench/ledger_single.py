"""Goal: single postings at 1 and 16 connections, ÷ pgbench's raw one-row insert commits.

Ours is the statement that ``posting.post`` sends for a journal of one transfer, with every
guard and the batch digest, between random accounts among 100,000; the limit is one row
into a table with a primary key. pgbench drives both, in turns. What Python adds is reported
beside it: the same posting by ``posting.post``, one thread.
"""

import json
import random
import time
from datetime import UTC, datetime
from statistics import median

import scratch

ACCOUNTS, SECONDS, ROUNDS, PYTHON_POSTS = 100_000, 2, 3, 3_000
RAW = "insert into raw (amount) values (100);"
# A colon would start a variable of pgbench, wherever it stands.
CODE = "replace('wallet/FND-' || lpad(:{}::text, 10, '0') || '/USD', '/', chr(58))"
OURS = rf"""
\set debit random(1, 50000)
\set credit random(50001, 100000)
\set key random(1, 9000000000000000000)
select ledger_try_one('bench/' || :key::text, 'bench', '2026-01-05'::timestamptz, 'SINGLE',
  {CODE.format("debit")}, {CODE.format("credit")}, 100, 'USD');
"""


def compare(address: str, clients: int) -> dict[str, object]:
    """Measure both in turns and return the medians and their ratio."""
    rounds = [
        [
            scratch.pgbench(address, script, clients=clients, seconds=SECONDS)
            for script in (OURS, RAW)
        ]
        for _ in range(ROUNDS)
    ]
    ours, raw = (
        {name: median(r[side][name] for r in rounds) for name in ("per_second", "p99_ms")}
        for side in (0, 1)
    )
    ratio = median(a["per_second"] / b["per_second"] for a, b in rounds)
    return {"ours": ours, "limit": raw, "ratio": round(ratio, 2)}


def by_python() -> int:
    """Return how many postings a second one thread makes through the product's code."""
    from longtail.ledger import posting
    from longtail.values.money import Money

    draw, amount, at = random.Random(7), Money(100, "USD"), datetime.now(UTC)
    entries = []
    for n in range(PYTHON_POSTS):
        debit, credit = draw.sample(range(1, ACCOUNTS + 1), 2)
        codes = [f"wallet:FND-{number:010}:USD" for number in (debit, credit)]
        move = posting.Move(debit=codes[0], credit=codes[1], amount=amount)
        entries.append(
            posting.Entry(key=f"python:{n}", kind="bench", effective_at=at, moves=(move,))
        )
    start = time.perf_counter()
    for entry in entries:
        posting.post(entry)
    return round(PYTHON_POSTS / (time.perf_counter() - start))


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
        one, sixteen = compare(address, 1), compare(address, 16)
        python = by_python()
        found = {
            "goal": "single postings a second ÷ raw one-row insert commits",
            "1": one,
            "16": sixteen,
            "python_1": python,
            "ratio": min(one["ratio"], sixteen["ratio"]),
            "wanted": 0.5,
        }
        print(json.dumps(found))


main()
