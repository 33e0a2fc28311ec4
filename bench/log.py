"""Goal: seal 50,000 entries a second; verify 200,000 logged rows in 1.8 s.

Prints one JSON line last. The rows are written as the rooms write them, one note a row;
sealing numbers, chains and signs them; verification recomputes every row's digest, every
leaf, link, subtree and head. Besides, what a note costs the statement that writes a row.
"""

import json
import time
from datetime import UTC, datetime

import scratch
from joserfc.jwk import OKPKey

ROWS, SINGLE, TURNS = 200_000, 3_000, 3
AT = datetime(2026, 1, 5, tzinfo=UTC)
INSERT = """
insert into ledger_account (code, currency, "limit", debits_pending, debits_posted,
  credits_pending, credits_posted)
select %s || n, 'USD', 'NONE', 0, 0, 0, 0 from generate_series(1, %s) n
"""
# One statement wrote all rows; this is what one statement a row would have noted.
NOTE = """
insert into ledger_log_entry (topic_id, row_ids, row_digests, digest)
select t.id, array[r.id], array[r.digest], sha256(int8send(r.id) || r.digest)
from ledger_log_entry e join ledger_log_topic t on t.id = e.topic_id,
  unnest(e.row_ids, e.row_digests) as r(id, digest)
where t.table_name = 'ledger_account' order by r.id
"""
DROP = """
set session_replication_role = replica;
delete from ledger_log_entry where cardinality(row_ids) > 1000;
set session_replication_role = origin
"""


def seconds_of(function, *arguments):
    """Return how long a call took, and what it returned."""
    started = time.perf_counter()
    found = function(*arguments)
    return time.perf_counter() - started, found


def single_inserts(cursor, name):
    """Insert rows one by one in one transaction; return microseconds a row."""
    from django.db import transaction

    with transaction.atomic():
        started = time.perf_counter()
        for number in range(SINGLE):
            cursor.execute(INSERT, [f"{name}:{number}:", 1])
        return (time.perf_counter() - started) / SINGLE * 1e6


def note_cost(cursor):
    """Return microseconds that noting adds to the insertion of one row."""
    with_note, without = [], []
    for turn in range(TURNS):
        with_note.append(single_inserts(cursor, f"with{turn}"))
        cursor.execute("alter table ledger_account disable trigger log_insert")
        without.append(single_inserts(cursor, f"without{turn}"))
        cursor.execute("alter table ledger_account enable trigger log_insert")
        cursor.execute("set session_replication_role = replica")
        cursor.execute("delete from ledger_account where code like 'without%'")
        cursor.execute("set session_replication_role = origin")
    return min(with_note) - min(without), min(without)


def main():
    """Print the result."""
    with scratch.database():
        from django.db import connection

        from longtail.ledger.log import services, verifying

        key = OKPKey.generate_key("Ed25519")
        with connection.cursor() as cursor:
            cursor.execute(INSERT, ["row:", ROWS])
            cursor.execute(NOTE)
            cursor.execute(DROP)
            cursor.execute("vacuum analyze")
        cpu = time.process_time()
        sealing, sealed = seconds_of(lambda: services.seal(at=AT, key=key))
        cpu = time.process_time() - cpu
        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")

        def verify():
            with verifying.snapshot():
                return list(verifying.findings(keys=[key], tally=verifying.Tally()))

        times, findings = [], []
        for _ in range(TURNS):
            took, found = seconds_of(verify)
            times.append(took)
            findings += found
        assert findings == [], findings[:3]
        with connection.cursor() as cursor:
            cost, plain = note_cost(cursor)
    result = {
        "goal": "log",
        "ours": round(sealed.entry_count / sealing),
        "limit": 50_000,
        "ratio": round(sealed.entry_count / sealing / 50_000, 2),
        "entries": sealed.entry_count,
        "seal_python_cpu_s": round(cpu, 2),
        "verify_rows": ROWS,
        "verify_s": round(min(times), 2),
        "verify_limit_s": 1.8,
        "note_us_a_statement": round(cost),
        "plain_insert_us": round(plain),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
