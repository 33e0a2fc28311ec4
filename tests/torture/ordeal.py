"""A site under load to which things are done, and what must be true of it afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg

from tests.sites.site import ROOT, Site, folder

# The demo's own time, so that no night falls while the site is tortured.
SERVE = """
import sys
from longtail.config import postgres, processes
sys.exit(processes.serve(port=int(sys.argv[1]), folder=postgres.VAR, is_demo=True,
    revive=postgres.revive))
"""
# Far more than it should take, for a machine that does other things too.
PATIENCE_SECONDS = 180


class Ordeal:
    """A site of its own, served and under load.

    Use it as a context; :meth:`verdict` ends the load and says what is left of it.
    """

    def __init__(self, *, drivers=1, seed=1, disk_mb=0, **environment):
        self.place = folder()
        self.site = Site(self.place / "var", **environment)
        self.seed, self.drivers, self.disk_mb = seed, drivers, disk_mb
        self.dice = random.Random(seed)
        self.recoveries, self.settlings, self.answers = [], [], set()
        self.served, self.load, self.skews = None, [], [{}] * drivers

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self):
        self.site.var.mkdir()
        if self.disk_mb:
            self._mount()
        self.site.longtail("up")
        self.site.business("stage", str(self.place))
        self.begin()

    def _mount(self):
        """Put PostgreSQL's data on a small disk of their own."""
        (self.site.var / "pg").mkdir()
        size = f"size={self.disk_mb}m"
        target = str(self.site.var / "pg")
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", target], check=True)

    def begin(self):
        """Serve the site and put it under load."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.served = self._start("-c", SERVE, str(self.port))
        self.load = [
            self._start(
                "-m", "tests.torture.driver", str(self.place), str(self.seed + n), **skew
            )
            for n, skew in enumerate(self.skews)
        ]
        # Every driver has keys of its own, also when it comes back.
        self.seed += self.drivers
        self.await_recovery()

    def _start(self, *arguments, **environment):
        with (self.place / "output").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *arguments],
                env={**self.site.environment, **environment},
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )

    def address(self):
        return (self.site.var / "pg.url").read_text().strip()

    # What can be seen from outside.
    def answer(self):
        """Return the status that the market page answers with, or None: no answer."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/", timeout=10
            ) as response:
                status = response.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            return None
        self.answers.add(status)
        return status

    def acknowledged(self):
        """Return how many operations were acknowledged so far."""
        file = self.place / "acknowledged.jsonl"
        return file.read_bytes().count(b"\n") if file.exists() else 0

    def await_recovery(self):
        """Wait until pages are served and operations acknowledged; return the seconds."""
        began, had = time.monotonic(), self.acknowledged()
        while time.monotonic() - began < PATIENCE_SECONDS:
            if self.answer() == 200 and self.acknowledged() > had:
                return time.monotonic() - began
            time.sleep(0.05)
        output = (self.place / "output").read_text(errors="replace")[-3_000:]
        raise AssertionError(f"not back within {PATIENCE_SECONDS} s:\n{output}")

    def recover(self):
        """Wait until pages and operations are back; remember how long it took."""
        self.recoveries.append(self.await_recovery())

    def settle(self):
        """Wait until money is settled again; remember how long it took."""
        self.settlings.append(self.await_worker())

    # What is done to it.
    def kill(self, victim):
        """Kill -9 the web server, the worker or PostgreSQL, and wait until it is back."""
        running = {
            "server": self._web,
            "worker": self._worker,
            "postgres": self._postmaster,
        }
        killed, began = running[victim](), time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(killed, signal.SIGKILL)
        while time.monotonic() - began < PATIENCE_SECONDS:
            with contextlib.suppress(OSError, IndexError, ValueError):
                if killed not in (running[victim](), *self._web_workers()):
                    break
            time.sleep(0.02)
        replaced = time.monotonic() - began
        self.recoveries.append(replaced + self.await_recovery())

    def _web_workers(self):
        return _children(int((self.site.var / "serve.pid").read_text().split()[1]))

    def _web(self):
        """Return the web server's process, or that of one of its workers."""
        own = int((self.site.var / "serve.pid").read_text().split()[1])
        return self.dice.choice([own, *_children(own)])

    def _worker(self):
        return int((self.site.var / "serve.pid").read_text().split()[2])

    def _postmaster(self):
        file = self.site.var / "pg" / "postmaster.pid"
        return int(file.read_text().split()[0])

    def await_worker(self):
        """Wait until the worker books what the bank tells; return the seconds."""
        began, query = time.monotonic(), "select count(*) from custodian_cashentry"
        before = self._count(query)
        while time.monotonic() - began < PATIENCE_SECONDS:
            if self._count(query) > before:
                return time.monotonic() - began
            time.sleep(0.1)
        output = (self.place / "output").read_text(errors="replace")[-3_000:]
        raise AssertionError(f"the worker did not come back:\n{output}")

    def _count(self, query, *arguments):
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(self.address()) as connection,
        ):
            return connection.execute(query, arguments).fetchone()[0]
        return -1

    # What came of it.
    def rest(self):
        """End the load and the serving, as their user would."""
        (self.place / "stop").touch()
        for process in self.load:
            process.wait(PATIENCE_SECONDS)
            assert process.returncode == 0, (self.place / "output").read_text()[-3_000:]
        self.load = []
        self.served.terminate()
        assert self.served.wait(PATIENCE_SECONDS) == 0
        (self.place / "stop").unlink()

    def under(self, shift):
        """Go on under another clock; PostgreSQL too."""
        self.rest()
        self.site.stop()
        self.site.environment.update(clock(shift))
        self.site.longtail("up")
        self.begin()

    def drain(self):
        """Take every connection that PostgreSQL has, and give them back after a while."""
        taken = []
        with contextlib.ExitStack() as stack:
            asking = psycopg.connect(self.address(), autocommit=True)
            taken.append(stack.enter_context(asking))
            while len(taken) < self._count(
                "select current_setting('max_connections')::int"
            ):
                asking.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where backend_type = 'client backend' "
                    "and application_name <> 'drain' and pid <> pg_backend_pid()"
                )
                with contextlib.suppress(psycopg.OperationalError):
                    while True:
                        more = psycopg.connect(self.address(), application_name="drain")
                        taken.append(stack.enter_context(more))
                if self.answer() == 503:
                    break
            seen = {self.answer() for _ in range(20)}
            assert seen == {503}, seen

    def fill_disk(self):
        """Leave PostgreSQL no room at all until money stands still; then give it back."""
        ballast = self.site.var / "pg" / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"\0" * 65_536)
                file.flush()
        began, had = time.monotonic(), -1
        while self.acknowledged() != had and time.monotonic() - began < PATIENCE_SECONDS:
            had = self.acknowledged()
            seen = [self.answer() for _ in range(3)]
            time.sleep(3)
            with contextlib.suppress(OSError), ballast.open("ab") as file:
                while True:
                    file.write(b"\0" * 4_096)
                    file.flush()
        ballast.unlink()
        return seen

    def verdict(self, fault, *, kills=0):
        """Settle, audit and verify; print the summary and fail on any difference."""
        self.rest()
        found = self.site.business("audit", str(self.place))
        said = self.site.longtail("verify")
        times, settled = self.recoveries or [0.0], self.settlings or [0.0]
        sys.stdout.write(
            f"\n{fault}: kills {kills}, operations acknowledged {found['operations']}, "
            f"lost {len(found['lost'])}, doubled {len(found['doubled'])}, half "
            f"{len(found['half'])}, recovery seconds median "
            f"{statistics.median(times):.1f} max {max(times):.1f}, settling again "
            f"{statistics.median(settled):.1f} max {max(settled):.1f}, pages answered "
            f"{sorted(self.answers)}; verify: {said.splitlines()[-1]}\n"
        )
        faults = {name: found[name] for name in ("lost", "doubled", "half", "wrong")}
        assert not any(faults.values()), faults
        assert found["operations"] > 0
        assert self.answers <= {200, 503}

    def __exit__(self, *_):
        if os.environ.get("TORTURE_KEEP"):
            shutil.copy(self.place / "output", "/tmp/torture-output")
        for process in [*(self.load or ()), self.served]:
            if process and process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_SECONDS)
        self.site.stop()
        if self.disk_mb:
            subprocess.run(["umount", str(self.site.var / "pg")], check=False)
        shutil.rmtree(self.place, ignore_errors=True)


def clock(shift):
    """Return the environment in which every clock is shifted, such as by ``+400d``.

    Returns:
        None where there is no libfaketime.
    """
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        return None
    return {"LD_PRELOAD": str(found[-1]), "FAKETIME": shift, "FAKETIME_NO_CACHE": "1"}


def _children(pid):
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()]
