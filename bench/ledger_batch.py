"""Goal: balanced postings a second in batches of 8,000, ÷ django-hordak's bulk way.

Also ÷ a bare ``COPY`` of the same rows: journals and transfers, into tables without a key,
an index or a check. All guards and the batch digest are on; accounts are drawn at random
from 100,000. Ours, hordak and COPY take turns in one run on one server, each on one
connection. Beside it: batches of 100 and 1,000, and 8,000 out of one hot account.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np
import scratch

ACCOUNTS, SIZE, ROUNDS = 100_000, 8_000, 7
PEER = Path(__file__).parent / "peers" / "hordak_bulk.py"
# Where ``make bench`` installs what the peer needs, apart from the project's packages.
PEERS = Path(__file__).parents[1] / "var" / "peers"


class Ours:
    """Posts batches through the product's code."""

    def __init__(self) -> None:
        self.first = scratch.open_accounts(ACCOUNTS)
        self.draw = np.random.default_rng(7)
        self.numbers = count()

    def seconds(self, size: int, *, is_hot: bool = False) -> float:
        """Post one batch and return the seconds it took, commit included."""
        from longtail.ledger import posting

        debit = self.draw.integers(0, ACCOUNTS, size)
        if is_hot:
            debit[:] = 0
        credit = (debit + self.draw.integers(1, ACCOUNTS, size)) % ACCOUNTS
        number = next(self.numbers)
        start = time.perf_counter()
        ids = posting.post_batch(
            posting.Batch(
                keys=[f"repayment:{number}:{n}" for n in range(size)],
                kind="repayment",
                effective_at=datetime.now(UTC),
                debit_ids=debit + self.first,
                credit_ids=credit + self.first,
                amounts_minor=np.full(size, 100),
                currency="USD",
            )
        )
        took = time.perf_counter() - start
        assert len(ids) == size
        return took


class Copy:
    """Copies the rows that ours wrote last into bare tables."""

    TABLES = ("ledger_journal", "ledger_transfer")

    def __init__(self, cursor: object) -> None:
        self.cursor = cursor
        for table in self.TABLES:
            cursor.execute(f"create table bare_{table} as table {table} with no data")

    def seconds(self) -> float:
        """Copy as many rows as a batch has and return the seconds, commit included."""
        rows = {}
        for table in self.TABLES:
            last = f"copy (select * from {table} order by id desc limit {SIZE}) to stdout"
            with self.cursor.copy(last) as source:
                rows[table] = b"".join(source)
        start = time.perf_counter()
        self.cursor.execute("begin")
        for table, data in rows.items():
            with self.cursor.copy(f"copy bare_{table} from stdin") as target:
                target.write(data)
        self.cursor.execute("commit")
        return time.perf_counter() - start


def measure(peer: subprocess.Popen, address: str) -> dict[str, object]:
    """Take turns and return the figures."""
    import psycopg

    ours = Ours()
    took: dict[str, list[float]] = {}
    with psycopg.connect(address, autocommit=True) as connection:
        ours.seconds(SIZE)
        bare = Copy(connection.cursor())
        assert peer.stdout is not None
        assert peer.stdout.readline().strip() == "ready"
        for _ in range(ROUNDS):
            peer.stdin.write(f"{SIZE}\n")
            peer.stdin.flush()
            took.setdefault("peer", []).append(float(peer.stdout.readline()))
            took.setdefault("ours", []).append(ours.seconds(SIZE))
            took.setdefault("copy", []).append(bare.seconds())
            took.setdefault("hot", []).append(ours.seconds(SIZE, is_hot=True))
            for size in (100, 1_000):
                took.setdefault(str(size), []).append(ours.seconds(size))
    sizes = {"100": 100, "1000": 1_000}
    rate = {k: round(sizes.get(k, SIZE) / median(v)) for k, v in took.items()}
    pairs = [zip(took[side], took["ours"], strict=True) for side in ("peer", "copy")]
    peer_ratio, copy_ratio = (median(a / b for a, b in pair) for pair in pairs)
    return {
        "goal": "balanced postings a second in batches of 8,000 ÷ django-hordak bulk",
        "ours": rate["ours"],
        "peer": rate["peer"],
        "ratio": round(peer_ratio, 1),
        "wanted": 12,
        "copy": rate["copy"],
        "ratio_copy": round(copy_ratio, 3),
        "wanted_copy": 0.08,
        "hot": rate["hot"],
        "batches_of_100": rate["100"],
        "batches_of_1000": rate["1000"],
    }


def main() -> None:
    """Measure and print."""
    with scratch.database() as address, scratch.database(is_migrated=False) as theirs:
        with subprocess.Popen(
            [sys.executable, PEER, theirs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(PEERS)},
        ) as peer:
            try:
                found = measure(peer, address)
            finally:
                peer.kill()
        from longtail.ledger import queries

        running, replayed = queries.balances(), queries.replayed_balances()
        found["sound"] = all(running[code][:3] == replayed[code][:3] for code in running)
    print(json.dumps(found))


main()
