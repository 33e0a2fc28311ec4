"""T4 and R3: however messages come, again, late and in any order, the books are the same.

``LONGTAIL_DELIVERIES`` delivers more than the short form's, such as 10,000.
"""

import os
from dataclasses import replace
from random import Random

import pytest
from django.db import connection, transaction

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import chain, courier, intake, queries
from longtail.ledger.custodian.messages import cash
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
    Notification,
    StatementMessage,
)
from longtail.ledger.custodian.models import CashEntry, Instruction, Message, Statement
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox import statements
from longtail.values.money import Money
from tests.ledger.custodian.desk import (
    NOW,
    TODAY,
    USD,
    balance,
    by_bank,
    days,
    fund,
    open_wallet,
    pay_in,
    release,
)

pytestmark = pytest.mark.django_db
DELIVERIES = int(os.environ.get("LONGTAIL_DELIVERIES", "400"))
SHUFFLES = int(os.environ.get("LONGTAIL_SHUFFLES", "30"))


class Undo(Exception):
    """Takes back everything that was taken in."""


def books():
    """Return the ledger and all that hangs on it, without ids that depend on the order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select j.key, j.kind, j.effective_at, t.phase, d.code, c.code,
              t.amount_minor, t.currency
            from ledger_transfer t join ledger_journal j on j.id = t.journal_id
            join ledger_account d on d.id = t.debit_account_id
            join ledger_account c on c.id = t.credit_account_id order by 1, 4, 5, 7"""
        )
        transfers = cursor.fetchall()
    entries = CashEntry.objects.order_by("entry_reference").values_list(
        "entry_reference", "direction", "amount_minor", "account_id", "end_to_end_id"
    )
    states = Instruction.objects.order_by("code").values_list("code", "state", "reason")
    chained = Statement.objects.order_by("number").values_list("number", "closing_minor")
    return transfers, list(entries), list(states), list(chained), ledger.balances()


def after(letters):
    """Return the books after taking letters in, and put everything back."""
    found = None
    try:
        with transaction.atomic():
            for letter in letters:
                intake.take_in(letter, at=NOW)
            assert ledger.is_sound() == []
            found = books()
            raise Undo
    except Undo:
        return found


def letters(n_receipts, n_payments):
    """Return what the bank has to say of receipts, payments and payments that come back."""
    fund(1_000_000)
    for n in range(n_payments):
        release(100 + n, key=f"pay:{n}")
    courier._write_order(at=NOW)
    courier._deliver(at=NOW)
    for n in range(n_receipts):
        pay_in(10 + n, reference="nobody's" if n % 7 == 0 else None)
    for n, found in enumerate(Instruction.objects.order_by("id")):
        if n % 3 == 0:
            bank.return_payment(end_to_end_id=found.code, reason="AC04 Closed", at=NOW)
    collected = []
    while waiting := bank.collect(at=NOW):
        collected += waiting
        for letter in waiting:
            bank.confirm(letter.body, at=NOW)
    return collected


def test_shuffled_deliveries_with_repetitions_leave_the_books_of_in_order_once():
    n = DELIVERIES * 7 // 10
    once = letters(n - 20, 9)
    again = Random(11).choices(once, k=DELIVERIES - len(once))
    shuffled = [*once, *again]
    assert len(again) / len(shuffled) >= 0.25
    Random(12).shuffle(shuffled)
    assert after(shuffled) == after(once)


def test_every_shuffle_of_a_small_history_ends_the_same():
    found = letters(2, 3)
    days_of = [bank.statement(on=TODAY, currency=USD)]
    pay_in(33, at=days(1))
    days_of.append(bank.statement(on=days(1).date(), currency=USD))
    pay_in(44, at=days(2))
    days_of.append(bank.statement(on=days(2).date(), currency=USD))
    everything = [*found, *bank.collect(at=days(3)), *(x for y in days_of for x in y)]
    expected = after(everything)
    random = Random(13)
    for _ in range(SHUFFLES):
        shuffled = [*everything, *random.choices(everything, k=3)]
        random.shuffle(shuffled)
        assert after(shuffled) == expected


def test_statements_alone_say_everything():
    found = letters(5, 4)
    statement = bank.statement(on=TODAY, currency=USD)
    answers = [x for x in found if b"pain.002" in x.body]
    assert after([*answers, *statement])[0] == after([*found, *statement])[0]


def test_a_gap_is_reported_within_one_cycle_and_healed_by_the_late_statement(monkeypatch):
    fund(1_000)
    reconcile(on=TODAY, currency=USD, at=NOW)
    pay_in(50, at=days(1))
    bank.collect(at=days(1))
    (late,) = bank.statement(on=days(1).date(), currency=USD)

    def nothing(**_):
        raise bank.StatementUnavailable("It is on its way.")

    monkeypatch.setattr(bank, "statement_numbered", nothing)
    found = reconcile(on=days(2).date(), currency=USD, at=days(2))
    assert chain.missing_numbers(USD) == [2]
    kinds = {x.kind: x for x in found.breaks.all()}
    assert kinds["sequence"].entry_reference == "statement 2"
    intake.take_in(late, at=days(3))
    assert balance().posted_minor == 1_050
    healed = reconcile(on=days(3).date(), currency=USD, at=days(3))
    assert healed.is_balanced, list(healed.breaks.values())
    assert not queries.break_cases(on=days(3).date())[0].is_found


