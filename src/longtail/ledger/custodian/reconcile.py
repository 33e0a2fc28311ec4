"""Ledger = custodian's statement = sum of client claims, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, F, Max, Sum, When

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import (
    booking,
    break_desk,
    breaks,
    chain,
    courier,
    intake,
)
from longtail.ledger.custodian.booking import takebacks
from longtail.ledger.custodian.breaks import BreakKind, Difference
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.models import (
    Break,
    CashEntry,
    Reconciliation,
    Statement,
)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The three totals at the close of a day, minor units."""

    ledger_minor: int
    custodian_minor: int
    claims_minor: int


def reconcile(*, on: date, currency: str, at: datetime) -> Reconciliation:
    """Compare the three sides at the close of a day and keep what differs.

    What no notification brought is booked from the statement first. Breaks of the last
    reconciliation are looked at again, so a break stays until it is gone or two people
    have closed it, and keeps the day on which it was first seen.

    Args:
        on: The day to close; the bank closes its books for it too.
        currency: The trust account's currency.
        at: Now, timezone-aware.

    Raises:
        MessageRefused: If the statement is broken or contradicts an earlier one.
        StatementUnavailable: If the bank has no statement that ends on that day.
    """
    statement = courier.fetch_statement(on=on, currency=currency, at=at)
    courier.fetch_missing(currency=currency, at=at)
    with transaction.atomic():
        intake.lock_channel()
        last = _last(currency, before=on)
        earlier = list(last.breaks.all()) if last else []
        news = _news(statement, last)
        theirs = _unique(
            [*_carried(earlier), *(x for s in news for x in chain.lines_of(s))]
        )
        # A credit that was taken back may have been booked since, or its money come in.
        returned = [x for x in _carried(earlier) if x.return_reason]
        booking.book(returned, message=statement.message, at=at)
        found = breaks.compare(
            theirs=theirs,
            ours=_ours(news, theirs, earlier),
            currency=currency,
            payable=chain.payable(theirs),
        )
        sides = _sides(statement)
        found += chain.differences(currency)
        found += takebacks.differences(currency, on=statement.to_date)
        accepted = break_desk.accepted(currency, found)
        found = [x for x in found if x.key not in accepted]
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
            seen_statement_id=_newest(currency),
        )
        _keep(row, found, at=at)
    return row


def _last(currency: str, *, before: date) -> Reconciliation | None:
    rows = Reconciliation.objects.filter(currency=currency, on_date__lt=before)
    return rows.order_by("-on_date", "-id").first()


def _newest(currency: str) -> int:
    rows = Statement.objects.filter(currency=currency)
    return rows.aggregate(last=Max("id"))["last"] or 0


def _news(statement: Statement, last: Reconciliation | None) -> list[Statement]:
    """Return the statements that came since the last reconciliation, late ones too."""
    rows = Statement.objects.filter(currency=statement.currency)
    since = rows.filter(id__gt=last.seen_statement_id if last else 0)
    return list((since | rows.filter(id=statement.pk)).order_by("number"))


def _carried(earlier: list[Break]) -> list[CashLine]:
    return [breaks.from_json(line) for found in earlier for line in found.theirs]


def _unique(lines: Iterable[CashLine]) -> list[CashLine]:
    return list({line.entry_reference: line for line in lines}.values())


def _ours(
    news: list[Statement], theirs: list[CashLine], earlier: list[Break]
) -> list[CashLine]:
    references = {line.entry_reference for line in theirs}
    references |= {str(x["entry_reference"]) for found in earlier for x in found.ours}
    return _unique(line for each in news for line in chain.ours(each, references))


def _sides(statement: Statement) -> _Sides:
    """Return the totals, without what the bank has booked since the statement's end."""
    since = CashEntry.objects.filter(
        currency=statement.currency,
        booking_date__gt=statement.to_date,
        assigned_from__isnull=True,
        transfer__isnull=False,
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


def _keep(row: Reconciliation, found: list[Difference], *, at: datetime) -> None:
    cases = break_desk.record(found, currency=row.currency, on=row.on_date, at=at)
    Break.objects.bulk_create(
        [
            Break(
                reconciliation=row,
                case=cases[x.key],
                kind=x.kind,
                entry_reference=x.entry_reference,
                difference_minor=x.difference_minor,
                first_seen_date=cases[x.key].first_seen_date,
                detail=x.detail[:500],
                theirs=[breaks.as_json(line) for line in x.theirs],
                ours=[breaks.as_json(line) for line in x.ours],
            )
            for x in found
        ]
    )
