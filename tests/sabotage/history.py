"""A small history with rows in every protected table, whatever tables there are.

Money is posted for real. Every other table of record gets rows of made-up values straight
from its column types, written past the rooms' own rules but with the log's triggers on:
what is noted of a row does not depend on what it means.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from longtail.ledger import posting
from longtail.ledger.log import services
from longtail.ledger.posting import Entry, Move, Resolve
from tests.ledger import books

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
# So many that the tree keeps a subtree.
N_ROWS = 7
LEDGER = ["ledger_account", "ledger_batch", "ledger_journal", "ledger_transfer"]
LOG = [f"ledger_log_{x}" for x in ("topic", "entry", "leaf", "subtree", "head")]
TABLES = """
select distinct table_name, bool_and(is_final) from ledger_log_topic
where table_name not like 'ledger\\_log\\_%%' and table_name <> all(%s)
group by table_name order by table_name
"""
COLUMNS = """
select attname, format_type(atttypid, null), not attnotnull,
  case when atttypmod > 4 and format_type(atttypid, null) = 'character varying'
    then atttypmod - 4 else 1000 end
from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
order by attnum
"""
NOTING = """
select tgname from pg_trigger where tgrelid = %s::regclass and tgname like 'log\\_%%'
"""
CONSTRAINTS = """
select conname from pg_constraint where conrelid = %s::regclass and contype in ('c', 'f')
"""


def run(statement, params=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def columns(table):
    """Return (name, type, whether it may be empty, longest text) of each column."""
    return run(COLUMNS, [table])


def made_up(kind, width, n):
    """Return the n-th value of a type; no two are equal but booleans."""
    if kind.endswith("[]"):
        return [made_up(kind.removesuffix("[]"), width, n + place) for place in (0, 1)]
    return {
        "boolean": n % 2 == 0,
        "date": date(2026, 1, 1) + timedelta(days=n),
        "timestamp with time zone": AT + timedelta(minutes=n),
        "jsonb": json.dumps({"n": n, "text": f"value {n}"}),
        "bytea": f"bytes {n}".encode(),
        "text": f"text {n}",
        "character varying": f"v{n}"[-width:] if width > 2 else f"{n % 10**width}",
    }.get(kind, n)


def tables():
    """Return the logged tables of the rooms, as (name, whether rows never change)."""
    return run(TABLES, [LEDGER])


def build(key):
    """Write the history and seal it in several heads; return nothing."""
    _post_money()
    # Deferred checks first, or PostgreSQL refuses to change the tables.
    connection.check_constraints()
    for table in LEDGER:
        _drop_constraints(table)
    for table, _ in tables():
        _loosen(table)
    for number, (table, is_final) in enumerate(tables()):
        _fill(table, start=100 * number + 1)
        if not is_final:
            _change(table, number)
        if number % 8 == 0:
            services.seal(at=AT + timedelta(minutes=number), key=key)
    services.seal(at=AT + timedelta(days=1), key=key)


def _post_money():
    books.open_books()
    for n in range(6):
        posting.post(books.deposit(books.ANN, 1_000 + n))
    pays = [
        Move(debit=books.ANN, credit=books.BO, amount=books.usd(10 + n)) for n in range(4)
    ]
    entries = [
        Entry(key=f"pay-{n}", kind="pay", effective_at=AT, moves=(move,))
        for n, move in enumerate(pays)
    ]
    posting.post_many(entries)
    for n, is_posted in enumerate((True, False, True)):
        hold = Move(debit=books.ANN, credit=books.BO, amount=books.usd(50), pending=True)
        entry = Entry(key=f"hold-{n}", kind="hold", effective_at=AT, moves=(hold,))
        (held,) = posting.post(entry)
        end = Resolve(held, post=is_posted)
        posting.post(Entry(key=f"end-{n}", kind="end", effective_at=AT, moves=(end,)))


def _loosen(table):
    """Take away what the rooms demand of a row, but not what the log notes of it."""
    _drop_constraints(table)
    run(f"alter table {table} disable trigger user")
    for (name,) in run(NOTING, [table]):
        run(f"alter table {table} enable trigger {name}")


def _drop_constraints(table):
    """Take away what would refuse an impossible row, as a superuser can."""
    for (name,) in run(CONSTRAINTS, [table]):
        run(f'alter table {table} drop constraint if exists "{name}" cascade')


def _fill(table, *, start):
    found = columns(table)
    names = ", ".join(f'"{name}"' for name, *_ in found)
    rows = [
        [made_up(kind, width, start + n) for _, kind, _, width in found]
        for n in range(N_ROWS)
    ]
    row = f"({', '.join(['%s'] * len(found))})"
    # One statement for several rows, then one a row, as the rooms write them.
    values = ", ".join([row] * 2)
    run(
        f"insert into {table} ({names}) overriding system value values {values}",
        rows[0] + rows[1],
    )
    for one in rows[2:]:
        run(f"insert into {table} ({names}) overriding system value values {row}", one)


def _change(table, number):
    name, kind, _, width = columns(table)[-1]
    run(
        f'update {table} set "{name}" = %s where id = (select min(id) from {table})',
        [made_up(kind, width, 5_000 + number)],
    )
