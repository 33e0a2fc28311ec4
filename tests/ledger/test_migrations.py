"""What was posted before there were batches survives the way there, and the way back."""

import os
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor

from longtail.config import postgres
from longtail.ledger.sealing import SealedJournal, SealedTransfer, batch_digest

ALIAS = "before_batches"
ACCOUNTS = """
insert into ledger_account (code, currency, "limit", debits_pending, debits_posted,
  credits_pending, credits_posted)
values ('a', 'USD', 'NONE', 0, 70, 0, 0),
  ('b', 'USD', 'DEBITS_MUST_NOT_EXCEED_CREDITS', 0, 0, 0, 70)
"""
ROWS = """
insert into ledger_journal (key, kind, digest, effective_at)
  values ('第一', 'test', 'd', '1999-12-31 23:59:59.999999+00'), ('2', 'test', 'd', now());
insert into ledger_transfer (journal_id, phase, debit_account_id, credit_account_id,
    amount_minor, currency, resolves_id)
  select j.id, 'SINGLE', a.id, b.id, 40, 'USD', null::bigint
    from ledger_journal j, ledger_account a, ledger_account b
    where j.key = '第一' and a.code = 'a' and b.code = 'b';
insert into ledger_transfer (journal_id, phase, debit_account_id, credit_account_id,
    amount_minor, currency)
  select journal_id, 'PENDING', debit_account_id, credit_account_id, 50, 'USD'
    from ledger_transfer;
insert into ledger_transfer (journal_id, phase, debit_account_id, credit_account_id,
    amount_minor, currency, resolves_id)
  select j.id, 'POST', debit_account_id, credit_account_id, 30, 'USD', t.id
    from ledger_transfer t, ledger_journal j where t.phase = 'PENDING' and j.key = '2'
"""
POST = """
select ledger_try_one('3', 'test', now(), 'SINGLE', 'a', 'b', 5, 'USD'),
  ledger_try_one('4', 'test', now(), 'SINGLE', 'b', 'a', 76, 'USD')
"""
TOTALS = """
select debits_pending, debits_posted, credits_pending, credits_posted
from ledger_account order by code
"""
JOURNALS = """
select id, key, kind, effective_at, recorded_at from ledger_journal where batch_id = %s
"""
TRANSFERS = """
select id, journal_id, phase, debit_account_id, credit_account_id, amount_minor, currency,
  coalesce(resolves_id, 0)
from ledger_transfer
where journal_id in (select id from ledger_journal where batch_id = %s)
"""


@pytest.fixture
def database(django_db_blocker):
    """An empty database of its own, as a connection of Django's."""
    server = psycopg.connect(postgres.url(), autocommit=True)
    name = f"test_migrations_{os.getpid()}_{uuid4().hex[:8]}"
    server.execute(f'create database "{name}"')
    connections.databases[ALIAS] = connections["default"].settings_dict | {"NAME": name}
    try:
        with django_db_blocker.unblock():
            yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], connections.databases[ALIAS]
        server.execute(f'drop database "{name}" with (force)')
        server.close()


def migrate(database, name):
    MigrationExecutor(database).migrate([("ledger", name)])


def fetched(database, query, *parameters):
    with database.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


def assert_sealed(database):
    batches = fetched(database, "select id, digest, journal_count from ledger_batch")
    for batch, digest, count in batches:
        journals = [SealedJournal(*r) for r in fetched(database, JOURNALS, batch)]
        transfers = [SealedTransfer(*r) for r in fetched(database, TRANSFERS, batch)]
        assert bytes(digest) == batch_digest(journals, transfers)
        assert len(journals) == count
    return len(batches)


def test_a_filled_database_goes_forward_and_back(database):
    migrate(database, "0002_append_only")
    fetched(database, ACCOUNTS)
    fetched(database, ROWS)
    totals = fetched(database, TOTALS)
    migrate(database, "0003_batch")
    assert assert_sealed(database) == 1
    assert fetched(database, "select journal_count, transfer_count from ledger_batch") == [
        (2, 3)
    ]
    migrate(database, "0004_set_path")
    assert fetched(database, TOTALS) == totals
    assert fetched(database, POST)[0][1] is None
    assert fetched(database, TOTALS) == [(0, 75, 0, 0), (0, 0, 0, 75)]
    assert assert_sealed(database) == 2
    migrate(database, "0003_batch")
    assert assert_sealed(database) == 2
    migrate(database, "0002_append_only")
    assert fetched(database, TOTALS) == [(0, 75, 0, 0), (0, 0, 0, 75)]
    assert fetched(database, "select count(*) from ledger_transfer") == [(4,)]
    with pytest.raises(IntegrityError, match="transfer_debit_account_currency"):
        fetched(
            database,
            "insert into ledger_transfer (journal_id, phase, debit_account_id, "
            "credit_account_id, amount_minor, currency) select journal_id, phase, "
            "debit_account_id, credit_account_id, 1, 'EUR' from ledger_transfer limit 1",
        )


def test_an_empty_database_gets_no_batch(database):
    migrate(database, "0004_set_path")
    assert fetched(database, "select count(*) from ledger_batch") == [(0,)]
