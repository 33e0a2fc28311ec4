"""R15: a thousand breaks of eight classes, planted among two hundred thousand entries.

``LONGTAIL_PLANTED_LINES`` plants them among more, such as 1,000,000.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from longtail.ledger.custodian.breaks import BreakKind, compare, unbooked
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.values.money import Money
from tests.ledger.custodian.test_breaks import halves, other_way

LINES = int(os.environ.get("LONGTAIL_PLANTED_LINES", "200000"))
PLANTED = 1_000
DAY = date(2026, 3, 2)
CLASSES = [
    BreakKind.MISSING,
    BreakKind.EXTRA,
    BreakKind.AMOUNT,
    BreakKind.SIGN,
    BreakKind.CURRENCY,
    BreakKind.DATE,
    BreakKind.SPLIT,
    BreakKind.MERGED,
]


def history(random, n):
    """Yield entries as they come: payers pay again and again under one reference."""
    for i in range(n):
        is_debit = random.random() < 0.2
        yield CashLine(
            entry_reference=f"E{i:09d}",
            direction=Direction.DEBIT if is_debit else Direction.CREDIT,
            amount=Money(random.randint(2, 5_000_000), "USD"),
            booking_date=DAY,
            value_date=DAY - timedelta(days=random.randint(0, 2)),
            end_to_end_id=f"PAY-{i}" if is_debit else "",
            reference=f"RF{random.randrange(n // 10 + 1):08d}",
        )


def parts(random, line):
    """Return two parts of unequal size; merging is the same on the other side."""
    first = random.randint(1, line.amount.minor - 1)
    sizes = (first, line.amount.minor - first)
    return [
        replace(
            line, entry_reference=f"{line.entry_reference}{tag}", amount=Money(m, "USD")
        )
        for tag, m in zip("AB", sizes, strict=True)
    ]


def plant(random, kind, line):
    """Return what each side has of an entry, and the reference that a break must name."""
    other = {
        BreakKind.MISSING: lambda: ([], [line]),
        BreakKind.EXTRA: lambda: ([line], []),
        BreakKind.AMOUNT: lambda: (
            [
                replace(
                    line, amount=Money(line.amount.minor + random.choice((1, 100)), "USD")
                )
            ],
            [line],
        ),
        BreakKind.SIGN: lambda: ([other_way(line)], [line]),
        BreakKind.CURRENCY: lambda: (
            [replace(line, amount=Money(line.amount.minor, "EUR"))],
            [line],
        ),
        BreakKind.DATE: lambda: (
            [replace(line, booking_date=DAY + timedelta(days=1))],
            [line],
        ),
        BreakKind.SPLIT: lambda: ([line], parts(random, line)),
        BreakKind.MERGED: lambda: (parts(random, line), [line]),
    }
    return other[kind]()


def planted(seed, n):
    """Return both sides, and the class planted by the entry it was planted in."""
    random = Random(seed)
    chosen = set(random.sample(range(n), PLANTED))
    ours, theirs, expected = [], [], {}
    for i, line in enumerate(history(random, n)):
        if i in chosen:
            kind = CLASSES[len(expected) % len(CLASSES)]
            our, their = plant(random, kind, line)
            expected[line.entry_reference] = kind
        else:
            our, their = [line], [line]
        ours += our
        theirs += their
    random.shuffle(ours)
    random.shuffle(theirs)
    return ours, theirs, expected


def test_all_of_a_thousand_planted_breaks_are_found_under_their_names():
    ours, theirs, expected = planted(7, LINES)
    payable = {x.end_to_end_id: x.amount for x in theirs if x.direction is Direction.DEBIT}
    found = compare(theirs=theirs, ours=ours, currency="USD", payable=payable)
    named, false = {}, []
    for difference in found:
        touched = {x.entry_reference[:10] for x in (*difference.theirs, *difference.ours)}
        if not touched & expected.keys():
            false.append(difference)
        named |= dict.fromkeys(touched, difference.kind)
    assert false == []
    assert expected.keys() - named.keys() == set()
    right = sum(named[reference] is kind for reference, kind in expected.items())
    assert right >= 0.95 * PLANTED, Counter(
        (expected[r], named[r]) for r in expected if named[r] is not expected[r]
    )
    signed = [
        sum(x.signed_minor for x in y if x.amount.currency == "USD") for y in (theirs, ours)
    ]
    assert sum(x.difference_minor for x in found) == signed[0] - signed[1]


def test_what_may_be_another_entry_under_a_new_name_is_not_booked_by_itself():
    line = replace(next(history(Random(1), 1)), direction=Direction.CREDIT)
    renamed = replace(line, entry_reference="OTHER")
    other = replace(line, entry_reference="THIRD", amount=Money(1, "USD"))
    found = compare(theirs=[renamed, other], ours=[line], currency="USD", payable={})
    assert sorted(x.kind for x in found) == ["extra", "missing", "missing"]
    assert unbooked(found) == [other]


def test_parts_are_told_from_other_entries_of_the_same_name():
    line = replace(next(history(Random(2), 1)), direction=Direction.CREDIT)
    more = replace(line, entry_reference="MORE", amount=Money(3, "USD"))
    found = compare(theirs=[*halves(line), more], ours=[line], currency="USD", payable={})
    assert sorted(x.kind for x in found) == ["missing", "split"]
