"""Goal: internal rates of return of 37 dated flows, ÷ ``pyxirr``, and how far they differ.

Part of the goal ``schedules``. Prints one JSON line last. Every row is a loan with its own
drawdown date, principal and rate, and its 36 monthly instalments on their calendar days.
The peer is called once a row with ready arrays; it runs on a part of the rows, by turns
with ours, and both are compared by rows per CPU-second. ``dates_shared`` is our rate when
all rows have the same dates.
"""

import json
import time

import numpy as np
import pyxirr

from longtail.kernels.cashflows.loans import loans
from longtail.kernels.cashflows.returns import xirr_many
from longtail.kernels.cashflows.schedule import Amortization
from longtail.kernels.cashflows.schedules import schedules

ROWS, PEER_ROWS, PERIODS, TURNS = 200_000, 50_000, 36, 5


def flows(draw):
    """Return ``(ROWS, 37)`` dates and signed amounts as a funder sees them."""
    drawdown = np.datetime64("2020-01-01") + draw.integers(0, 1_461, ROWS)
    months = drawdown.astype("datetime64[M]")
    day = (drawdown - months.astype("datetime64[D]")).astype(np.int64)
    due = (months[:, None] + np.arange(PERIODS + 1)).astype("datetime64[D]")
    last = due.astype("datetime64[M]") + 1
    length = (last.astype("datetime64[D]") - due).astype(np.int64)
    principal = draw.integers(100_000, 100_000_000, ROWS)
    made = schedules(
        loans(principal, draw.integers(100, 3_000, ROWS), PERIODS), Amortization.LEVEL
    )
    amounts = np.concatenate([-principal[:, None], made.payment_minor], axis=1)
    return due + np.minimum(day[:, None], length - 1), amounts


def main() -> None:
    """Measure both by turns and print the ratio of the medians."""
    dates, amounts = flows(np.random.default_rng(7))
    days, floats = dates.astype(np.int64), amounts.astype(np.float64)
    rows = [(dates[i], floats[i]) for i in range(PEER_ROWS)]
    xirr_many(days[:1_000], amounts[:1_000])
    speeds, shared, peer, seconds = [], [], np.empty(PEER_ROWS), 0.0
    for turn in range(TURNS):
        start = time.process_time()
        found = xirr_many(days, amounts)
        speeds.append(ROWS / (time.process_time() - start))
        start = time.process_time()
        xirr_many(days[0], amounts)
        shared.append(ROWS / (time.process_time() - start))
        part = rows[turn::TURNS]
        start = time.process_time()
        peer[turn::TURNS] = [pyxirr.xirr(when, amount) for when, amount in part]
        seconds += time.process_time() - start
    ours, theirs = sorted(speeds)[TURNS // 2], PEER_ROWS / seconds
    print(
        json.dumps(
            {
                "goal": "XIRR of 37 flows a CPU-second ÷ pyxirr >= 4, difference <= 1e-9",
                "ours": round(ours),
                "dates_shared": round(sorted(shared)[TURNS // 2]),
                "peer": round(theirs),
                "peer_extrapolated_from": PEER_ROWS,
                "ratio": round(ours / theirs, 2),
                "largest_difference": float(np.abs(found[:PEER_ROWS] - peer).max()),
            },
            ensure_ascii=False,
        )
    )


main()
