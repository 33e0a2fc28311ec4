"""Goal: one back-dated payment on an agreement with 5,000 events, at most 50 ms.

Prints one JSON line last. The agreement runs for 2,394 days and has 2,053 instalments; the
rest of the 5,000 are its drawdown and 552 payments. Days of accrual and instalments are no
rows here: the fold works them out of the frozen terms, so what is stored are the drawdown
and the payments, and the payment that is measured replays all 5,000.

What is measured is the service that takes a receipt in, commit included, on a scratch
database of the real PostgreSQL: lock, read the history, fold it again, distribute to three
holders, post to the ledger, store. Each turn takes another payment, at a day early in the
history. The limit stands beside it; the fold alone is timed too.
"""

import json
import statistics
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import scratch

DAYS, DUES, TOTAL, TURNS, LIMIT_MS = 2_394, 2_053, 5_000, 15, 50
PRINCIPAL = 10_000_000
sys.path.insert(0, str(Path(__file__).parents[1]))


def long_terms(terms, start):
    """Return terms of 2,053 instalments over 2,394 days at 12 % a year."""
    from longtail.terms.resolve import Instalment

    rows, left, before = [], PRINCIPAL, start
    for k in range(1, DUES + 1):
        due = start + timedelta(days=k * DAYS // DUES)
        part = PRINCIPAL // DUES if k < DUES else left
        interest = (left * 12 * (due - before).days + 18_000) // 36_000
        rows.append(Instalment(k, due, part, interest))
        left, before = left - part, due
    return replace(terms, instalments=tuple(rows), maturity_date=before)


def payments(terms, count):
    """Return (amount, day) of payments that follow the schedule, two days late each."""
    step, at = len(terms.instalments) / count, 0
    for k in range(count):
        upto = DUES if k == count - 1 else int((k + 1) * step)
        part, at = terms.instalments[at:upto], upto
        yield sum(i.total_minor for i in part), part[-1].due_date + timedelta(days=2)


def prepared():
    """Return a drawn agreement with all its payments taken in."""
    from longtail.terms.resolve import thaw
    from tests.servicing import scenarios, world

    usual = scenarios.terms
    scenarios.terms = lambda **given: long_terms(usual(**given), world.START)
    agreement = world.funded(parts=(5_000_000, 3_000_000, 2_000_000))
    terms = thaw(agreement.terms)
    world.draw_down(agreement)
    count = TOTAL - DAYS - DUES - 1
    day = terms.maturity_date + timedelta(days=2)
    paid = [(agreement, amount, on) for amount, on in payments(terms, count)]
    world.pay_many(paid, arrives=day)
    return agreement, terms, day


def measured(agreement, day):
    """Take back-dated payments in; return wall and CPU milliseconds of each."""
    from longtail.servicing import services
    from tests.servicing import world

    wall, cpu = [], []
    for turn in range(TURNS):
        back = world.START + timedelta(days=100 + turn)
        world.send([(agreement, 5_000, back)], arrives=day)
        at = world.at(day, hour=10)
        start, worked = time.perf_counter(), time.process_time()
        assert services.take_receipts(at=at) == 1
        wall.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return wall, cpu


def fold_ms(agreement, terms):
    """Return the milliseconds of the fold alone, the best of ten."""
    from longtail.servicing import history
    from longtail.servicing.step import fold

    events = [event for _, event in history.read([agreement.pk])]
    times = []
    for _ in range(10):
        start = time.perf_counter()
        fold(terms, events)
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def main() -> None:
    """Measure and print the milliseconds against the limit."""
    with scratch.database():
        from django.conf import settings

        # Nobody sits at the sandbox bank's desk here.
        settings.SANDBOX_IS_ATTENDED = False
        from longtail.servicing import models, queries

        agreement, terms, day = prepared()
        rows = models.AgreementEvent.objects.filter(agreement=agreement).count()
        wall, cpu = measured(agreement, day)
        found = {
            "goal": "replay",
            "ours": round(statistics.median(wall), 1),
            "limit": LIMIT_MS,
            "ratio": round(statistics.median(wall) / LIMIT_MS, 3),
            "unit": "ms a back-dated payment, commit included",
            "best_ms": round(min(wall), 1),
            "worst_ms": round(max(wall), 1),
            "cpu_ms": round(statistics.median(cpu), 1),
            "fold_ms": round(fold_ms(agreement, terms), 1),
            "events": {"accrual_days": DAYS, "dues": DUES, "stored_rows": rows},
            "turns": TURNS,
        }
        assert queries.refolded_differences() == []
    print(json.dumps(found))


if __name__ == "__main__":
    main()
