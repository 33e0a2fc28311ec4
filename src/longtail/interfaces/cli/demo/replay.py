"""The replay: business days pass, and everything that is due on each of them happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from longtail.deals import queries as deals
from longtail.deals.lifecycle import TERMINAL, State
from longtail.interfaces import own_accounts
from longtail.interfaces.cli.demo import calendar, loans, sample_model
from longtail.interfaces.cli.demo.cast import engage
from longtail.interfaces.cli.demo.originate import Stage, advance, publish
from longtail.interfaces.cli.demo.plan import Loan
from longtail.interfaces.cli.demo.repay import Borrowers
from longtail.ledger.custodian import courier
from longtail.servicing import eod, services
from longtail.servicing import queries as servicing

# A demand in one of these needs no more attention of its own.
SETTLED = frozenset({State.ACTIVE, State.DEFAULTED}) | TERMINAL


@dataclass(slots=True)
class Play:
    """A replay in progress.

    Attributes:
        waiting: Loans not yet published, the next one last.
        until: The last day.
    """

    stage: Stage
    borrowers: Borrowers
    waiting: list[Loan]
    until: date

    def live(self, day: date) -> None:
        """Let a business day happen, and close the books where they are to be closed."""
        at = at_noon(day)
        while self.waiting and self.waiting[-1].approval_date <= day:
            publish(self.stage, self.waiting.pop(), at=at)
        for code in list(self.stage.open_codes):
            advance(self.stage, code, on=day, at=at)
        self.borrowers.pay(until=day, at=at)
        settle(at)
        self.follow()
        if self.borrowers.lose(self.stage.cast, on=day, at=at):
            settle(at)
        if calendar.ends(day, until=self.until):
            eod.end_of_day(to=day, at=at)
            if day >= self.until:
                own_accounts.publish_claims(on=day - timedelta(days=1), at=at)

    def follow(self) -> None:
        """Move demands that were drawn down to the borrowers; forget those that ended."""
        for demand in deals.demands(states=SETTLED).filter(
            code__in=list(self.stage.open_codes)
        ):
            del self.stage.open_codes[demand.code]
            agreement = deals.agreement_of(demand.code)
            if agreement:
                self.borrowers.join(agreement, self.stage.loans[demand.code])


def settle(at: datetime) -> None:
    """Exchange messages with the custodian and take what came of it into service."""
    courier.exchange(at=at)
    services.confirm_drawdowns(at=at)
    services.take_receipts(at=at)


def replay(*, table: Path, how_many: int, console: Console) -> None:
    """Bring loans from published demand to the last repayment or charge-off.

    Goes on where an earlier replay of the same loans was interrupted.

    Args:
        table: A Parquet file of the sample's columns.
        how_many: Loans at their real dates; some more are re-dated to the end, so that
            the site has open books when it is served.
        console: Where progress is shown.
    """
    cast_list, days = script(table=table, how_many=how_many)
    opening = at_noon(days[0] - timedelta(days=1))
    with console.status("Fitting the scorecard, admitting the parties ..."):
        sample_model.ensure(at=opening)
        stage = Stage(engage(cast_list, at=opening))
    play = Play(stage, Borrowers(), sorted(cast_list, key=_youngest_first), days[-1])
    reached = servicing.processing_date()
    for day in _tracked(days, play, console):
        if reached is None or day > reached:
            play.live(day)
        elif day == reached:
            _catch_up(play, day)


def script(*, table: Path, how_many: int) -> tuple[list[Loan], list[date]]:
    """Return the loans to replay, and the days to stop at."""
    everything = loans.read(table)
    chosen = loans.choose(everything, how_many)
    until = calendar.last_day(chosen)
    fresh = loans.redated(everything, chosen=chosen, days=calendar.fresh_days(until))
    cast_list = [*chosen, *fresh]
    return cast_list, calendar.stops(cast_list, until=until)


def _youngest_first(loan: Loan) -> tuple[int, int]:
    return -loan.approval_date.toordinal(), -loan.number


def _catch_up(play: Play, reached: date) -> None:
    """Rebuild what an interrupted replay knew, from the platform."""
    at = at_noon(reached)
    while play.waiting and play.waiting[-1].approval_date <= reached:
        publish(play.stage, play.waiting.pop(), at=at)
    settle(at)
    play.follow()


def _tracked(days: list[date], play: Play, console: Console) -> Iterator[date]:
    """Yield the days behind a progress bar."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(days))
        for day in days:
            progress.update(
                task,
                description=f"{day:%b %Y}  {len(play.stage.open_codes):>3} open demands  "
                f"{len(play.borrowers.by_agreement):>3} agreements",
            )
            yield day
            progress.advance(task)


def at_noon(day: date) -> datetime:
    """Return the moment of a business day at which the replay acts."""
    return datetime.combine(day, time(12), UTC)
