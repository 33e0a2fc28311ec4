"""Back-ups of the embedded PostgreSQL: whole copies, and its log since the oldest of them.

A back-up folder holds ``base/<when>/``, each with PostgreSQL's manifest of it;
``wal/``, the log as it is archived, a compressed segment at least every minute in which
anything was written; and ``points.json``, the places in the log that were given a name.
Keys are never in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from longtail.config import postgres

# Less than the minute that may be lost at most, to leave time for compressing.
ARCHIVE_SECONDS = 50
PATIENCE_SECONDS = 300
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# Written beside its name, flushed, then renamed: a segment is there whole or not at all,
# also when the disk is full. One that is there already must say the same.
ARCHIVE = (
    "f={wal}/%f.gz; if test -f $f; then gzip -dc $f | cmp -s - %p; else "
    "gzip -1 -c %p > $f.part && sync $f.part && mv $f.part $f && sync {wal}; fi"
)


class BackupRefused(SystemExit):
    """The back-up cannot be made, or not be trusted; the message says what to do."""


def refuse_unless_embedded() -> None:
    """Refuse to touch a database that is not the embedded one.

    Raises:
        BackupRefused: Naming what its own operator should use.
    """
    if "LONGTAIL_DATABASE_URL" in os.environ:
        raise BackupRefused(
            "LONGTAIL_DATABASE_URL names a PostgreSQL of your own, which Longtail neither "
            "backs up nor restores. Use that server's own means: the point-in-time "
            "recovery of a managed service, pgBackRest, Barman or WAL-G, or pg_basebackup "
            "with archive_mode = on and archive_timeout = 50s; mark places to return to "
            "with pg_create_restore_point, and after a restore run: longtail verify"
        )


def back_up(folder: Path, *, at: datetime) -> Path:
    """Archive the log to a folder from now on, and put a whole, verified copy there.

    Args:
        folder: The back-up folder, best on another machine's disk.
        at: Now, timezone-aware.

    Returns:
        The copy.

    Raises:
        BackupRefused: If it cannot be made, or is another site's folder.
    """
    refuse_unless_embedded()
    address = postgres.start()
    _prepare(folder, address)
    _archive_to(folder, address)
    final = folder / "base" / at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    draft = final.with_suffix(".part")
    # PostgreSQL checks every page's checksum as it copies it.
    postgres.tool("pg_basebackup", "-d", address, "-D", draft, *COPYING)
    verify(draft)
    draft.rename(final)
    _flush(final.parent)
    # So that everything the copy needs is in the folder when we say that it is done.
    wait_until_archived(address)
    return final


COPYING = ("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256")


def mark(folder: Path, name: str, *, at: datetime) -> str:
    """Give this moment a name to restore to, and wait until the log is archived so far.

    Returns:
        Its place in the log, such as ``0/3000110``.

    Raises:
        BackupRefused: If the name is taken or not one, or the folder holds no copy that
            the log could be replayed onto.
    """
    refuse_unless_embedded()
    if not NAME.fullmatch(name):
        raise BackupRefused(f"{name!r} is no name: up to 63 of A-Z a-z 0-9 . _ - please.")
    known = points(folder)
    if name in known:
        raise BackupRefused(f"{name} names {known[name]['lsn']} already; choose another.")
    address = postgres.start()
    if not copies(folder) or _setting(address, "archive_command") != _command(folder):
        raise BackupRefused(
            f"The log is not archived to {folder}. First run: longtail backup {folder}"
        )
    with psycopg.connect(address, autocommit=True) as connection:
        lsn, timeline = connection.execute(  # type: ignore[misc]
            "select pg_create_restore_point(%s)::text, timeline_id "
            "from pg_control_checkpoint()",
            [name],
        ).fetchone()
    wait_until_archived(address)
    known[name] = {"lsn": lsn, "timeline": timeline, "at": at.isoformat()}
    draft = folder / "points.part"
    draft.write_text(json.dumps(known, indent=1))
    os.replace(draft, folder / "points.json")
    return str(lsn)


def points(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the named places of a back-up folder: lsn, timeline and at, by name."""
    file = folder / "points.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def copies(folder: Path) -> list[Path]:
    """Return the whole copies of a back-up folder, oldest first."""
    found = (folder / "base").glob("*/backup_manifest")
    return sorted(x.parent for x in found if x.parent.suffix != ".part")


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the latest copies, and the log that only the deleted ones need.

    Args:
        folder: The back-up folder.
        keep: How many copies to keep, at least 1.

    Returns:
        The copies deleted.
    """
    if keep < 1:
        raise BackupRefused("Keep at least one back-up.")
    old, kept = copies(folder)[:-keep], copies(folder)[-keep:]
    for copy in old:
        # First the name, so that a broken-off deletion leaves no copy that looks whole.
        shutil.rmtree(copy.rename(copy.with_suffix(".part")))
    if old:
        first = first_segment(kept[0])
        postgres.tool("pg_archivecleanup", "-b", "-x", ".gz", folder / "wal", first)
    return old


def verify(copy: Path) -> None:
    """Check a copy: its manifest, every file against it, and that its log can be read.

    PostgreSQL's own ``pg_verifybackup`` does the same, but the one in the wheel of
    version 18 does not run.

    Raises:
        BackupRefused: Naming what is wrong.
    """
    wrong = _false_files(copy) or _unreadable_log(copy)
    if wrong:
        raise BackupRefused(f"The copy {copy} must not be trusted: {', '.join(wrong[:5])}.")


def _false_files(copy: Path) -> list[str]:
    raw = (copy / "backup_manifest").read_bytes()
    said = json.loads(raw)
    body = raw[: raw.rindex(b'"Manifest-Checksum"')]
    if hashlib.sha256(body).hexdigest() != said["Manifest-Checksum"]:
        return ["its manifest was changed"]
    found = {str(f.relative_to(copy)) for f in copy.rglob("*") if f.is_file()}
    listed = {_path(entry): entry for entry in said["Files"]}
    wrong = [f"{name} is missing" for name in sorted(listed.keys() - found)]
    extra = found - listed.keys() - {"backup_manifest"}
    wrong += [f"{name} is extra" for name in sorted(extra) if name[:7] != "pg_wal/"]
    for name, entry in sorted(listed.items()):
        file = copy / name
        if name in found and (
            file.stat().st_size != entry["Size"] or _digest(file) != entry["Checksum"]
        ):
            wrong.append(f"{name} was changed")
    return wrong


def _path(entry: dict[str, Any]) -> str:
    return entry.get("Path") or bytes.fromhex(entry["Encoded-Path"]).decode()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unreadable_log(copy: Path) -> list[str]:
    for part in manifest(copy)["WAL-Ranges"]:
        span = ("-t", part["Timeline"], "-s", part["Start-LSN"], "-e", part["End-LSN"])
        try:
            postgres.tool("pg_waldump", "--quiet", "-p", copy / "pg_wal", *span)
        except subprocess.CalledProcessError as error:
            return [error.stderr.strip()]
    return []


def manifest(copy: Path) -> dict[str, Any]:
    """Return what a copy says of itself."""
    return dict(json.loads((copy / "backup_manifest").read_text()))


def first_segment(copy: Path) -> str:
    """Return the name of the first log segment that a copy needs."""
    label = (copy / "backup_label").read_text()
    found = re.search(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)", label)
    assert found, label
    return found[1]


def wait_until_archived(address: str) -> None:
    """Close the present log segment and wait until the archive has it.

    Raises:
        BackupRefused: If the archive does not take it, with the archive's last failure.
    """
    with psycopg.connect(address, autocommit=True) as connection:
        # A segment with nothing in it is not closed, so put a word in first.
        connection.execute("select pg_logical_emit_message(false, 'longtail', 'archive')")
        wanted = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()[0]  # type: ignore[index]
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            last, failed, failed_at = connection.execute(  # type: ignore[misc]
                "select last_archived_wal, last_failed_wal, last_failed_time "
                "from pg_stat_archiver"
            ).fetchone()
            if last and last[:24] >= wanted:
                return
            time.sleep(0.1)
    raise BackupRefused(
        f"The log segment {wanted} did not reach the back-up folder within "
        f"{PATIENCE_SECONDS} s (last failure: {failed} at {failed_at}; the reason is in "
        f"{postgres.DATA / 'log'}). Is the folder there, writable, not full? PostgreSQL "
        "keeps the segment and tries again until it succeeds."
    )


def _prepare(folder: Path, address: str) -> None:
    for copy in copies(folder)[-1:]:
        theirs = manifest(copy).get("System-Identifier")
        if theirs != postgres.identifier(address):
            raise BackupRefused(
                f"{folder} holds the back-ups of another site (system {theirs}). Choose a "
                "folder of this site's own."
            )
    (folder / "base").mkdir(parents=True, exist_ok=True)
    (folder / "base").chmod(0o700)
    (folder / "wal").mkdir(exist_ok=True)
    for leftover in (folder / "base").glob("*.part"):
        shutil.rmtree(leftover)
    postgres.give_to_server(folder / "wal")
    if not postgres.can_server_reach(folder / "wal"):
        raise BackupRefused(
            f"PostgreSQL's user cannot reach {folder / 'wal'}. Let everybody pass through "
            f"the folders above it (chmod o+x), or choose another place."
        )


def _command(folder: Path) -> str:
    wal = shlex.quote(str((folder / "wal").resolve()))
    if "%" in wal:
        raise BackupRefused(f"PostgreSQL cannot archive to {folder}: its name has a %.")
    return ARCHIVE.format(wal=wal)


def _archive_to(folder: Path, address: str) -> None:
    if _setting(address, "archive_mode") == "off":
        raise BackupRefused(
            "This site's PostgreSQL was set up without archiving. To turn it on, stop and "
            "start it once: longtail stop, then longtail up (or make run)."
        )
    with psycopg.connect(address, autocommit=True) as connection:
        for name, value in (
            ("archive_command", _command(folder)),
            ("archive_timeout", f"{ARCHIVE_SECONDS}s"),
        ):
            literal = psycopg.sql.Literal(value)
            connection.execute(
                psycopg.sql.SQL("alter system set {} = {}").format(
                    psycopg.sql.Identifier(name), literal
                )
            )
        connection.execute("select pg_reload_conf()")


def _setting(address: str, name: str) -> str:
    with psycopg.connect(address) as connection:
        found = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert found
    return str(found[0])


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
