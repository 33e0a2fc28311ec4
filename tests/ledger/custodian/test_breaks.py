"""Planted differences are found, all of them, each under its own name."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.ledger.custodian.breaks import BreakKind, as_json, compare, from_json
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.values.money import Money

DAY = date(2026, 3, 2)


def book(n):
    """Return n entries: credits, and every third a debit that is under way."""
    return [
        CashLine(
            entry_reference=f"E{i}",
            direction=Direction.DEBIT if i % 3 == 0 else Direction.CREDIT,
            amount=Money(1_000 + i, "USD"),
            booking_date=DAY,
            value_date=DAY,
            end_to_end_id=f"X{i}",
            reference=f"R{i}",
        )
        for i in range(n)
    ]


def halves(line):
    half = line.amount.minor // 2
    return [
        replace(
            line, entry_reference=f"{line.entry_reference}{name}", amount=Money(m, "USD")
        )
        for name, m in (("a", half), ("b", line.amount.minor - half))
    ]


def other_way(line):
    turned = {Direction.CREDIT: Direction.DEBIT, Direction.DEBIT: Direction.CREDIT}
    return replace(line, direction=turned[line.direction])


# What happens to (our line, their line): each plant returns both sides' entries.
PLANTS = {
    BreakKind.MISSING: lambda x: ([], [x]),
    BreakKind.EXTRA: lambda x: ([x], []),
    BreakKind.AMOUNT: lambda x: ([replace(x, amount=Money(7, "USD"))], [x]),
    BreakKind.SIGN: lambda x: ([other_way(x)], [x]),
    BreakKind.CURRENCY: lambda x: ([replace(x, amount=Money(x.amount.minor, "EUR"))], [x]),
    BreakKind.DATE: lambda x: ([replace(x, booking_date=DAY + timedelta(days=1))], [x]),
    BreakKind.SPLIT: lambda x: ([x], halves(x)),
    BreakKind.MERGED: lambda x: (halves(x), [x]),
    BreakKind.UNINSTRUCTED: lambda x: (
        [],
        [replace(x, direction=Direction.DEBIT, end_to_end_id="?")],
    ),
}


def signed(lines):
    return sum(x.signed_minor for x in lines if x.amount.currency == "USD")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.sampled_from(sorted(PLANTS)), max_size=30), st.randoms())
def test_every_planted_break_is_found_with_its_class(plants, random):
    ours, theirs, expected = [], [], []
    for line, kind in zip(book(len(plants)), plants, strict=True):
        our, their = PLANTS[kind](line) if kind else ([line], [line])
        ours += our
        theirs += their
        expected += [kind] if kind else []
    random.shuffle(ours)
    random.shuffle(theirs)
    payable = {x.end_to_end_id: x.amount for x in book(len(plants))}
    found = compare(theirs=theirs, ours=ours, currency="USD", payable=payable)
    assert sorted(x.kind for x in found) == sorted(expected)
    explained = sum(x.difference_minor for x in found)
    assert explained == signed(theirs) - signed(ours)
    for difference in found:
        for line in difference.theirs:
            assert from_json(as_json(line)) == line


def test_a_debit_of_another_amount_than_instructed_is_uninstructed():
    (line,) = book(1)
    payable = {line.end_to_end_id: Money(1, "USD")}
    (found,) = compare(theirs=[line], ours=[], currency="USD", payable=payable)
    assert found.kind is BreakKind.UNINSTRUCTED
    assert "unasked" in found.detail
