"""A whole installation of its own in a temporary folder: PostgreSQL, keys and all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("LONGTAIL_DATABASE_URL", "LONGTAIL_DEMO")


class Site:
    """An installation in a folder that nobody else uses."""

    def __init__(self, var, **environment):
        self.var, self.clerk = var, None
        kept = {k: v for k, v in os.environ.items() if k not in FOREIGN}
        path = f"{ROOT / 'src'}:{ROOT}"
        self.environment = {
            **kept,
            "LONGTAIL_VAR": str(var),
            "LONGTAIL_SANDBOX_DESK": "unattended",
            "PYTHONPATH": path,
            **environment,
        }

    def run(self, *command, **options):
        """Run a command of the site's and return what came of it."""
        return subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
            **options,
        )

    def longtail(self, *arguments, code=0, **options):
        """Run ``longtail`` and return what it says, once its exit status is checked."""
        done = self.run(Path(sys.executable).parent / "longtail", *arguments, **options)
        said = done.stdout + done.stderr
        assert done.returncode == code, said[-3_000:]
        return said

    def business(self, *call):
        """Do business at the site and return what it answers; see ``business``."""
        if self.clerk is None or self.clerk.poll() is not None:
            self.clerk = subprocess.Popen(
                [sys.executable, "-m", "tests.sites.business"],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        self.clerk.stdin.write(json.dumps(call) + "\n")
        self.clerk.stdin.flush()
        answer = self.clerk.stdout.readline()
        assert answer, f"{call} failed; its error is on the test's own stderr"
        return json.loads(answer)

    def destroy(self):
        """Lose the database: the server is killed and its folder deleted."""
        pid = int((self.var / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)
        shutil.rmtree(self.var / "pg")
        (self.var / "pg.url").unlink()

    def stop(self):
        """Stop everything."""
        if self.clerk is not None:
            self.clerk.communicate()
            self.clerk = None
        self.run(Path(sys.executable).parent / "longtail", "stop")


def folder():
    """Return a new folder whose path is short enough for a socket's name."""
    made = Path(tempfile.mkdtemp(prefix="lt-", dir="/tmp"))
    made.chmod(0o755)
    return made
