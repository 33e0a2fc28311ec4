"""The processes of one installation: web server and worker, together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 10


class PortTaken(SystemExit):
    """Another program listens on the port."""


def refuse_if_taken(port: int) -> None:
    """Refuse a port that something listens on.

    Raises:
        PortTaken: With the remedy.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(
                f"Port {port} is taken by another program. Use another one, "
                f"make run PORT={port + 1}, or stop the old site with make stop."
            ) from None


def serve(*, port: int, folder: Path, is_demo: bool) -> int:
    """Run the web server and the worker until one ends or the user stops them.

    Args:
        port: Where the site listens on 127.0.0.1.
        folder: Where the process id file is kept.
        is_demo: Whether the one-click demo log-ins are offered.

    Returns:
        The exit status: 0 after a stop, else that of the process that failed.
    """
    environment = {**os.environ, "LONGTAIL_DEMO": "1" if is_demo else "0"}
    scripts = Path(sys.executable).parent
    web = [scripts / "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    web += [
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--backpressure",
        "64",
    ]
    web += ["--no-ws", "--log-level", "warning"]
    commands = [
        [*web, "longtail.config.wsgi:application"],
        [scripts / "longtail", "worker"],
    ]
    children = [subprocess.Popen(command, env=environment) for command in commands]
    pids = folder / "serve.pid"
    pids.write_text(
        "\n".join(str(pid) for pid in [os.getpid(), *(c.pid for c in children)])
    )
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        return max(abs(child.poll() or 0) for child in children)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(children)
        pids.unlink(missing_ok=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def stop(folder: Path) -> bool:
    """Stop what :func:`serve` started, also after a kill; return whether any ran."""
    pids = folder / "serve.pid"
    if not pids.exists():
        return False
    for pid in map(int, pids.read_text().split()):
        if _is_ours(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    pids.unlink(missing_ok=True)
    return True


def _is_ours(pid: int) -> bool:
    """Say whether a process id still is one of ours, not a stranger that got the number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"longtail" in command
