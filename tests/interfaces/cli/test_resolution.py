"""The day after: a stranger recomputes every claim, and a standby goes on collecting."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import psycopg
import pytest
from psycopg import sql

from longtail.config import postgres
from longtail.interfaces.cli.resolution import recompute
from tests.sites.site import Site, folder

BANK = """
select relname from pg_class
where relnamespace = 'custodian_sandbox'::regnamespace and relkind = 'r'
"""


class Platform(Site):
    """A site whose database is one of its own on the tests' server."""

    def __init__(self, name, var):
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)")
            connection.execute(f"create database {name}")
        self.name = name
        self.address = psycopg.conninfo.make_conninfo(postgres.url(), dbname=name)
        super().__init__(var)
        self.environment["LONGTAIL_DATABASE_URL"] = self.address
        self.longtail("up")

    def vanish(self):
        """Be gone for ever."""
        if self.clerk is not None:
            self.clerk.communicate()
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(f"drop database if exists {self.name} with (force)")

    def rows(self, query):
        with psycopg.connect(self.address) as connection:
            return connection.execute(query).fetchall()

    def bank(self):
        """Return the bank's own books, which are not the platform's."""
        found = {}
        with psycopg.connect(self.address) as connection:
            for (name,) in connection.execute(BANK).fetchall():
                query = _bank_table("copy {} to stdout", name)
                with connection.cursor().copy(query) as copy:
                    found[name] = b"".join(copy)
        return found

    def keep_bank(self, books, keys):
        """Let the standby be at the same bank, which has its own books and keys."""
        for name in ("sandbox_bank_key", "custodian_trusted_key"):
            shutil.copy(keys / name, self.var)
        with psycopg.connect(self.address) as connection:
            connection.execute("set session_replication_role = replica")
            for name, content in books.items():
                connection.execute(_bank_table("delete from {}", name))
                with connection.cursor().copy(_bank_table("copy {} from stdin", name)) as c:
                    c.write(content)
                table = f"custodian_sandbox.{name}"
                connection.execute(
                    _bank_table(
                        "select setval(pg_get_serial_sequence({}, 'id'), "
                        "(select coalesce(max(id), 0) + 1 from {}))",
                        name,
                        sql.Literal(table),
                    )
                )


def _bank_table(text, name, *literals):
    return sql.SQL(text).format(*literals, sql.Identifier("custodian_sandbox", name))


@pytest.fixture
def place():
    made = folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def platforms(place):
    made = []

    def platform(name):
        made.append(Platform(f"resolution_{name}", place / name))
        return made[-1]

    yield platform
    for one in made:
        one.vanish()


def recomputed(pack):
    """Let a stranger's Python, which has no platform, say what everybody is owed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(pack / "recompute.py"), "--csv"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={},
    )
    return done.returncode, list(csv.reader(done.stdout.splitlines()))[1:], done.stderr


def test_a_stranger_recomputes_and_a_standby_collects(platforms, place):
    original = platforms("original")
    code = original.business("trade", "2")["agreements"][0]
    # Money in every kind of account, a closed day, and a payment nobody has sent yet.
    original.business("close", "1")
    open_code = original.business("prepare")["instruction"]
    before = original.business("claims")
    pack = place / "pack"
    said = original.longtail("wind-down", pack)
    manifest = said.rpartition("manifest ")[2].split()[0]
    assert "not empty" in original.longtail("wind-down", pack, code=2)
    bank = original.bank()
    original.vanish()

    status, rows, said = recomputed(pack)
    assert (status, said.splitlines()[-1]) == (0, "Everything agrees."), said
    assert sorted(rows) == before["claims"]
    assert {row[2].split()[0] for row in rows} == {"money", "principal"}
    assert not list((pack / "tables").glob("*person*"))

    standby = platforms("standby")
    terms = ("--operator", "Second Servicing", "--country", "DE")
    standby.longtail("take-over", pack, *terms, "--manifest", manifest)
    assert "all is as it was recorded" in standby.longtail("verify")
    assert "not empty" in standby.longtail("take-over", pack, *terms, code=2)
    standby.keep_bank(bank, original.var)
    assert standby.business("claims") == before
    done = standby.business("collect", code, "2")
    assert done["distributed_minor"] == done["due_minor"] > 0
    assert not done["wrong"]
    after = standby.business("claims")["claims"]
    assert _sum(after, "money") - _sum(before["claims"], "money") == done["due_minor"]
    # What was under way goes on; staff of the new operator can be registered.
    assert standby.business("release", open_code)["state"] == "settled"
    operators = standby.rows(
        "select standing, legal_name, code from parties_party where kind = 'operator'"
    )
    names = {name: standing for standing, name, _ in operators}
    assert names["Second Servicing"] == "admitted"
    assert sorted(names.values()).count("admitted") == 1
    standby.longtail(
        "person", "vera.noll", operators[-1][2], "maker", "Vera Noll",
        "--password", "correct horse battery",
    )  # fmt: skip


def test_a_pack_that_was_changed_or_is_of_another_version_loads_nothing(platforms, place):
    original = platforms("original")
    original.business("trade", "1")
    pack = place / "pack"
    original.longtail("wind-down", pack)
    original.vanish()
    standby = platforms("standby")
    terms = ("--operator", "Second Servicing", "--country", "DE")

    def refusal(*more):
        said = " ".join(standby.longtail("take-over", pack, *terms, *more, code=2).split())
        assert standby.rows("select count(*) from ledger_transfer") == [(0,)]
        assert standby.rows("select count(*) from parties_party") == [(0,)]
        return said.replace("│", "").replace("  ", " ")

    assert "does not hash" in refusal("--manifest", "0" * 64)
    transfers = pack / "tables" / "ledger_transfer.csv"
    whole = transfers.read_text()
    transfers.write_text(whole.replace("60000", "60001", 1))
    assert "was changed" in refusal()
    status, rows, said = recomputed(pack)
    assert (status, rows) == (1, [])
    assert "tables/ledger_transfer.csv was changed" in said
    # A liar who also rewrites the manifest is found by the money.
    manifest = pack / "MANIFEST.json"
    honest = manifest.read_text()
    true = json.loads(honest)["files"]["tables/ledger_transfer.csv"]["sha256"]
    manifest.write_text(honest.replace(true, recompute.digest(transfers)))
    status, _, said = recomputed(pack)
    assert status == 1
    assert "DIFFERS" in said
    assert "does not add up" in refusal()
    transfers.write_text(whole)
    manifest.write_text(honest.replace("ledger.0001_initial", "ledger.0000_older"))
    assert "another version" in refusal()
    manifest.write_text(honest)
    standby.longtail("take-over", pack, *terms)


def _sum(claims, what):
    return sum(int(row[5]) for row in claims if row[2].startswith(what))
