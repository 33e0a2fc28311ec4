"""A demand's way through the seven steps, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from longtail.deals import models, rules
from longtail.deals.lifecycle import Event, State
from longtail.deals.queries.demands import agreement_of, demand, matter, transitions
from longtail.evidence import queries as evidence
from longtail.terms.catalogue import title
from longtail.values.money import Money
from longtail.values.rates import fraction

TITLES = ("Publish", "Ask", "Answer", "Push", "Decide", "Custody", "Repay")
# The step that a demand in this state is at; 8 when all are behind it.
AT_STEP: Mapping[State, int] = {
    State.DRAFT: 1,
    State.ATTESTING: 3,
    State.REFERRED: 3,
    State.DECLINED: 3,
    State.OFFERED: 4,
    State.ACCEPTED: 4,
    State.LISTED: 5,
    State.FROZEN: 5,
    State.FAILED: 5,
    State.FUNDED: 6,
    State.ACTIVE: 7,
    State.DEFAULTED: 7,
    State.REPAID: 8,
    State.WRITTEN_OFF: 8,
}
# The event that ends each step, and so dates it.
ENDS: tuple[tuple[Event, ...], ...] = (
    (Event.SUBMIT, Event.EDIT),
    (Event.SUBMIT, Event.EDIT),
    (Event.APPROVE, Event.DECLINE),
    (Event.LIST,),
    (Event.FILL, Event.FAIL),
    (Event.DRAW_DOWN,),
    (Event.REPAY, Event.WRITE_OFF),
)
STOPPED = frozenset({State.DECLINED, State.FAILED, State.WITHDRAWN, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps of one demand.

    Attributes:
        number: 1 to 7.
        title: Its name.
        state: ``done``, ``current``, ``todo`` or ``stopped`` (it ended here).
        at: When it was done or stopped; None before that.
        detail: What happened, or what is waited for.
    """

    number: int
    title: str
    state: str
    at: datetime | None
    detail: str


def timeline(code: str) -> tuple[Step, ...]:
    """Return a demand's seven steps.

    Raises:
        UnknownDemand: If no demand has this code.
    """
    found = demand(code)
    log = _current_run([t for t in transitions(code) if t.is_taken])
    at_step = _at_step(found, log)
    details = _details(found, log)
    last = log[-1] if log else None
    return tuple(
        _step(number, at_step, details[number - 1], log=log, stop=last)
        if State(found.state) in STOPPED and number == at_step
        else _step(number, at_step, details[number - 1], log=log, stop=None)
        for number in range(1, 8)
    )


def _current_run(log: list[models.Transition]) -> list[models.Transition]:
    """Return the log since the current version was published; what came before is void."""
    starts = [
        i
        for i, row in enumerate(log)
        if row.event in (Event.SUBMIT, Event.EDIT) and row.to_state == State.ATTESTING
    ]
    return log[starts[-1] :] if starts else log


def _at_step(found: models.Demand, log: list[models.Transition]) -> int:
    state = State(found.state)
    if state in AT_STEP:
        return AT_STEP[state]
    # Withdrawn and expired say where they ended only through where they came from.
    return AT_STEP[State(log[-1].from_state)]


def _step(
    number: int,
    at_step: int,
    detail: str,
    *,
    log: list[models.Transition],
    stop: models.Transition | None,
) -> Step:
    if stop:
        return Step(number, TITLES[number - 1], "stopped", stop.at, _ending(stop))
    if number > at_step:
        return Step(number, TITLES[number - 1], "todo", None, "")
    if number == at_step:
        return Step(number, TITLES[number - 1], "current", None, detail)
    ends = [row.at for row in log if row.event in ENDS[number - 1]]
    return Step(number, TITLES[number - 1], "done", ends[-1] if ends else None, detail)


def _ending(stop: models.Transition) -> str:
    return ": ".join(filter(None, (stop.to_state.capitalize(), stop.reason)))


def _details(found: models.Demand, log: list[models.Transition]) -> tuple[str, ...]:
    version = found.current
    asked = (
        f"{Money(version.amount_minor, version.currency)} for "
        f"{rules.PURPOSES[version.purpose].lower()} over {version.tenor_months} months, "
        f"{title(version.mode_code)}, version {version.number}"
    )
    ordered, delivered = _evidence(found)
    return (
        asked,
        f"Asked for {', '.join(ordered)}" if ordered else "",
        _answer(found, ordered, delivered),
        _push(found),
        _decide(found, log),
        "Money is with the custodian" if found.state == State.FUNDED else "Paid out",
        _repay(found),
    )


def _evidence(found: models.Demand) -> tuple[list[str], set[str]]:
    filed = matter(found)
    ordered = sorted({str(order.kind) for order in evidence.orders_for(filed)})
    delivered = {str(a.kind) for a in evidence.attestations_for(filed)}
    names = [kind.replace("-", " ") for kind in ordered]
    return names, delivered & set(ordered)


def _answer(found: models.Demand, ordered: list[str], delivered: set[str]) -> str:
    answered = f"{len(delivered)} of {len(ordered)} attestations delivered"
    offer = found.current_offer
    if offer:
        rate, apr = fraction(offer.rate_bps) * 100, fraction(offer.apr_bps) * 100
        return f"{answered}; grade {offer.grade}, {rate:.2f} % a year (APR {apr:.2f} %)"
    if found.state == State.REFERRED:
        return f"{answered}; referred to two people"
    return answered


def _push(found: models.Demand) -> str:
    if found.state == State.OFFERED:
        return "The enterprise has an offer to accept"
    if found.state == State.ACCEPTED:
        return "Offer accepted; funders are told next"
    return "Put before the funders whose mandates fit"


def _decide(found: models.Demand, log: list[models.Transition]) -> str:
    if found.state == State.LISTED:
        return "Open to funders"
    if found.state == State.FROZEN:
        return f"Frozen: {log[-1].reason}".removesuffix(": ")
    return "Funded in full"


def _repay(found: models.Demand) -> str:
    agreement = agreement_of(found.code)
    if agreement is None:
        return ""
    until = f"last instalment due {agreement.maturity_date:%d %B %Y}"
    return {
        State.DEFAULTED: f"In default; {until}",
        State.REPAID: "Repaid in full",
        State.WRITTEN_OFF: "Written off; recoveries still reach the holders",
    }.get(State(found.state), f"Repaying; {until}")
