"""Credits that their payer's bank took back: which, and what of them is not covered yet.

A debit that says why a payment came back and is none of our own returns a credit that the
ledger has booked: the one that the bank names, or the only one of the same payer's
end-to-end id, amount and currency. It takes the money off the account the credit reached,
if that is free there. A repayment was handed on to its holders at once: its collection
account is left alone, servicing covers the debit out of what comes in next, and until
then the custodian has that much less than the ledger says.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian.breaks import BreakKind, Difference
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.models import CashEntry
from longtail.values.money import Money

COVERED_LATER = "collection:"


def originals(lines: Iterable[CashLine]) -> dict[str, CashEntry]:
    """Return the booked credit that each of some debits takes back, by its reference.

    Args:
        lines: Debits of the bank's that are none of our payments.
    """
    debits = [x for x in lines if x.direction is Direction.DEBIT and x.return_reason]
    if not debits:
        return {}
    credits_ = CashEntry.objects.filter(
        direction=Direction.CREDIT, return_reason="", assigned_from__isnull=True
    ).select_related("assigned_to")
    named = credits_.filter(entry_reference__in={x.original_reference for x in debits})
    alike = credits_.filter(end_to_end_id__in={x.end_to_end_id for x in debits} - {""})
    by_reference = {entry.entry_reference: entry for entry in named}
    by_name: dict[str, list[CashEntry]] = defaultdict(list)
    for entry in alike:
        by_name[entry.end_to_end_id].append(entry)
    found: dict[str, CashEntry] = {}
    for line in debits:
        candidates = [e for e in by_name[line.end_to_end_id] if _is_same(e, line)]
        if line.original_reference:
            entry = by_reference.get(line.original_reference)
        else:
            entry = candidates[0] if len(candidates) == 1 else None
        if entry and _is_same(entry, line):
            # Money that the desk assigned is the receipt of the account it went to.
            found[line.entry_reference] = getattr(entry, "assigned_to", None) or entry
    return _once(found)


def _is_same(entry: CashEntry, line: CashLine) -> bool:
    return Money(entry.amount_minor, entry.currency) == line.amount


def _once(found: dict[str, CashEntry]) -> dict[str, CashEntry]:
    """Leave out what was taken back before: nothing comes back twice."""
    done = set(
        CashEntry.objects.filter(takes_back__in=found.values()).values_list(
            "takes_back_id", flat=True
        )
    )
    first: dict[str, CashEntry] = {}
    for reference, entry in found.items():
        if entry.pk not in done:
            first[reference] = entry
            done.add(entry.pk)
    return first


def is_covered_later(entry: CashEntry) -> bool:
    """Say whether a credit was a repayment, which servicing has handed on."""
    return str(entry.account_id).startswith(COVERED_LATER)


def free(entries: Iterable[CashEntry]) -> set[int]:
    """Return the ids of those credits whose money is all still free on their account."""
    rows = list(entries)
    left = {
        code: found.available_minor
        for code, found in ledger.balances_of({str(e.account_id) for e in rows}).items()
    }
    done = set()
    for entry in rows:
        code = str(entry.account_id)
        if left.get(code, 0) >= entry.amount_minor:
            left[code] -= entry.amount_minor
            done.add(entry.pk)
    return done


def differences(currency: str, *, on: date) -> list[Difference]:
    """Return what of the repayments taken back is not covered yet, by account.

    Args:
        currency: The trust account's.
        on: The last day of the statement that it is compared with.
    """
    taken: Counter[str] = Counter()
    by_then: Counter[str] = Counter()
    last: dict[str, str] = {}
    rows = CashEntry.objects.filter(currency=currency, transfer__isnull=True)
    for entry in rows.order_by("id"):
        code = str(entry.account_id)
        last[code] = entry.entry_reference
        taken[code] += entry.amount_minor
        by_then[code] += entry.amount_minor if entry.booking_date <= on else 0
    cash = chart.custodian_cash(currency).code
    covered = ledger.moved_at_once(list(taken), to=cash)
    return [
        Difference(
            kind=BreakKind.CHARGED_BACK,
            entry_reference=last[code],
            difference_minor=-left,
            detail=f"{Money(left, currency)} of {chart.describe(code).lower()} was taken "
            "back and waits for its next receipt.",
        )
        for code in sorted(taken)
        if (left := by_then[code] - min(covered.get(code, 0), taken[code]))
    ]
