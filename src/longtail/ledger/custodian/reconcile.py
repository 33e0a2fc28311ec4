"""Ledger = custodian's statement = sum of client claims, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, F, Q, Sum, When

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import breaks, courier, intake
from longtail.ledger.custodian.breaks import BreakKind, Difference
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.models import (
    Break,
    CashEntry,
    Instruction,
    Reconciliation,
    Statement,
)
from longtail.ledger.custodian.rules import InstructionState
from longtail.values.money import Money

PAYABLE = [InstructionState.SENT, InstructionState.ACCEPTED]


@dataclass(frozen=True, slots=True)
class _Sides:
    """The three totals at the close of a day, minor units."""

    ledger_minor: int
    custodian_minor: int
    claims_minor: int


def reconcile(*, on: date, currency: str, at: datetime) -> Reconciliation:
    """Compare the three sides at the close of a day and keep what differs.

    Breaks of the last reconciliation are looked at again, so a break stays until it is
    gone and keeps the day on which it was first seen.

    Args:
        on: The day to close; the bank closes its books for it too.
        currency: The trust account's currency.
        at: Now, timezone-aware.

    Raises:
        MessageRefused: If the statement is broken or contradicts an earlier one.
        StatementUnavailable: If the bank has no statement that ends on that day.
    """
    statement, content = courier.fetch_statement(on=on, currency=currency, at=at)
    with transaction.atomic():
        intake.lock_channel()
        earlier = _earlier_breaks(currency, before=on)
        theirs = _unique([*_carried(earlier), *content.lines])
        ours = _ours(statement, theirs, earlier)
        found = breaks.compare(
            theirs=theirs, ours=ours, currency=currency, payable=_payable(theirs)
        )
        sides = _sides(statement)
        found += _chain(statement)
        found += _totals(sides, found)
        row = Reconciliation.objects.create(
            currency=currency,
            on_date=on,
            at=at,
            statement=statement,
            ledger_minor=sides.ledger_minor,
            custodian_minor=sides.custodian_minor,
            claims_minor=sides.claims_minor,
            break_count=len(found),
        )
        _keep(row, found, earlier)
    return row


def _earlier_breaks(currency: str, *, before: date) -> list[Break]:
    rows = Reconciliation.objects.filter(currency=currency, on_date__lt=before)
    last = rows.order_by("-on_date", "-id").first()
    return list(last.breaks.all()) if last else []


def _carried(earlier: list[Break]) -> list[CashLine]:
    return [breaks.from_json(line) for found in earlier for line in found.theirs]


def _unique(lines: Iterable[CashLine]) -> list[CashLine]:
    return list({line.entry_reference: line for line in lines}.values())


def _ours(
    statement: Statement, theirs: list[CashLine], earlier: list[Break]
) -> list[CashLine]:
    references = {line.entry_reference for line in theirs}
    references |= {str(x["entry_reference"]) for found in earlier for x in found.ours}
    booked_then = Q(
        currency=statement.currency,
        booking_date__range=(statement.from_date, statement.to_date),
    )
    entries = CashEntry.objects.filter(booked_then | Q(entry_reference__in=references))
    return [intake.line_of(entry) for entry in entries]


def _payable(theirs: list[CashLine]) -> dict[str, Money]:
    codes = [x.end_to_end_id for x in theirs if x.direction is Direction.DEBIT]
    if not codes:
        return {}
    under_way = Instruction.objects.filter(code__in=codes, state__in=PAYABLE)
    rows = under_way.values_list("code", "amount_minor", "currency")
    return {code: Money(minor, currency) for code, minor, currency in rows}


def _sides(statement: Statement) -> _Sides:
    """Return the totals, without what the bank has booked since the statement's end."""
    since = CashEntry.objects.filter(
        currency=statement.currency, booking_date__gt=statement.to_date
    ).aggregate(
        minor=Sum(
            Case(
                When(direction=Direction.CREDIT, then=F("amount_minor")),
                default=-F("amount_minor"),
            )
        )
    )
    later = since["minor"] or 0
    return _Sides(
        ledger_minor=ledger.custodian_minor(statement.currency) - later,
        custodian_minor=statement.closing_minor,
        claims_minor=ledger.claims_minor(statement.currency) - later,
    )


def _chain(statement: Statement) -> list[Difference]:
    """Check that the statement goes on where the one before it ended."""
    earlier = Statement.objects.filter(
        currency=statement.currency, number__lt=statement.number
    )
    last = earlier.order_by("-number").first()
    if last is None:
        return []
    if last.number + 1 != statement.number:
        detail = f"Statement {last.number} is followed by {statement.number}."
        return [_general(BreakKind.SEQUENCE, 0, detail)]
    gap = statement.opening_minor - last.closing_minor
    detail = f"Statement {statement.number} opens {gap} minor units off the last close."
    return [_general(BreakKind.OPENING, gap, detail)] if gap else []


def _totals(sides: _Sides, found: list[Difference]) -> list[Difference]:
    """Check that the entries explain the balances, and the balances each other."""
    result = []
    explained = sum(difference.difference_minor for difference in found)
    rest = sides.custodian_minor - sides.ledger_minor - explained
    if rest:
        detail = f"The balances differ by {rest} minor units that no entry explains."
        result.append(_general(BreakKind.UNEXPLAINED, rest, detail))
    owed = sides.ledger_minor - sides.claims_minor
    if owed:
        detail = f"The custodian's cash exceeds client claims by {owed} minor units."
        result.append(_general(BreakKind.CLAIMS, owed, detail))
    return result


def _general(kind: BreakKind, minor: int, detail: str) -> Difference:
    return Difference(kind=kind, entry_reference="", difference_minor=minor, detail=detail)


def _keep(row: Reconciliation, found: list[Difference], earlier: list[Break]) -> None:
    seen = {(x.kind, x.entry_reference): x.first_seen_date for x in earlier}
    Break.objects.bulk_create(
        [
            Break(
                reconciliation=row,
                kind=x.kind,
                entry_reference=x.entry_reference,
                difference_minor=x.difference_minor,
                first_seen_date=seen.get((x.kind, x.entry_reference), row.on_date),
                detail=x.detail[:500],
                theirs=[breaks.as_json(line) for line in x.theirs],
                ours=[breaks.as_json(line) for line in x.ours],
            )
            for x in found
        ]
    )
