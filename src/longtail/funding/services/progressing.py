"""What is due for a demand, done: each demand in its own transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.deals.lifecycle import IllegalTransition, State
from longtail.funding import models
from longtail.funding.rules import LIVE_BOOKS, BookState, Outcome
from longtail.funding.services.books import find_live
from longtail.funding.services.closing import BookStillOpen, close_book, is_due
from longtail.funding.services.evidence import EvidenceLapsed, lapsed_kinds
from longtail.funding.services.opening import open_book
from longtail.funding.services.watching import (
    WATCHED,
    freeze_if_lapsed,
    resume_if_mended,
)
from longtail.values.refusal import Refusal

log = logging.getLogger(__name__)
MOVING = (State.ATTESTING, State.ACCEPTED, State.LISTED, State.FROZEN)
COUNTS = ("assessed", "opened", "funded", "failed", "frozen", "resumed")
# A demand passes at most attesting, accepted, listed and closed without a person.
MOST_STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A demand that could not be moved, and why."""

    demand_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What was done over a set of demands, and what failed."""

    assessed: int = 0
    opened: int = 0
    funded: int = 0
    failed: int = 0
    frozen: int = 0
    resumed: int = 0
    failures: tuple[Failure, ...] = field(default=())

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return sum(getattr(self, name) for name in COUNTS)


def progress(*, demand_code: str, at: datetime) -> Progress:
    """Do whatever is now due for one demand; idempotent.

    Assess it when its evidence is complete, open its book when its offer is accepted,
    freeze it when evidence falls, resume it when mended, close its book when due.

    Args:
        demand_code: The demand.
        at: When, timezone-aware.

    Returns:
        What was done.
    """
    done: Counter[str] = Counter()
    for _ in range(MOST_STEPS):
        demand = deals.demand(demand_code)
        try:
            step = _next(demand, at)
        except IllegalTransition:
            if deals.demand(demand_code).state == demand.state:
                raise
            # Another worker took this step first.
            continue
        if not step:
            break
        done[step] += 1
    return Progress(**done)


def progress_all(*, at: datetime) -> Progress:
    """Do whatever is now due for every demand that may move by itself.

    Args:
        at: When, timezone-aware.

    Returns:
        What was done; demands that failed are listed and logged, and stop no other.
    """
    moving = deals.demands(states=MOVING).order_by("id").values_list("code", flat=True)
    return _each(moving, lambda code: progress(demand_code=code, at=at))


def close_due(*, at: datetime) -> Progress:
    """Close every book that is full or past its window.

    Args:
        at: When, timezone-aware.

    Returns:
        How many were funded and failed, and which could not be closed.
    """
    live = models.Book.objects.filter(state__in=LIVE_BOOKS)
    live = live.select_related("demand", "enterprise")
    due = [book.demand.code for book in live.order_by("id") if is_due(book, at=at)]
    return _each(due, lambda code: _count(_close(code, at)))


def freeze_revoked(*, at: datetime) -> Progress:
    """Stop every demand past its assessment whose evidence holds no longer.

    Args:
        at: When, timezone-aware.

    Returns:
        How many were stopped, and which could not be.
    """
    watched = deals.demands(states=WATCHED).order_by("id")
    # Looked at without a lock first: most days nothing has lapsed.
    lapsed = [d.code for d in watched if lapsed_kinds(d, at=at)]
    return _each(lapsed, lambda code: _count(_freeze(code, at)))


def _next(demand: Any, at: datetime) -> str:
    """Take a demand's next step and return the name of its count, empty if none is due."""
    match demand.state:
        case State.ATTESTING:
            if lapsed_kinds(demand, at=at):
                return ""
            deal_services.assess(demand_code=demand.code, at=at)
            return "assessed"
        case State.ACCEPTED:
            if lapsed_kinds(demand, at=at):
                return _freeze(demand.code, at)
            open_book(demand_code=demand.code, at=at)
            return "opened"
        case State.LISTED | State.FROZEN:
            return _watch(demand, at)
    return ""


def _watch(demand: Any, at: datetime) -> str:
    book = find_live(demand.code)
    if book is None:
        return ""
    if is_due(book, at=at) and (closed := _close(demand.code, at)):
        return closed
    is_lapsed = bool(lapsed_kinds(demand, at=at))
    if book.state == BookState.OPEN:
        return _freeze(demand.code, at) if is_lapsed else ""
    if is_lapsed:
        return ""
    return "resumed" if resume_if_mended(demand_code=demand.code, at=at) else ""


def _freeze(demand_code: str, at: datetime) -> str:
    return "frozen" if freeze_if_lapsed(demand_code=demand_code, at=at) else ""


def _close(demand_code: str, at: datetime) -> str:
    try:
        outcome = close_book(demand_code=demand_code, at=at)
    except (BookStillOpen, EvidenceLapsed):
        return ""
    return "funded" if outcome is Outcome.FUNDED else "failed"


def _count(step: str) -> Progress:
    return Progress(**{step: 1}) if step else Progress()


def _each(codes: Iterable[str], work: Callable[[str], Progress]) -> Progress:
    """Work on each demand; one that fails is reported and stops no other."""
    done: Counter[str] = Counter()
    failures = []
    for code in list(codes):
        try:
            step = work(code)
        except Refusal as refusal:
            log.warning("demand %s was not moved: %s", code, refusal)
            failures.append(Failure(demand_code=code, reason=str(refusal)))
        except Exception as error:
            log.exception("demand %s could not be moved", code)
            failures.append(Failure(demand_code=code, reason=repr(error)))
        else:
            for name in COUNTS:
                done[name] += getattr(step, name)
    return Progress(**done, failures=tuple(failures))
