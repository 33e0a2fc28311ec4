"""The demo, killed without warning and run again, ends as if nothing had happened."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest

from longtail.config import postgres
from longtail.underwriting import sample

# Short loans of one quarter, paid and charged off, so that the replay is short too.
FEW = """
    copy (select * from read_parquet('{sample}')
          where ApprovalDate between '2003-01-06' and '2003-02-14' and GrAppv <= 60000
            and ((MIS_Status = 'PIF' and Term between 6 and 10)
                 or (ChgOffDate < '2005-03-01' and ChgOffPrinGr > 0))
          order by LoanNr_ChkDgt limit 40) to '{table}' (format parquet)
"""
# Business dates after which the replay is killed.
KILLS = ("2003-01-20", "2003-03-03", "2004-02-01")


@pytest.fixture
def site(tmp_path):
    """An empty database and folder of its own, and a small table."""
    name = f"survival_{os.getpid()}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name}")
    table = tmp_path / "few.parquet"
    duckdb.sql(FEW.format(sample=sample.SHIPPED, table=table))
    address = psycopg.conninfo.make_conninfo(postgres.url(), dbname=name)
    yield {
        "command": [Path(sys.executable).parent / "longtail", "demo"],
        "arguments": ["--loans", "5", "--table", str(table)],
        "environment": {
            **os.environ,
            "LONGTAIL_VAR": str(tmp_path),
            "LONGTAIL_DATABASE_URL": address,
        },
        "address": address,
    }
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def start(site):
    return subprocess.Popen(
        [*site["command"], *site["arguments"]],
        env=site["environment"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def reached(site, day):
    """Say whether the business date has come to a day."""
    query = "select max(date) >= %s from servicing_processingdate"
    try:
        with psycopg.connect(site["address"]) as connection:
            return bool(connection.execute(query, [day]).fetchone()[0])
    except psycopg.errors.UndefinedTable:
        return False


def kill_after(site, day):
    running = start(site)
    while not reached(site, day):
        try:
            output, _ = running.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"ended before {day}: {output[-2_000:]}")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


def finish(site):
    running = start(site)
    output, _ = running.communicate(timeout=300)
    assert running.returncode == 0, output[-2_000:]
    return output


def figures(output):
    """Return the report's figures, without what depends on the run."""
    return re.findall(r"│.*│", output)


def test_a_killed_demo_goes_on_and_the_books_agree(site):
    for day in KILLS:
        kill_after(site, day)
    output = finish(site)
    assert re.search(r"USD [\d,.]+ +│ +0 │", output)
    money = """
        select (select sum(received_minor) from servicing_snapshot),
               (select sum(amount_minor) from custodian_cashentry where direction = 'CRDT'),
               (select count(*) from (select end_to_end_id from custodian_cashentry
                 where end_to_end_id <> '' group by 1 having count(*) > 1) as twice)
    """
    with psycopg.connect(site["address"]) as connection:
        received, credited, twice = connection.execute(money).fetchone()
    assert 0 < received <= credited
    assert twice == 0
    # A finished replay is only reported again, with the same figures.
    again = figures(finish(site))
    assert again == figures(output)[-len(again) :]
