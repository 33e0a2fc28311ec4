"""What is noted is sealed once, in order, and whatever is sealed verifies."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import connection, transaction
from joserfc.jwk import OKPKey

from longtail.kernels import merkle
from longtail.ledger import posting
from longtail.ledger.log import attaching, chain, heads, queries, services, verifying
from tests.ledger.books import ANN, BO, deposit, open_books, pay

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = OKPKey.generate_key("Ed25519")


def run(statement, params=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else None


def seal():
    return services.seal(at=AT, key=KEY)


def findings(*outside):
    tally = verifying.Tally()
    with verifying.snapshot():
        return list(verifying.findings(keys=[KEY], outside=outside, tally=tally))


def leaves():
    return [bytes(row[0]) for row in run("select hash from ledger_log_leaf order by seq")]


@pytest.mark.django_db
def test_everything_is_sealed_once_in_the_order_it_was_written():
    open_books()
    posting.post(deposit(ANN, 1_000))
    posting.post(pay(ANN, BO, 400))
    sealed = seal()
    assert sealed.entry_count == sealed.size == queries.size() > 0
    assert seal() == services.Sealed(0, sealed.size)
    posting.post(pay(ANN, BO, 1))
    assert seal() == services.Sealed(1, sealed.size + 1)
    rows = run(
        "select seq, entry_id, t.table_name from ledger_log_leaf l"
        " join ledger_log_topic t on t.id = l.topic_id order by seq"
    )
    assert [row[0] for row in rows] == list(range(sealed.size + 1))
    batches = [entry for _, entry, table in rows if table == "ledger_batch"]
    assert batches == sorted(batches)
    assert len(batches) == 3
    assert findings() == []


@pytest.mark.django_db
def test_chain_and_root_are_those_that_anybody_would_compute():
    open_books()
    seal()
    posting.post(deposit(ANN, 1_000))
    seal()
    rows = run(
        "select l.seq, l.topic_id, l.entry_id, coalesce(e.xid, b.xid)::text::bigint,"
        " coalesce(e.digest, b.digest) from ledger_log_leaf l"
        " left join ledger_log_entry e on e.id = l.entry_id and e.topic_id = l.topic_id"
        " left join ledger_batch b on b.id = l.entry_id and e.id is null order by 1"
    )
    link, hashes = bytes(32), []
    for seq, topic, entry, xid, digest in rows:
        content = b"".join(
            number.to_bytes(width, "big")
            for number, width in ((seq, 8), (topic, 4), (entry, 8), (xid, 8))
        )
        hashes.append(sha256(b"\0" + content + bytes(digest)).digest())
        link = sha256(link + hashes[-1]).digest()
    head = heads.read(queries.newest_head(), keys=[KEY])
    assert (head.size, head.root, head.chain) == (len(rows), merkle.root(hashes), link)


@pytest.mark.django_db
def test_a_row_is_digested_as_its_documentation_says():
    run("""set local timezone = 'Asia/Shanghai'""")
    open_books()
    entry = run(
        "select row_ids, row_digests, digest from ledger_log_entry e join"
        " ledger_log_topic t on t.id = e.topic_id"
        " where table_name = 'ledger_account' order by e.id desc limit 1"
    )[0]
    texts = [
        f'ledger_account {{"id":{i},"code":"{code}","currency":"USD","limit":"{limit}"}}'
        for i, code, limit in run(
            'select id, code, "limit" from ledger_account order by id'
        )
    ]
    digests = [sha256(text.encode()).digest() for text in texts]
    assert [bytes(digest) for digest in entry[1]] == digests
    assert bytes(entry[2]) == chain.entry_digest(entry[0], digests)


@pytest.mark.django_db
def test_a_consistency_proof_leads_from_every_size_to_the_newest():
    open_books()
    for minor in range(300):
        posting.post(deposit(ANN, minor + 1))
    seal()
    every = leaves()
    assert run("select count(*) from ledger_log_subtree")[0][0] == len(every) // 256
    for first in (*range(0, len(every), 37), 255, 256, 257, len(every)):
        assert merkle.is_consistent(
            first=first,
            second=len(every),
            first_root=merkle.root(every[:first]),
            second_root=merkle.root(every),
            proof=queries.consistency_proof(first=first, second=len(every)),
        )
    with pytest.raises(queries.NoSuchSize, match="There is no proof"):
        queries.consistency_proof(first=0, second=len(every) + 1)


@pytest.mark.django_db
def test_an_update_that_changes_nothing_is_not_noted():
    before = run("select count(*) from ledger_log_entry")
    run("insert into servicing_processingdate values (1, '2026-01-05', now())")
    run("update servicing_processingdate set date = date")
    assert run("select count(*) from ledger_log_entry")[0][0] == before[0][0] + 1
    run("update servicing_processingdate set date = date + 1")
    assert run("select count(*) from ledger_log_entry")[0][0] == before[0][0] + 2
    seal()
    assert findings() == []


@pytest.mark.django_db
def test_a_table_attached_anew_covers_its_new_column_and_still_its_old_rows():
    open_books()
    connection.check_constraints()
    run("alter table ledger_account add column note text not null default 'old'")
    run("alter table ledger_account disable trigger account_terms_fixed")
    run("update ledger_account set note = 'other' where code = %s", [ANN])
    assert findings() == []
    with connection.cursor() as cursor:
        totals = ["debits_pending", "debits_posted", "credits_pending", "credits_posted"]
        attaching.attach(cursor, "ledger_account", is_final=True, without=totals)
    posting.open_account(deposit_account("DEE"))
    seal()
    assert findings() == []
    for column in ("note", "code"):
        with transaction.atomic():
            run(f"update ledger_account set {column} = 'new' where code = %s", [ANN])
            assert {found.table for found in findings()} == {"ledger_account"}
            transaction.set_rollback(True)


def deposit_account(name):
    from longtail.ledger import chart

    return chart.wallet(name, "USD")


@pytest.mark.django_db
def test_a_table_that_is_gone_is_named():
    run("alter table market_push rename to elsewhere")
    assert [str(found) for found in findings()] == [
        "market_push: the table or one of its columns is gone."
    ]


@pytest.mark.django_db
def test_after_a_restore_into_a_younger_database_everything_is_looked_through_again():
    open_books()
    seal()
    run("set local session_replication_role = replica")
    run("update ledger_log_head set horizon = '9000000000'")
    run("set local session_replication_role = origin")
    posting.post(deposit(ANN, 5))
    assert seal().entry_count == 1
    assert run(
        "select horizon::text::bigint < 9000000000 from ledger_log_head"
        " order by size desc limit 1"
    )[0][0]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_open_for_long_neither_waits_nor_is_forgotten():
    open_books()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        posting.post(deposit(ANN, 1_000))
        # Another connection seals what is committed, and not this deposit.
        first = pool.submit(_in_thread, seal).result()
        pool.submit(_in_thread, posting.open_account, deposit_account("EVE")).result()
        second = pool.submit(_in_thread, seal).result()
    third = seal()
    assert first.size > 0
    assert (second.entry_count, third.entry_count) == (1, 1)
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_sealers_at_the_same_time_take_turns():
    open_books()
    for minor in range(20):
        posting.post(deposit(ANN, minor + 1))
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(_in_thread, seal) for _ in range(8)]
        counts = [future.result().entry_count for future in done]
    assert sum(counts) == max(counts) == queries.size()
    assert findings() == []


def _in_thread(function, *arguments):
    try:
        return function(*arguments)
    finally:
        connection.close()


@pytest.mark.django_db
def test_nothing_is_handed_out_before_anything_is_sealed():
    with pytest.raises(queries.NothingSealed, match="no head to hand out"):
        queries.newest_head()
    assert queries.size() == 0


@pytest.mark.django_db
def test_an_outside_head_of_another_history_is_told_from_ours():
    open_books()
    seal()
    head = heads.read(queries.newest_head(), keys=[KEY])
    assert findings(head) == []
    other = replace(head, root=bytes(32))
    longer = replace(head, size=head.size + 9)
    assert len(findings(other)) == len(findings(longer)) == 1
