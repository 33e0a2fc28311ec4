"""Attempts to rewrite the history of money, straight at the database."""

import pytest
from django.db import IntegrityError, connection, transaction

from longtail.ledger import models, posting, queries
from longtail.ledger.custodian.reconcile import reconcile
from tests.ledger.books import ANN, BO, deposit, open_books, pay
from tests.ledger.custodian import desk

pytestmark = pytest.mark.django_db
HISTORY = [
    "ledger_journal",
    "ledger_transfer",
    "custodian_cashentry",
    "custodian_statement",
    "custodian_reconciliation",
    "custodian_break",
]
KEPT = ["ledger_account", "custodian_message", "custodian_instruction"]


@pytest.fixture(autouse=True)
def _history(db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 1_000))
    posting.post(pay(ANN, BO, 400))
    desk.fund(1_000)
    desk.release()
    reconcile(on=desk.TODAY, currency="USD", at=desk.NOW)


def snapshot():
    rows = []
    with connection.cursor() as cursor:
        for table in HISTORY + KEPT:
            cursor.execute(f"select * from {table} order by id")
            rows.append(cursor.fetchall())
    return rows


def refused(statement):
    before = snapshot()
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert snapshot() == before


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("attack", ["update {} set id = id", "delete from {}"])
def test_history_is_neither_changed_nor_removed(table, attack):
    refused(attack.format(table))


@pytest.mark.parametrize("table", HISTORY + KEPT)
def test_history_is_not_truncated(table):
    # Deferred checks first, or PostgreSQL refuses for their sake.
    connection.check_constraints()
    refused(f"truncate {table} cascade")


@pytest.mark.parametrize("table", KEPT)
def test_what_history_refers_to_is_not_removed(table):
    refused(f"delete from {table}")


@pytest.mark.parametrize(
    "change",
    [
        "code = 'wallet:MALLORY:USD'",
        "currency = 'EUR'",
        "\"limit\" = 'NONE'",
        "id = id + 1",
    ],
)
def test_the_terms_of_an_account_are_fixed(change):
    refused(f"update ledger_account set {change} where code = '{ANN}'")


@pytest.mark.parametrize(
    "change", ["body = 'x'", "digest = 'x'", "way = 'out'", "message_id = 'x'"]
)
def test_a_message_stays_as_it_was_received(change):
    refused(f"update custodian_message set {change}")


def test_a_balance_edited_in_place_is_found_by_the_replay():
    models.Account.objects.filter(code=BO).update(credits_posted=500)
    assert [line for line in queries.is_sound() if "The wallet of BO" in line]


def test_a_transfer_slipped_in_behind_the_ledger_is_found_by_the_replay():
    with connection.cursor() as cursor:
        # Or the totals would move with it, and only the batch's digest would tell.
        cursor.execute("set local session_replication_role = replica")
    first = models.Transfer.objects.order_by("id")[0]
    models.Transfer.objects.create(
        journal=first.journal,
        phase="SINGLE",
        debit_account_id=first.debit_account_id,
        credit_account_id=first.credit_account_id,
        amount_minor=1,
        currency="USD",
    )
    assert len(queries.is_sound()) == 2
