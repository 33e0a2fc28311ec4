"""Taking over: a standby servicer's empty site loads a pack and goes on collecting."""

from __future__ import annotations

from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from longtail.interfaces.cli.resolution import pack, recompute
from longtail.ledger import queries as ledger
from longtail.values.refusal import Refusal

# The log of the old site is evidence, in the pack; this site's begins with what it loads.
NOT_LOADED = "ledger_log_"
# What the old site's database once judged or worked out is loaded as it came out; only
# this site's log listens.
TRIGGERS = """
select tgrelid::regclass::text, tgname, tgenabled from pg_trigger
where not tgisinternal and tgname not in ('log_insert', 'log_update')
and tgrelid = any(%s::text[]::regclass[]) and tgenabled <> 'D'
"""
ENABLE = {"O": "enable", "A": "enable always", "R": "enable replica"}
REFERENCES = """
select conrelid::regclass::text, confrelid::regclass::text from pg_constraint
where contype = 'f' and not condeferrable and conrelid <> confrelid
"""
BLOCK = 1 << 20


class PackRefused(Refusal):
    """The pack cannot be taken over here; nothing was loaded."""


@transaction.atomic(durable=True)
def load(folder: Path, *, manifest_sha256: str = "") -> dict[str, int]:
    """Load a pack into an empty site, whole or not at all.

    Every constraint of the database judges every row, and the log of this site notes it;
    then the running totals are set against the transfers.

    Args:
        folder: The pack.
        manifest_sha256: What the manifest must hash to, as its maker announced it; empty
            to trust the folder.

    Returns:
        Counts of what was loaded, by table.

    Raises:
        PackRefused: If the pack was changed, is of another version, the site is not
            empty, or its money does not add up.
    """
    _refuse_unfit(folder, manifest_sha256)
    with connection.cursor() as cursor:
        cursor.execute(pack.PLAIN)
        names = _loadable(cursor)
        for table in names:
            cursor.execute(_sql("select exists (select from {})", table))
            if cursor.fetchone()[0]:
                raise PackRefused(
                    f"This site is not empty (there are rows in {table}). Take over into "
                    "a fresh installation: LONGTAIL_VAR=/another/folder longtail up"
                )
        cursor.execute(TRIGGERS, [names])
        triggers = cursor.fetchall()
        for table, trigger, _ in triggers:
            cursor.execute(_sql("alter table {} disable trigger {}", table, trigger))
        found = {table: _copy_in(cursor, folder, table) for table in names}
        cursor.execute("set constraints all immediate")
        for table, trigger, mode in triggers:
            change = f"alter table {{}} {ENABLE[mode]} trigger {{}}"
            cursor.execute(_sql(change, table, trigger))
        for table in names:
            _go_on_counting(cursor, table)
    wrong = [*recompute.problems(folder), *ledger.is_sound()]
    if wrong:
        raise PackRefused("The pack's money does not add up: " + " ".join(wrong[:5]))
    return found


def _refuse_unfit(folder: Path, manifest_sha256: str) -> None:
    try:
        said = recompute.manifest(folder)
    except recompute.PackRefused as refusal:
        raise PackRefused(str(refusal)) from refusal
    if manifest_sha256 and recompute.digest(folder / "MANIFEST.json") != manifest_sha256:
        raise PackRefused(f"The manifest does not hash to {manifest_sha256}.")
    ours, theirs = set(pack.migrations()), set(said["migrations"])
    if said["format"] != pack.FORMAT or ours != theirs:
        lacking, ahead = sorted(theirs - ours), sorted(ours - theirs)
        raise PackRefused(
            f"The pack was made by another version of Longtail: it has {lacking or 'no'} "
            f"migrations that this site lacks, and lacks {ahead or 'none'} that this site "
            "has. Install the version that made it, take over, then upgrade."
        )


def _loadable(cursor: Any) -> list[str]:
    """Return the tables to load, each after those that its rows must find."""
    wanted = [t for t in pack.tables(cursor) if not t.startswith(NOT_LOADED)]
    graph: dict[str, set[str]] = {table: set() for table in wanted}
    cursor.execute(REFERENCES)
    for table, other in cursor.fetchall():
        if table in graph and other in graph:
            graph[table].add(other)
    return list(TopologicalSorter(graph).static_order())


def _copy_in(cursor: Any, folder: Path, table: str) -> int:
    with (folder / "tables" / f"{table}.csv").open("rb") as stream:
        header = stream.readline().decode().strip()
        names = [name.strip('"') for name in header.split(",")]
        fields = sql.SQL(", ").join(map(sql.Identifier, names))
        query = sql.SQL("copy {} ({}) from stdin (format csv)")
        with cursor.copy(query.format(sql.Identifier(table), fields)) as copy:
            while block := stream.read(BLOCK):
                copy.write(block)
    return int(cursor.rowcount)


def _go_on_counting(cursor: Any, table: str) -> None:
    """Let the table's numbers go on after the highest that was loaded."""
    for column in pack.columns(cursor, table):
        cursor.execute("select pg_get_serial_sequence(%s, %s)", [table, column])
        (sequence,) = cursor.fetchone()
        if sequence:
            cursor.execute(_sql("select max({1}) from {0}", table, column))
            (highest,) = cursor.fetchone()
            if highest is not None:
                cursor.execute("select setval(%s, %s)", [sequence, highest])


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


def succeed(*, legal_name: str, country: str, at: datetime) -> str:
    """End the old operator's life here, admit the new one, and return its code."""
    from longtail.interfaces.cli import staffing
    from longtail.parties import queries, services
    from longtail.parties.rules import Kind, Standing

    for old in queries.parties(kind=Kind.OPERATOR).exclude(standing=Standing.EXITED):
        services.exit_party(
            code=old.code,
            proposed_by=staffing.INSTALLER,
            decided_by=staffing.WITNESS,
            reason=f"Wound down; {legal_name} has taken over.",
            at=at,
        )
    return staffing.open_operator(legal_name=legal_name, country=country)
