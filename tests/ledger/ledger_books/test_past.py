"""Balances and statements of the past are what replaying the postings gives."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.ledger import posting
from longtail.ledger import queries as ledger
from longtail.ledger.books import closing, movements, queries, statements, trial
from longtail.ledger.entries import UnknownAccount
from tests.ledger.books import ANN, BANK, BO, WALLETS, deposit, open_books, pay
from tests.ledger.ledger_books.scripts import (
    DAYS,
    day,
    days,
    histories,
    moment,
    new_history,
)

ACCOUNTS = (BANK, *WALLETS)
slowly = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def seen(totals):
    held, debits, _, credits = totals
    return (credits - debits, held)


def shown(balance):
    return (balance.posted_minor, balance.held_minor)


def assert_past(history):
    """Compare every account on every day, and the lines between, with the lists."""
    for account in ACCOUNTS:
        for n in range(-1, DAYS):
            expected = seen(history.totals(account, on=n))
            assert shown(queries.balance_as_of(account, on=day(n))) == expected
        now = queries.balance_as_of(account)
        assert now == ledger.balance(account)


def assert_statement(history, account, first, last):
    found = statements.statement(account, from_date=day(first), to_date=day(last))
    lines = list(found)
    opening = seen(history.totals(account, on=first - 1))
    assert (found.opening_minor, found.opening_held_minor) == opening
    closing_balance = seen(history.totals(account, on=last))
    assert (found.closing_minor, found.closing_held_minor) == closing_balance
    balance, held = opening
    for line in lines:
        balance += line.change_minor
        held += line.held_change_minor
        assert (line.balance_minor, line.held_minor) == (balance, held)
        assert day(first) <= line.effective_at.date() <= day(last)
    assert (balance, held) == closing_balance
    assert len(lines) == len(found)
    assert lines == sorted(lines, key=lambda x: (x.effective_at, x.id))
    parts = [line for i in range(0, len(found), 3) for line in found[i : i + 3]]
    assert parts == lines


class TestThePast(TestCase):
    @slowly
    @given(histories)
    def test_a_balance_by_value_is_what_counted_by_then(self, commands):
        history = new_history()
        history.play(commands)
        assert_past(history)

    @slowly
    @given(histories, days, days)
    def test_a_statement_adds_up(self, commands, a, b):
        history = new_history()
        history.play(commands)
        for account in (BANK, ANN):
            assert_statement(history, account, min(a, b), max(a, b))

    @slowly
    @given(histories, histories, st.lists(days, min_size=1, max_size=3, unique=True))
    def test_a_close_changes_no_figure_of_the_past(self, before, after, closes):
        """What is closed is a shorter way to the same balances, whatever comes later."""
        history = new_history()
        history.play(before)
        for n in sorted(closes):
            closing.close_period(
                to_date=day(n), by="ann", seconded_by="bo", at=moment(DAYS)
            )
            history.play([(max(n + 1, on), command) for on, command in after])
            assert_past(history)
        assert_statement(history, ANN, 0, DAYS - 1)
        assert_statement(history, BANK, closes[0], DAYS - 1)
        assert closing.closing_differences() == []

    @slowly
    @given(histories, days)
    def test_a_trial_balance_balances_and_names_every_account(self, commands, n):
        history = new_history()
        history.play(commands)
        lines = {line.account_code: line for line in trial.trial_balance(on=day(n))}
        for account in ACCOUNTS:
            totals = history.totals(account, on=n)
            assert lines.get(account) is not None or totals == (0, 0, 0, 0)
            if account in lines:
                assert lines[account].totals == totals
        debits = sum(line.debits_minor for line in lines.values())
        assert debits == sum(line.credits_minor for line in lines.values())
        for total in trial.kind_totals(lines.values()):
            if not total.kind:
                assert total.debits_minor == total.credits_minor == debits


@pytest.mark.django_db(transaction=True)
def test_a_balance_by_knowledge_is_what_the_ledger_showed_then():
    history, looks = new_history(), []
    for step, (on, command) in enumerate(
        [
            (5, ("deposit", ANN, 500)),
            (2, ("deposit", ANN, 300)),
            (6, ("hold", ANN, BO, 200)),
            (3, ("withdraw", ANN, 100)),
            (7, ("post part", 0, 150)),
            (0, ("deposit", BO, 40)),
        ]
    ):
        with transaction.atomic():
            history.post(on, command)
        with connection.cursor() as cursor:
            cursor.execute("select clock_timestamp()")
            looks.append((cursor.fetchone()[0], len(history.effects)))
        if step == 3:
            closing.close_period(
                to_date=day(-1), by="ann", seconded_by="bo", at=moment(DAYS)
            )
    assert history.refused == 0
    for at, known in looks:
        for account in ACCOUNTS:
            expected = seen(history.totals(account, known=known))
            assert shown(queries.balance_as_of(account, at=at)) == expected
            for n in range(DAYS):
                expected = seen(history.totals(account, known=known, on=n))
                found = queries.balance_as_of(account, at=at, on=day(n))
                assert shown(found) == expected
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    assert shown(queries.balance_as_of(ANN, at=long_ago)) == (0, 0)


@pytest.mark.django_db
def test_an_account_that_is_not_open_has_no_past():
    with pytest.raises(UnknownAccount):
        queries.balance_as_of("wallet:NOBODY:USD", on=day(0))
    with pytest.raises(UnknownAccount):
        statements.statement("wallet:NOBODY:USD", from_date=day(0), to_date=day(1))
    open_books()
    with pytest.raises(ValueError, match="before it begins"):
        statements.statement(ANN, from_date=day(1), to_date=day(0))


def plan_nodes(node):
    yield node
    for inner in node.get("Plans", ()):
        yield from plan_nodes(inner)


def rows_read(plan, table):
    """Return how many rows of a table a plan touched, those it threw away included."""
    found = [n for n in plan_nodes(plan) if n.get("Relation Name") == table]
    assert "Seq Scan" not in {n["Node Type"] for n in found}, found
    return sum(
        (n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"]
        for n in found
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("account", "is_closed", "most"), [(ANN, False, 60), (BANK, True, 0)]
)
def test_one_account_is_read_by_its_index_and_never_the_whole_ledger(
    account, is_closed, most
):
    """Of 12,060 transfers Ann's sixty are read; after a close, of the bank's none."""
    open_books()
    posting.post_many([deposit(BO, 10) for _ in range(12_000)])
    posting.post_many([deposit(ANN, 10) for _ in range(30)])
    posting.post_many([pay(ANN, BO, 10) for _ in range(30)])
    start = movements.Start(None)
    if is_closed:
        yesterday = (moment(DAYS) - timedelta(days=1)).date()
        start = movements.Start(
            closing.close_period(
                to_date=yesterday, by="ann", seconded_by="bo", at=moment(DAYS)
            )
        )
    asked = start.window() | {"account": ledger.account_ids([account])[account]}
    with connection.cursor() as cursor:
        cursor.execute("analyze ledger_transfer, ledger_journal, ledger_account")
        cursor.execute(
            f"explain (analyze, format json) {movements.OF_ACCOUNT} {movements.SUMS}", asked
        )
        (plan,) = cursor.fetchone()[0]
    assert rows_read(plan["Plan"], "ledger_transfer") == most
    assert rows_read(plan["Plan"], "ledger_journal") <= most
