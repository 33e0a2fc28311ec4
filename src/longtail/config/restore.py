"""Restoring the embedded PostgreSQL from a back-up folder, to a named place or the end."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import psycopg

from longtail.config import backup, postgres
from longtail.config.backup import BackupRefused

LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")
# Set for the recovery alone and taken away after it.
PASSING = (
    "restore_command",
    "recovery_target_name",
    "recovery_target_lsn",
    "recovery_target_timeline",
    "recovery_target_action",
)


def restore(folder: Path, *, to: str = "") -> dict[str, Any]:
    """Restore the database of an empty installation, and start it.

    The restored database is archived nowhere until it is backed up itself, so that a
    drill beside the living site cannot write into the living site's archive.

    Args:
        folder: The back-up folder; nothing in it is changed.
        to: A named place or a log position; empty for everything that was archived.

    Returns:
        The copy it started from, and the log position reached.

    Raises:
        BackupRefused: If there is a database here already, nothing to restore from, or
            the place is not reached; what was restored so far is removed then.
    """
    backup.refuse_unless_embedded()
    if postgres.DATA.exists() and any(postgres.DATA.iterdir()):
        raise BackupRefused(
            f"{postgres.DATA} is not empty; a restore overwrites nothing. Move it away, "
            "or restore into another installation: LONGTAIL_VAR=/another/folder"
        )
    copy, target = _choose(folder, to)
    backup.verify(copy)
    postgres.VAR.mkdir(parents=True, exist_ok=True)
    log = postgres.VAR / "restoring"
    _lay_out(copy, log, folder / "wal", target)
    try:
        address = _recover()
    except BackupRefused:
        postgres.stop()
        shutil.rmtree(postgres.DATA)
        raise
    finally:
        shutil.rmtree(log)
    with psycopg.connect(address, autocommit=True) as connection:
        row = connection.execute("select pg_current_wal_lsn()::text").fetchone()
    assert row
    return {"copy": copy.name, "reached": row[0]}


def _choose(folder: Path, to: str) -> tuple[Path, dict[str, str]]:
    """Return the latest copy that lies before the target, and the target's settings."""
    found = backup.copies(folder)
    if not found:
        raise BackupRefused(f"There is no whole back-up in {folder}.")
    if not to:
        return found[-1], {}
    known = backup.points(folder)
    if to in known:
        lsn, timeline = str(known[to]["lsn"]), known[to]["timeline"]
        target = {"recovery_target_name": to}
    elif LSN.fullmatch(to):
        lsn, timeline = to, backup.manifest(found[-1])["WAL-Ranges"][-1]["Timeline"]
        target = {"recovery_target_lsn": to}
    else:
        raise BackupRefused(
            f"{to!r} names no place in {folder}. There are: {', '.join(known) or 'none'}; "
            "a log position looks like 0/3000110."
        )
    before = [copy for copy in found if _is_before(copy, lsn, timeline)]
    if not before:
        raise BackupRefused(f"Every back-up in {folder} was taken after {to}.")
    return before[-1], target


def _is_before(copy: Path, lsn: str, timeline: int) -> bool:
    end = backup.manifest(copy)["WAL-Ranges"][-1]
    return bool(end["Timeline"] == timeline and _place(end["End-LSN"]) <= _place(lsn))


def _place(lsn: str) -> int:
    high, low = lsn.split("/")
    return int(high, 16) << 32 | int(low, 16)


def _lay_out(copy: Path, log: Path, archive: Path, target: dict[str, str]) -> None:
    """Put copy and log where the server will find them, and say how to recover."""
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir()
    first = backup.first_segment(copy)
    for segment in sorted(archive.glob("*.gz")):
        if segment.name[8:24] >= first[8:] or ".history" in segment.name:
            shutil.copy2(segment, log)
    shutil.copytree(copy, postgres.DATA, dirs_exist_ok=True)
    (postgres.DATA / "recovery.signal").touch()
    settings = {
        "archive_command": "true",
        "restore_command": f"test -f '{log}/%f.gz' && gzip -dc '{log}/%f.gz' > %p",
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        **target,
    }
    with (postgres.DATA / "postgresql.auto.conf").open("a") as file:
        for name, value in settings.items():
            doubled = value.replace("'", "''")
            file.write(f"{name} = '{doubled}'\n")
    # What the copied site's processes left in the folder is not this one's.
    for name in (".handle_pids.json", ".s.PGSQL.5432.lock"):
        (postgres.DATA / name).unlink(missing_ok=True)
    for folder in (postgres.DATA, log):
        postgres.give_to_server(folder)


def _recover() -> str:
    """Let the server replay the log, and return its address when it takes writes."""
    try:
        address = postgres.start_recovering()
        while True:
            with psycopg.connect(address, autocommit=True) as connection:
                row = connection.execute("select pg_is_in_recovery()").fetchone()
                assert row
                if not row[0]:
                    for name in PASSING:
                        connection.execute(f"alter system reset {name}")
                    break
            time.sleep(0.2)
    except (psycopg.Error, postgres.NotStarted) as error:
        raise BackupRefused(
            f"The recovery failed. PostgreSQL's log ends:\n{postgres.log_tail()}"
        ) from error
    return postgres.start()
