"""Goal: 1,000,000 level schedules of 36 instalments, ÷ a Decimal loop, with no mismatch.

Prints one JSON line last. The peer computes the same schedules one by one in ``Decimal``;
it runs on a part of the loans and is compared by loans per CPU-second, in the same run.
"""

import json
import time
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from longtail.kernels.cashflows.schedule import Amortization, schedules

LOANS, PEER_LOANS, PERIODS = 1_000_000, 2_000, 36
CHUNK = 50_000
# A twelfth of a basis point; dividing last keeps exact halves exact.
TWELFTHS = Decimal(120_000)


def decimal_schedule(principal: int, rate_bps: int) -> list[tuple[int, int]]:
    """Return (principal, interest) of each instalment, minor units, by the textbook."""
    rate = Decimal(rate_bps) / 10_000 / 12
    factor = (1 + rate) ** PERIODS
    payment = int((principal * rate * factor / (factor - 1)).quantize(0, ROUND_HALF_UP))
    rows, balance = [], principal
    for number in range(1, PERIODS + 1):
        interest = int((balance * rate_bps / TWELFTHS).quantize(0, ROUND_HALF_UP))
        part = balance if number == PERIODS else payment - interest
        rows.append((part, interest))
        balance -= part
    return rows


def main() -> None:
    """Measure both and print the ratio."""
    draw = np.random.default_rng(7)
    principal = draw.integers(100_000, 100_000_000, LOANS)
    rate = draw.integers(100, 3_000, LOANS)
    periods = np.full(CHUNK, PERIODS)
    start = time.process_time()
    for at in range(0, LOANS, CHUNK):
        part = slice(at, at + CHUNK)
        made = schedules(principal[part], rate[part], periods, Amortization.LEVEL)
        if at == 0:
            first = made
    ours = LOANS / (time.process_time() - start)
    start = time.process_time()
    peer = [
        decimal_schedule(int(p), int(r))
        for p, r in zip(principal[:PEER_LOANS], rate, strict=False)
    ]
    theirs = PEER_LOANS / (time.process_time() - start)
    pairs = np.stack([first.principal_minor, first.interest_minor], axis=2)[:PEER_LOANS]
    mismatches = int((pairs != np.array(peer)).any(axis=(1, 2)).sum())
    print(
        json.dumps(
            {
                "goal": "level schedules a CPU-second ÷ Decimal loop",
                "ours": round(ours),
                "peer": round(theirs),
                "ratio": round(ours / theirs, 1),
                "mismatches": mismatches,
            }
        )
    )


main()
