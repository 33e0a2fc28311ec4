"""The processes of one installation: web server and worker, together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 10
# A process that lives shorter than this did not come to work; so often in a row and it
# never will.
EARLY_SECONDS, EARLY_DEATHS = 5.0, 10
APPLICATION = "longtail.config.wsgi:application"
WEB = (
    *("--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2"),
    *("--blocking-threads", "4", "--backpressure", "64", "--no-ws"),
    *("--respawn-failed-workers", "--respawn-interval", "0.5", "--log-level", "warning"),
)


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


@dataclass(slots=True)
class _Child:
    """A process that is kept running."""

    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    early_deaths: int = 0

    def bury(self) -> None:
        """End what the process left behind: a killed web server's workers live on."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def is_hopeless(self) -> bool:
        """Whether it has ended too often right after its start."""
        return self.early_deaths > EARLY_DEATHS

    def keep(self) -> bool:
        """Start the process unless it runs; return whether that was needed."""
        if self.process and self.process.poll() is None:
            return False
        lived = time.monotonic() - self.started
        # Who was killed might have lived.
        is_own_fault = bool(self.process and self.process.returncode > 0)
        is_early = lived < EARLY_SECONDS and is_own_fault
        self.early_deaths = self.early_deaths + 1 if is_early else 0
        self.bury()
        if self.is_hopeless:
            return False
        # In a group of its own, so that what it started can be ended with it.
        self.process = subprocess.Popen(
            self.command, env=self.environment, start_new_session=True
        )
        self.started = time.monotonic()
        return True


def serve(*, port: int, folder: Path, is_demo: bool, revive: Callable[[], None]) -> int:
    """Run the web server and the worker until the user stops them.

    One that ends is started again, so a crash costs seconds; one that ends again and
    again right after its start cannot run here, and ends the site.

    Args:
        port: Where the site listens on 127.0.0.1.
        folder: Where the process id file is kept.
        is_demo: Whether the one-click demo log-ins are offered.
        revive: Starts the database if it has died; called about twice a second.

    Returns:
        The exit status: 0 after a stop, else that of the process that could not run.
    """
    environment = {**os.environ, "LONGTAIL_DEMO": "1" if is_demo else "0"}
    children = [_Child(command, environment) for command in _commands(port)]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while not (hopeless := [c for c in children if c.is_hopeless]):
            revive()
            started = [child.keep() for child in children]
            if any(started):
                _write_pids(folder, children)
            time.sleep(0.5)
        assert hopeless[0].process
        return hopeless[0].process.returncode
    except KeyboardInterrupt:
        return 0
    finally:
        _end([child.process for child in children if child.process])
        for child in children:
            child.bury()
        (folder / "serve.pid").unlink(missing_ok=True)


def _commands(port: int) -> list[list[str]]:
    scripts = Path(sys.executable).parent
    return [
        [str(scripts / "granian"), *WEB, "--port", str(port), APPLICATION],
        [str(scripts / "longtail"), "worker"],
    ]


def _write_pids(folder: Path, children: list[_Child]) -> None:
    running = [str(child.process.pid) for child in children if child.process]
    (folder / "serve.pid").write_text("\n".join([str(os.getpid()), *running]))


def is_serving(folder: Path) -> bool:
    """Say whether :func:`serve` runs for a folder."""
    try:
        pids = (folder / "serve.pid").read_text().split()
    except OSError:
        return False
    return any(_is_ours(int(pid)) for pid in pids)


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