def test_a_missing_statement_is_asked_for_again():
    fund(1_000)
    reconcile(on=TODAY, currency=USD, at=NOW)
    pay_in(50, at=days(1))
    bank.set_faults(lose=1000)
    bank.statement(on=days(1).date(), currency=USD)
    found = reconcile(on=days(2).date(), currency=USD, at=days(2))
    assert found.is_balanced
    assert list(Statement.objects.order_by("number").values_list("number", flat=True)) == [
        1,
        2,
        3,
    ]
    with pytest.raises(bank.StatementUnavailable):
        bank.statement_numbered(number=9, currency=USD)


def page(number, lines, *, opening, at=1, is_last=True, name=None):
    return StatementMessage(
        message_id=name or f"S{number}-{at}",
        created_at=NOW,
        account="TRUST-USD",
        currency=USD,
        number=number,
        from_date=TODAY,
        to_date=TODAY,
        opening_minor=opening,
        closing_minor=opening + sum(x.signed_minor for x in lines),
        lines=tuple(lines),
        page=at,
        is_last_page=is_last,
    )


def credit(n, **changes):
    known = {
        "entry_reference": f"E{n}",
        "direction": Direction.CREDIT,
        "amount": Money(100 + n, USD),
        "booking_date": TODAY,
        "value_date": TODAY,
        "counterparty": "Ann Ltd",
        "reference": open_wallet(),
    }
    return CashLine(**known | changes)


def take(content):
    return intake.take_in(by_bank(cash.write_statement(content)), at=NOW)


def test_a_statement_in_pages_counts_when_all_are_there_in_any_order():
    lines = [credit(n) for n in range(6)]
    total, pages, opening = sum(x.signed_minor for x in lines), [], 0
    for at in (1, 2, 3):
        found = lines[2 * at - 2 : 2 * at]
        pages.append(page(1, found, opening=opening, at=at, is_last=at == 3))
        opening = pages[-1].closing_minor
    take(pages[1])
    take(pages[2])
    assert not Statement.objects.exists()
    assert chain.missing_numbers(USD) == [1]
    assert take(pages[0]).booked == 6
    assert (balance().posted_minor, Statement.objects.get().closing_minor) == (total, total)
    assert chain.missing_numbers(USD) == []
    assert chain.lines_of(Statement.objects.get()) == lines


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"opening_minor": 5, "closing_minor": 106}, "does not open where page 1 closed"),
        ({"page": 1, "is_last_page": True}, "before with other contents"),
        ({"page": 3, "is_last_page": True, "to_date": days(1).date()}, "different days"),
        ({"account": "TRUST-EUR"}, "is not the account"),
    ],
)
def test_pages_that_do_not_go_on_are_refused(change, reason):
    take(page(1, [credit(0)], opening=0, is_last=False))
    other = page(1, [credit(1)], opening=100, at=2)
    changed = replace(other, **change)
    if change.get("page") == 1:
        changed = replace(page(1, [credit(1)], opening=0), message_id="OTHER")
    with pytest.raises(MessageRefused, match=reason):
        take(changed)
    assert Message.objects.filter(way="in").count() == 1


def test_a_page_after_the_last_is_refused():
    take(page(1, [credit(0)], opening=0))
    with pytest.raises(MessageRefused, match="after its last"):
        take(page(1, [credit(1)], opening=100, at=2))


def test_the_bank_issues_long_statements_in_pages(monkeypatch):
    monkeypatch.setattr(statements, "PAGE_LINES", 3)
    fund(1_000)
    for n in range(7):
        pay_in(n + 1)
    assert len(bank.statement(on=TODAY, currency=USD)) == 3
    assert reconcile(on=TODAY, currency=USD, at=NOW).is_balanced
    assert balance().posted_minor == 1_028


def test_a_collective_entry_is_booked_part_by_part_once():
    batch = [credit(n, batch="BATCH-1") for n in range(3)]
    notified = replace(batch[1], batch="")
    whole = [*batch, credit(9)]
    first = cash.write_notification(
        Notification(
            message_id="N1", created_at=NOW, account="TRUST-USD", lines=(notified,)
        )
    )
    intake.take_in(by_bank(first), at=NOW)
    assert take(page(1, whole, opening=0)).booked == 3
    assert balance().posted_minor == sum(x.amount.minor for x in whole)
    assert chain.lines_of(Statement.objects.get()) == whole


def test_a_collective_entry_that_does_not_add_up_is_refused():
    xml = cash.write_statement(page(1, [credit(n, batch="B") for n in range(2)], opening=0))
    wrong = xml.replace(b'<Amt Ccy="USD">1.01</Amt>', b'<Amt Ccy="USD">1.02</Amt>')
    assert wrong != xml
    with pytest.raises(MessageRefused, match="do not add up"):
        intake.take_in(by_bank(wrong), at=NOW)
    assert not CashEntry.objects.exists()
