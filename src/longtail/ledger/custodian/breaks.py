"""Where two lists of entries differ, and how. Pure.

Differences are the custodian's less ours, minor units: what the ledger is short of.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.values.money import Money


class BreakKind(StrEnum):
    """What is wrong, which says who has to act."""

    MISSING = "missing"  # The custodian booked it, the ledger did not.
    EXTRA = "extra"  # The ledger booked it, the custodian did not.
    CHARGED_BACK = "charged-back"  # A payer's bank took back what it had paid.
    UNINSTRUCTED = "uninstructed"  # Money left that no open instruction asked for.
    AMOUNT = "amount"
    SIGN = "sign"
    CURRENCY = "currency"
    DATE = "date"
    SPLIT = "split"  # One entry of ours is several of theirs.
    MERGED = "merged"  # Several entries of ours are one of theirs.
    UNEXPLAINED = "unexplained"  # The balances differ by more than the entries do.
    CLAIMS = "claims"  # The custodian's cash is not what clients are owed.
    OPENING = "opening"  # A statement does not open where the last one closed.
    SEQUENCE = "sequence"  # A statement before this one never came.


MAX_PARTS, MAX_CANDIDATES = 4, 12
# Upper ends of the ageing buckets, days; the last is open.
AGES = ((1, "0-1"), (5, "2-5"), (10, "6-10"), (30, "11-30"))
OLDEST = "31+"


def age_bucket(days: int) -> str:
    """Return the ageing bucket of a break that has been open for some days."""
    return next((name for last, name in AGES if days <= last), OLDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One break.

    Attributes:
        kind: What is wrong.
        entry_reference: The custodian's reference of the entry, or empty.
        difference_minor: The custodian's less ours, minor units.
        detail: The same for a person.
        theirs: The custodian's entries it is about.
        ours: Our entries it is about.
    """

    kind: BreakKind
    entry_reference: str
    difference_minor: int
    detail: str
    theirs: tuple[CashLine, ...] = ()
    ours: tuple[CashLine, ...] = ()

    @property
    def key(self) -> str:
        """What makes it the same break from one day to the next."""
        return f"{self.kind}:{self.entry_reference}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what it is about, hexadecimal; of a difference in totals empty.

        What is about entries or about one statement can be explained once for all.
        """
        if not self.entry_reference:
            return ""
        said: list[object] = [
            [as_json(x) for x in side] for side in (self.theirs, self.ours)
        ]
        said.append(self.difference_minor)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def unbooked(found: Iterable[Difference]) -> list[CashLine]:
    """Return the custodian's entries that can be booked without asking anybody.

    One that may be another entry of ours under a new reference is left to a person: a
    statement that renames an entry must not have it booked twice.
    """
    differences = list(found)
    extra = {
        (line.direction, line.amount)
        for difference in differences
        if difference.kind is BreakKind.EXTRA
        for line in difference.ours
    }
    return [
        line
        for difference in differences
        if difference.kind in (BreakKind.MISSING, BreakKind.CHARGED_BACK)
        for line in difference.theirs
        if (line.direction, line.amount) not in extra
    ]


def compare(
    *,
    theirs: Sequence[CashLine],
    ours: Sequence[CashLine],
    currency: str,
    payable: Mapping[str, Money],
) -> list[Difference]:
    """Return every difference between the custodian's entries and ours.

    Args:
        theirs: Entries of the custodian's, entry references unique.
        ours: Entries of ours, entry references unique.
        currency: The account's currency; ours in another do not count towards it.
        payable: Amounts by end-to-end id of the instructions that money may leave for.

    Returns:
        The differences; their amounts sum to theirs less ours.
    """
    known = {line.entry_reference: line for line in ours}
    matched = [
        (line, known[line.entry_reference])
        for line in theirs
        if line.entry_reference in known
    ]
    found = [_mismatch(their, our, currency) for their, our in matched]
    both = {their.entry_reference for their, _ in matched}
    missing = [line for line in theirs if line.entry_reference not in both]
    extra = [line for line in ours if line.entry_reference not in both]
    regrouped = _regrouped(missing, extra)
    done = {x.entry_reference for d in regrouped for x in (*d.theirs, *d.ours)}
    return [
        *(difference for difference in found if difference),
        *regrouped,
        *(_missing(x, payable) for x in missing if x.entry_reference not in done),
        *(_extra(x, currency) for x in extra if x.entry_reference not in done),
    ]


def _mismatch(their: CashLine, our: CashLine, currency: str) -> Difference | None:
    if their.amount.currency != our.amount.currency:
        kind, detail = BreakKind.CURRENCY, f"{their.amount} was booked as {our.amount}."
    elif their.direction != our.direction:
        kind, detail = BreakKind.SIGN, f"{their.amount} was booked the wrong way round."
    elif their.amount != our.amount:
        kind, detail = BreakKind.AMOUNT, f"{their.amount} was booked as {our.amount}."
    elif (their.booking_date, their.value_date) != (our.booking_date, our.value_date):
        kind = BreakKind.DATE
        detail = f"{_dates(their)} was booked as {_dates(our)}."
    else:
        return None
    return Difference(
        kind=kind,
        entry_reference=their.entry_reference,
        difference_minor=their.signed_minor - _signed([our], currency),
        detail=detail,
        theirs=(their,),
        ours=(our,),
    )


def _regrouped(missing: list[CashLine], extra: list[CashLine]) -> list[Difference]:
    """Find payments that one side booked whole and the other in parts."""
    sides: dict[tuple[str, Direction, str], tuple[list[CashLine], list[CashLine]]]
    sides = defaultdict(lambda: ([], []))
    for side, lines in enumerate((missing, extra)):
        for line in lines:
            if name := line.end_to_end_id or line.reference:
                sides[name, line.direction, line.amount.currency][side].append(line)
    return [
        Difference(
            kind=BreakKind.SPLIT if len(ours) == 1 else BreakKind.MERGED,
            entry_reference=min(x.entry_reference for x in theirs),
            difference_minor=0,
            detail=f"{name}: {len(theirs)} of the custodian's entries are {len(ours)} of "
            "ours.",
            theirs=tuple(theirs),
            ours=tuple(ours),
        )
        for (name, _, _), both in sides.items()
        if all(both)
        for theirs, ours in _pairings(*both)
    ]


def _pairings(
    theirs: list[CashLine], ours: list[CashLine]
) -> Iterable[tuple[list[CashLine], list[CashLine]]]:
    """Yield each whole with its parts among the entries of one name."""
    left, right = _by_size(theirs), _by_size(ours)
    while left and right:
        found = _whole_and_parts(left, right)
        if found is not None:
            part = found
        else:
            turned = _whole_and_parts(right, left)
            if turned is None:
                return
            part = turned[1], turned[0]
        yield part
        gone = {id(line) for side in part for line in side}
        left = [line for line in left if id(line) not in gone]
        right = [line for line in right if id(line) not in gone]


def _by_size(lines: list[CashLine]) -> list[CashLine]:
    return sorted(lines, key=lambda x: (-x.amount.minor, x.entry_reference))


def _whole_and_parts(
    wholes: list[CashLine], parts: list[CashLine]
) -> tuple[list[CashLine], list[CashLine]] | None:
    """Return one entry and those that add up to it: all others, else a few."""
    sum_minor = sum(x.amount.minor for x in parts)
    for whole in wholes:
        if len(parts) > 1 and whole.amount.minor == sum_minor:
            return [whole], parts
    # Among many of one name any sum may come about by chance, and takes ever longer.
    if len(parts) <= MAX_CANDIDATES:
        for whole in wholes:
            for many in range(2, MAX_PARTS + 1):
                for few in combinations(parts, many):
                    if sum(x.amount.minor for x in few) == whole.amount.minor:
                        return [whole], list(few)
    return None


def _missing(line: CashLine, payable: Mapping[str, Money]) -> Difference:
    is_ours = line.direction is Direction.CREDIT or (
        payable.get(line.end_to_end_id) == line.amount
    )
    if is_ours:
        kind = BreakKind.MISSING
        detail = f"{line.amount} of {line.booking_date} was never booked."
    elif line.return_reason:
        kind = BreakKind.CHARGED_BACK
        payer = line.counterparty or "somebody not named"
        detail = f"{line.amount} of {payer} was taken back: {line.return_reason}."
    else:
        kind = BreakKind.UNINSTRUCTED
        detail = f"{line.amount} left for {line.counterparty or 'nobody named'} unasked."
    return Difference(
        kind=kind,
        entry_reference=line.entry_reference,
        difference_minor=line.signed_minor,
        detail=detail,
        theirs=(line,),
    )


def _extra(line: CashLine, currency: str) -> Difference:
    return Difference(
        kind=BreakKind.EXTRA,
        entry_reference=line.entry_reference,
        difference_minor=-_signed([line], currency),
        detail=f"{line.amount} of {line.booking_date} is not on any statement.",
        ours=(line,),
    )


def _signed(lines: Iterable[CashLine], currency: str) -> int:
    return sum(x.signed_minor for x in lines if x.amount.currency == currency)


def _dates(line: CashLine) -> str:
    return f"{line.booking_date} (value {line.value_date})"


TEXTS = (
    "end_to_end_id",
    "counterparty",
    "reference",
    "payer_account",
    "payer_bic",
    "return_reason",
    "original_reference",
    "batch",
)


def as_json(line: CashLine) -> dict[str, str | int]:
    """Return an entry as JSON can keep it; :func:`from_json` gives it back."""
    return {
        "entry_reference": line.entry_reference,
        "direction": line.direction.value,
        "amount_minor": line.amount.minor,
        "currency": line.amount.currency,
        "booking_date": line.booking_date.isoformat(),
        "value_date": line.value_date.isoformat(),
    } | {name: getattr(line, name) for name in TEXTS}


def from_json(kept: Mapping[str, str | int]) -> CashLine:
    """Return the entry that :func:`as_json` kept."""
    texts = {name: str(kept.get(name, "")) for name in TEXTS}
    return CashLine(
        entry_reference=str(kept["entry_reference"]),
        direction=Direction(kept["direction"]),
        amount=Money(int(kept["amount_minor"]), str(kept["currency"])),
        booking_date=date.fromisoformat(str(kept["booking_date"])),
        value_date=date.fromisoformat(str(kept["value_date"])),
        **texts,
    )
