"""Goal: 1,000,000 level schedules of 36 instalments, ÷ a Decimal loop, with no mismatch.

Prints one JSON line last. The peer computes the same schedules one by one in ``Decimal``;
it runs on a part of the loans, and its CPU time for all of them is extrapolated from that
part. Ours computes all of them in batches, each of which overwrites the one before, as a
job does that writes every batch away; ``new_memory`` is the rate when each batch gets new
memory. Every loan of the peer's part is compared, instalment by instalment.
"""

import json
import time
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from longtail.kernels.cashflows.loans import loans
from longtail.kernels.cashflows.schedule import Amortization
from longtail.kernels.cashflows.schedules import BLOCK, room_for, schedules

LOANS, PEER_LOANS, PERIODS, TURNS = 1_000_000, 40_000, 36, 5
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


def ours(principal, rate, room):
    """Compute every schedule; return loans per CPU-second."""
    start = time.process_time()
    for at in range(0, LOANS, BLOCK):
        part = slice(at, at + BLOCK)
        batch = loans(principal[part], rate[part], PERIODS)
        is_whole = room is not None and len(batch.principal_minor) == BLOCK
        schedules(batch, Amortization.LEVEL, out=room if is_whole else None)
    return LOANS / (time.process_time() - start)


def mismatches(principal, rate, expected):
    """Return how many loans differ from the peer's in any instalment."""
    made = schedules(loans(principal, rate, PERIODS), Amortization.LEVEL)
    pairs = np.stack([made.principal_minor, made.interest_minor], axis=2)
    return int((pairs != expected).any(axis=(1, 2)).sum())


def main() -> None:
    """Measure both by turns and print the ratio of the medians."""
    draw = np.random.default_rng(7)
    principal = draw.integers(100_000, 100_000_000, LOANS)
    rate = draw.integers(100, 3_000, LOANS)
    room = room_for(BLOCK, PERIODS)
    pairs = list(zip(principal[:PEER_LOANS].tolist(), rate.tolist(), strict=False))
    speeds, peer, seconds = [], [], 0.0
    for turn in range(TURNS):
        speeds.append(ours(principal, rate, room))
        start = time.process_time()
        peer += [decimal_schedule(*pair) for pair in pairs[turn::TURNS]]
        seconds += time.process_time() - start
    theirs = PEER_LOANS / seconds
    order = np.concatenate([np.arange(turn, PEER_LOANS, TURNS) for turn in range(TURNS)])
    expected = np.array(peer)[np.argsort(order)]
    part = slice(0, PEER_LOANS)
    print(
        json.dumps(
            {
                "goal": "level schedules a CPU-second ÷ Decimal loop >= 250, 0 mismatches",
                "ours": round(sorted(speeds)[TURNS // 2]),
                "new_memory": round(ours(principal, rate, None)),
                "peer": round(theirs),
                "peer_extrapolated_from": PEER_LOANS,
                "compared": PEER_LOANS,
                "ratio": round(sorted(speeds)[TURNS // 2] / theirs, 1),
                "mismatches": mismatches(principal[part], rate[part], expected),
            },
            ensure_ascii=False,
        )
    )


main()
