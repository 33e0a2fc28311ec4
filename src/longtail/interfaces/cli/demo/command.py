"""``longtail demo``: replay, then report."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from rich.console import Console

from longtail.interfaces.web import demo_people
from longtail.parties import queries as parties
from longtail.underwriting import sample

DEFAULT_LOANS = 60
# Where the output is no terminal, wide enough for the vintages.
REPORT_WIDTH = 120


class AnotherReplay(SystemExit):
    """The platform holds something that this replay would mix with."""


@dataclass(frozen=True, slots=True)
class Run:
    """Which replay the platform holds."""

    table: str
    loans: int
    is_finished: bool = False


def run(*, loans: int | None = None, table: Path | None = None) -> None:
    """Replay loans through the seven steps and print the report.

    A replay that was killed goes on where it was; one that is finished is only
    reported again.

    Args:
        loans: How many; None for what the platform already replays, else the default.
        table: A Parquet file of the sample's columns; None for the shipped sample.

    Raises:
        AnotherReplay: If the platform holds other parties or another replay.
        SystemExit: If the books do not agree with the custodian's at the end.
    """
    from longtail.interfaces.cli.demo import replay, report

    console = Console(width=max(Console().width, REPORT_WIDTH))
    wanted = _wanted(loans, table)
    if not wanted.is_finished:
        with _alone():
            _keep(wanted)
            replay.replay(table=Path(wanted.table), how_many=wanted.loans, console=console)
            _keep(Run(wanted.table, wanted.loans, is_finished=True))
    report.show(console)
    if broken := report.breaks():
        raise SystemExit(f"The books do not agree: {'; '.join(broken)}.")


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the right to replay; the system takes it back when the process ends."""
    with (Path(settings.VAR) / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherReplay(
                "A replay is running on this platform already. Let it finish, or stop it."
            ) from None
        yield


def _file() -> Path:
    return Path(settings.VAR) / "demo.json"


def _keep(run: Run) -> None:
    draft = _file().with_suffix(".new")
    draft.write_text(json.dumps(asdict(run)))
    draft.replace(_file())


def _wanted(loans: int | None, table: Path | None) -> Run:
    """Return the replay to do or to go on with."""
    path = str((table or sample.SHIPPED).resolve())
    if not parties.parties().exists():
        return Run(path, loans or DEFAULT_LOANS)
    if not _file().exists():
        raise AnotherReplay(
            "This platform already has parties that no demo made, so the demo will not "
            "run on it. Point LONGTAIL_VAR or LONGTAIL_DATABASE_URL to an empty one."
        )
    held = Run(**json.loads(_file().read_text()))
    if (loans or held.loans) != held.loans or (table and path != held.table):
        raise AnotherReplay(
            f"This platform already replays {held.loans} loans of {held.table}. To replay "
            "others, start with an empty one: longtail demo --fresh."
        )
    return held


def print_logins(port: int) -> None:
    """Print where the site is and how to log in, one person a role."""
    console = Console()
    console.print(f"\n[bold]The site is on http://127.0.0.1:{port}[/bold]  (stop: Ctrl-C)")
    console.print("One-click log-ins by role are on the log-in page:")
    for kind, people in demo_people.people_by_kind():
        for person, party in people:
            console.print(f"  {kind:<11} {person}, {party}")
