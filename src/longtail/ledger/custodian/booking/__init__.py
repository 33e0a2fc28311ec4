"""Entries of the custodian's on their way into the ledger: each once, in any order.

A credit goes to the account whose reference was quoted, else to suspense. A payment of
ours that came back goes to the account it was paid from. A debit must be an instruction
of ours that is under way, to the minor unit, or take a booked credit back to its payer;
any other is left out, to stand as a break until a person has looked at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from longtail.ledger import chart, periods, posting
from longtail.ledger.custodian import models, rules
from longtail.ledger.custodian.booking import takebacks
from longtail.ledger.custodian.messages.contents import CashLine, Direction
from longtail.ledger.custodian.models import CashEntry, Instruction, Message
from longtail.ledger.custodian.rules import Step
from longtail.values.money import Money

RETURNS = ("pay-return", "pay-in-returned")


@dataclass(slots=True)
class _Booking:
    """What is about to be booked."""

    journals: list[posting.Entry] = field(default_factory=list)
    rows: list[CashEntry] = field(default_factory=list)
    moved: dict[int, Instruction] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    open_from: datetime = field(default_factory=periods.open_from)


def taken(references: Iterable[str]) -> dict[str, CashLine]:
    """Return, as we booked them, those of these entries that are booked."""
    rows = CashEntry.objects.filter(entry_reference__in=list(references))
    return {entry.entry_reference: line_of(entry) for entry in rows}


def line_of(entry: CashEntry) -> CashLine:
    """Return a booked entry in the words of the messages."""
    return CashLine(
        entry_reference=entry.entry_reference,
        direction=Direction(entry.direction),
        amount=Money(entry.amount_minor, entry.currency),
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        end_to_end_id=entry.end_to_end_id,
        counterparty=entry.counterparty,
        reference=entry.reference,
        payer_account=entry.payer_account,
        payer_bic=entry.payer_bic,
        return_reason=entry.return_reason,
    )


def book(lines: Sequence[CashLine], *, message: Message, at: datetime) -> int:
    """Book the entries that are not booked yet, and settle what they pay.

    The caller holds the channel's lock.

    Args:
        lines: Entries as the bank told them.
        message: The message that told them.
        at: When they are taken in.

    Returns:
        How many were booked.
    """
    known = taken(line.entry_reference for line in lines)
    fresh = [line for line in lines if line.entry_reference not in known]
    if not fresh:
        return 0
    posting.open_accounts(
        [
            open_as(currency)
            for currency in sorted({line.amount.currency for line in fresh})
            for open_as in (chart.custodian_cash, chart.suspense)
        ]
    )
    booking = _Booking()
    instructions = _instructions(fresh)
    is_return = {x.entry_reference for x in fresh if _returned(x, instructions)}
    _plan_debits(
        [x for x in fresh if x.direction is Direction.DEBIT], instructions, booking
    )
    _plan_returns(
        [x for x in fresh if x.entry_reference in is_return], instructions, booking
    )
    _plan_credits(
        [
            x
            for x in fresh
            if x.direction is Direction.CREDIT and x.entry_reference not in is_return
        ],
        booking,
    )
    _plan_takebacks(fresh, booking)
    _write(booking, message=message, at=at)
    return len(booking.rows) + _note_takebacks(fresh, booking, message)


def _instructions(lines: list[CashLine]) -> dict[str, Instruction]:
    """Return, under lock, the instructions that entries say they pay or return."""
    codes = {x.end_to_end_id for x in lines if x.direction is Direction.DEBIT}
    codes |= {x.end_to_end_id for x in lines if x.return_reason}
    rows = Instruction.objects.select_for_update(no_key=True)
    return {i.code: i for i in rows.filter(code__in=codes - {""}).order_by("id")}


def _plan_debits(
    lines: list[CashLine], instructions: dict[str, Instruction], booking: _Booking
) -> None:
    for line in lines:
        found = instructions.get(line.end_to_end_id)
        asked = found and (found.amount_minor, found.currency)
        is_open = found is not None and rules.can(found.state, Step.SETTLE)
        if not is_open or asked != (line.amount.minor, line.amount.currency):
            booking.left_out.append(line.entry_reference)
            continue
        found.state = rules.after(found.state, Step.SETTLE)
        booking.moved[found.pk] = found
        take = posting.Resolve(found.hold_id, post=True)
        _plan(line, found.account_code, take, booking, kind="pay-out")


def _plan_takebacks(lines: list[CashLine], booking: _Booking) -> None:
    """Take back the credits whose money is still free where it went."""
    left_out = [x for x in lines if x.entry_reference in set(booking.left_out)]
    found = takebacks.originals(left_out)
    entries = [e for e in found.values() if not takebacks.is_covered_later(e)]
    free = takebacks.free(entries)
    for line in left_out:
        entry = found.get(line.entry_reference)
        if entry is None or entry.pk not in free:
            continue
        cash = chart.custodian_cash(entry.currency).code
        move = posting.Move(debit=entry.account_id, credit=cash, amount=line.amount)
        _plan(line, entry.account_id, move, booking, kind="pay-in-returned")
        booking.rows[-1].takes_back = entry
        booking.left_out.remove(line.entry_reference)


def _note_takebacks(lines: list[CashLine], booking: _Booking, message: Message) -> int:
    """Note the repayments taken back, those of this very message too; none is moved."""
    left_out = [x for x in lines if x.entry_reference in set(booking.left_out)]
    found, rows = takebacks.originals(left_out), []
    for line in left_out:
        entry = found.get(line.entry_reference)
        if entry and takebacks.is_covered_later(entry):
            row = _row(line, entry.account_id, kind="pay-in-returned")
            row.takes_back, row.message = entry, message
            rows.append(row)
            booking.left_out.remove(line.entry_reference)
    CashEntry.objects.bulk_create(rows)
    _note_left_out(booking, message)
    return len(rows)


def _note_left_out(booking: _Booking, message: Message) -> None:
    if booking.left_out:
        message.reason = f"Not booked: {', '.join(booking.left_out)}"[:500]
        message.save(update_fields=["reason"])


def _returned(line: CashLine, instructions: dict[str, Instruction]) -> bool:
    """Whether an entry is a payment of ours that came back, and the first to say so."""
    found = instructions.get(line.end_to_end_id)
    return (
        bool(line.return_reason)
        and line.direction is Direction.CREDIT
        and found is not None
        # Settled in this very batch or before, or settling still to come.
        and rules.can(found.state, Step.RETURN)
        and line.amount.currency == found.currency
        and line.amount.minor <= found.amount_minor
    )


def _plan_returns(
    lines: list[CashLine], instructions: dict[str, Instruction], booking: _Booking
) -> None:
    for line in lines:
        found = instructions[line.end_to_end_id]
        if not rules.can(found.state, Step.RETURN):
            _plan_credits([line], booking)
            continue
        found.state = rules.after(found.state, Step.RETURN)
        kept = found.amount_minor - line.amount.minor
        less = f" {Money(kept, found.currency)} was kept by banks." if kept else ""
        found.reason = f"{line.return_reason}.{less}"[: rules.REASON_LENGTH]
        booking.moved[found.pk] = found
        _credit(line, found.account_code, booking, kind="pay-return")


def _plan_credits(lines: list[CashLine], booking: _Booking) -> None:
    quoted = [rules.normal_reference(line.reference) for line in lines]
    accounts = dict(
        models.PaymentReference.objects.filter(reference__in=quoted).values_list(
            "reference", "account_id"
        )
    )
    for line, reference in zip(lines, quoted, strict=True):
        currency = line.amount.currency
        account = accounts.get(reference, "")
        # A reference reaches its account in that account's currency only.
        if not account.endswith(f":{currency}"):
            account = chart.suspense(currency).code
        _credit(line, account, booking, kind="pay-in")


def _credit(line: CashLine, account_code: str, booking: _Booking, *, kind: str) -> None:
    cash = chart.custodian_cash(line.amount.currency).code
    move = posting.Move(debit=cash, credit=account_code, amount=line.amount)
    _plan(line, account_code, move, booking, kind=kind)


def _plan(
    line: CashLine,
    account_code: str,
    move: posting.Move | posting.Resolve,
    booking: _Booking,
    *,
    kind: str,
) -> None:
    entry = posting.Entry(
        key=f"custodian:{line.entry_reference}",
        kind=kind,
        # A late item counts from the first open moment; its row keeps the value date.
        effective_at=max(
            datetime.combine(line.value_date, time.min, UTC), booking.open_from
        ),
        moves=(move,),
    )
    booking.journals.append(entry)
    booking.rows.append(_row(line, account_code, kind=kind))


def _row(line: CashLine, account_code: str, *, kind: str) -> CashEntry:
    return CashEntry(
        entry_reference=line.entry_reference,
        direction=line.direction,
        currency=line.amount.currency,
        amount_minor=line.amount.minor,
        booking_date=line.booking_date,
        value_date=line.value_date,
        end_to_end_id=line.end_to_end_id,
        counterparty=line.counterparty,
        reference=line.reference,
        payer_account=line.payer_account,
        payer_bic=line.payer_bic,
        return_reason=line.return_reason if kind in RETURNS else "",
        account_id=account_code,
    )


def _write(booking: _Booking, *, message: Message, at: datetime) -> None:
    posted = posting.post_many(booking.journals)
    for row, ids in zip(booking.rows, posted, strict=True):
        row.message, row.transfer_id = message, ids[0]
    CashEntry.objects.bulk_create(booking.rows)
    for instruction in booking.moved.values():
        instruction.ended_at = at
    Instruction.objects.bulk_update(
        booking.moved.values(), ["state", "reason", "ended_at"], batch_size=500
    )
