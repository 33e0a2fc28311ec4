"""The trial balance at a moment: every account's debits and credits; the sums are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from longtail.ledger.books import movements
from longtail.ledger.books.rules import TrialLine, day_end

LINES = """
select a.code, a.currency, t.dp, t.d, t.cp, t.c
from totals t join ledger_account a on a.id = t.account_id
where a.currency = coalesce(%(currency)s, a.currency) order by a.currency, a.code
"""


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All accounts of one kind in one currency, minor units.

    Attributes:
        currency: ISO 4217 code.
        kind: Such as ``wallet``; empty for all kinds together.
        account_count: How many moved.
        debits_minor: All that was debited.
        credits_minor: All that was credited.
    """

    currency: str
    kind: str
    account_count: int
    debits_minor: int
    credits_minor: int

    @property
    def balance_minor(self) -> int:
        """Credits less debits."""
        return self.credits_minor - self.debits_minor


def trial_balance(
    *, currency: str | None = None, on: date | None = None, at: datetime | None = None
) -> list[TrialLine]:
    """Return every account that had moved by a moment, by currency and code.

    Args:
        currency: Only in this one.
        on: Value: what counts up to the end of this day; None for all.
        at: Knowledge: what was recorded by then, timezone-aware; None for all.
    """
    until = None if on is None else day_end(on)
    start = movements.Start(movements.latest_close(until=until, known_at=at))
    asked = start.window(until=until, known_at=at) | {"currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(movements.OF_ALL + LINES, asked)
        return [TrialLine(row[0], row[1], tuple(row[2:])) for row in cursor.fetchall()]


def kind_totals(lines: Iterable[TrialLine]) -> list[KindTotal]:
    """Return the sums of a trial balance by currency and kind, and over all kinds."""
    counts: Counter[tuple[str, str]] = Counter()
    debits: Counter[tuple[str, str]] = Counter()
    credits: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for key in ((line.currency, line.kind), (line.currency, "")):
            counts[key] += 1
            debits[key] += line.debits_minor
            credits[key] += line.credits_minor
    # The sum over all kinds comes last in its currency.
    order = sorted(counts, key=lambda key: (key[0], not key[1], key[1]))
    return [KindTotal(*key, counts[key], debits[key], credits[key]) for key in order]
