"""The journal in Beancount's format: plain-text accounting that its ``bean-check`` accepts.

One transaction a journal with both legs of every transfer that moved money. Holds and
releases move none, so they are ``custom`` entries between the same accounts. Balances are
asserted at the end of every closed period and at the end, without tolerance.

Source:
    Beancount, *Language Syntax* (open, commodity, balance, custom, metadata).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TextIO

from longtail.ledger.books.exports.files import whole_file
from longtail.ledger.books.exports.names import account_name
from longtail.ledger.books.exports.rows import Row, journal_rows
from longtail.ledger.books.models import ClosedBalance, PeriodClose
from longtail.ledger.queries import all_accounts
from longtail.values.money import Money, decimals

# Before every date there is: an account may be used on any day.
OPENED = date(1970, 1, 1)
HOLDING = frozenset({"PENDING", "VOID"})


@dataclass(slots=True)
class Totals:
    """What the rows written so far add up to."""

    row_count: int = 0
    last_date: date = OPENED
    # Debits less credits, as Beancount signs them.
    by_account: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        self.row_count += 1
        self.last_date = max(self.last_date, _day(row.effective_at))
        if row.phase not in HOLDING:
            self.by_account[row.debit_account, row.currency] += row.amount_minor
            self.by_account[row.credit_account, row.currency] -= row.amount_minor


def export_beancount(target: Path) -> int:
    """Write the whole journal in Beancount's format and return how many transfers."""
    # Read before the rows, so that what these closed is surely among them.
    closes = list(PeriodClose.objects.order_by("closed_before_at"))
    totals = Totals()
    with (
        journal_rows() as rows,
        whole_file(target) as draft,
        draft.open("w", encoding="utf-8") as file,
    ):
        # Read after the rows' snapshot was taken, so that no account of theirs is missing.
        file.writelines(_accounts(all_accounts()))
        for _, journal in groupby(_counted(rows, totals), key=lambda row: row.journal_id):
            file.writelines(_journal(list(journal)))
        for close in closes:
            _assert_close(file, close)
        end = totals.last_date + timedelta(days=1)
        for (code, currency), minor in sorted(totals.by_account.items()):
            file.write(_balance(end, code, minor, currency))
    return totals.row_count


def _counted(rows: Iterable[Row], totals: Totals) -> Iterator[Row]:
    for row in rows:
        totals.add(row)
        yield row


def _accounts(accounts: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield 'option "title" "Longtail custody ledger"\n\n'
    seen: set[str] = set()
    for code, currency in accounts:
        if currency not in seen:
            seen.add(currency)
            yield f"{OPENED} commodity {currency}\n  decimals: {decimals(currency)}\n"
        yield f"{OPENED} open {account_name(code)} {currency}\n  code: {_quoted(code)}\n"


def _journal(rows: list[Row]) -> Iterator[str]:
    first = rows[0]
    day = _day(first.effective_at)
    moved = [row for row in rows if row.phase not in HOLDING]
    if moved:
        yield f"\n{day} * {_quoted(first.kind)}\n{_said(first)}"
    for row in moved:
        amount = _amount(row.amount_minor, row.currency)
        resolves = f"\n    resolves: {row.resolves_id}" if row.resolves_id else ""
        yield (
            f"  {account_name(row.debit_account)}  {amount}\n"
            f"    transfer: {row.transfer_id}{resolves}\n"
            f"  {account_name(row.credit_account)}  -{amount}\n"
        )
    for row in rows:
        if row.phase in HOLDING:
            yield _hold(day, row)


def _hold(day: date, row: Row) -> str:
    resolves = f"  resolves: {row.resolves_id}\n" if row.resolves_id else ""
    return (
        f'\n{day} custom "longtail-{row.phase.lower()}" {account_name(row.debit_account)} '
        f"{account_name(row.credit_account)} {_amount(row.amount_minor, row.currency)}\n"
        f"{_said(row)}  transfer: {row.transfer_id}\n{resolves}"
    )


def _said(row: Row) -> str:
    return (
        f"  key: {_quoted(row.key)}\n  journal: {row.journal_id}\n"
        f'  effective: "{row.effective_at.isoformat()}"\n'
        f'  recorded: "{row.recorded_at.isoformat()}"\n'
    )


def _assert_close(file: TextIO, close: PeriodClose) -> None:
    file.write(f"\n; Closed to {close.to_date}, digest {close.digest}\n")
    rows = (
        ClosedBalance.objects.filter(close=close)
        .order_by("account__code")
        .values_list(
            "account__code", "account__currency", "debits_posted", "credits_posted"
        )
    )
    day = _day(close.closed_before_at)
    for code, currency, debits, credits in rows.iterator():
        file.write(_balance(day, code, debits - credits, currency))


def _balance(day: date, code: str, minor: int, currency: str) -> str:
    figure, _, unit = _amount(minor, currency).partition(" ")
    return f"{day} balance {account_name(code)}  {figure} ~ 0 {unit}\n"


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).decimal:f} {currency}"


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
