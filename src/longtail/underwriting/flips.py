"""The smallest single change of an application that would change the answer. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from longtail.terms.catalogue import latest
from longtail.terms.mode import needs_guarantor
from longtail.terms.primitives import Evidence
from longtail.underwriting.judging import SEVERITY, Judgement, Rulebook, judge
from longtail.underwriting.rules import Application, EvidenceFact, Outcome
from longtail.values.money import Money
from longtail.values.rates import ONE_BPS

# Shares of the amount asked to try, percent.
AMOUNTS = (90, 75, 50, 25)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact changed.

    Attributes:
        fact: What changes.
        size: How much, as a share of all it could change by. To wait until one is no
            longer new counts as 1; to find a guarantor for more counts as more than that.
        text: What would have to be true, as a sentence without a full stop.
        application: With the change.
    """

    fact: str
    size: float
    text: str
    application: Application


@dataclass(frozen=True, slots=True)
class Path:
    """Ever larger changes of one fact, made only when they are tried.

    Attributes:
        steps: Smallest first.
        change: Makes the change of a step.
        is_monotone: Whether a larger one is never answered worse.
    """

    steps: Sequence[int]
    change: Callable[[int], Change]
    is_monotone: bool = True


def smallest_flip(
    application: Application, rulebook: Rulebook, judgement: Judgement
) -> dict[str, Any] | None:
    """Return the smallest change of one fact that would lift a decline.

    Only what an enterprise can change, have attested or wait for is tried: never its
    sector or its state, and never a larger amount.

    Args:
        application: The one declined.
        rulebook: What it was judged by.
        judgement: What the rules said.

    Returns:
        The fact, what would have to be true, and the answer then: approval if one change
        is enough for it, else a referral. None when it was not declined, or when no
        single change lifts the decline.
    """
    if judgement.outcome is not Outcome.DECLINE:
        return None
    paths = (
        _amounts(application, judgement.limit_minor or 0),
        _reports(application, judgement),
        _age(application),
        _covers(application),
    )
    trials = [_Trial(path, rulebook, {}) for path in paths]
    for outcome in (Outcome.APPROVE, Outcome.REFER):
        found = [c for t in trials if (c := t.first(outcome)) is not None]
        if found:
            change = min(found, key=lambda c: c.size)
            return {"fact": change.fact, "text": change.text, "outcome": str(outcome)}
    return None


@dataclass(frozen=True, slots=True)
class _Trial:
    path: Path
    rulebook: Rulebook
    answers: dict[int, int]

    def first(self, outcome: Outcome) -> Change | None:
        """Return the first change that is answered at least as well as wanted."""

        def is_enough(step: int) -> bool:
            return self._answer(step) <= SEVERITY[outcome]

        path = self.path
        if not path.is_monotone:
            return next((path.change(s) for s in path.steps if is_enough(s)), None)
        if not path.steps or not is_enough(path.steps[-1]):
            return None
        return path.change(path.steps[bisect_left(path.steps, True, key=is_enough)])

    def _answer(self, step: int) -> int:
        if step not in self.answers:
            changed = self.path.change(step).application
            self.answers[step] = SEVERITY[judge(changed, self.rulebook).outcome]
        return self.answers[step]


def _amounts(application: Application, limit_minor: int) -> Path:
    asked = application.amount_minor
    less = {asked * percent // 100 for percent in AMOUNTS} | {min(asked, limit_minor)}

    def change(amount: int) -> Change:
        return Change(
            "amount",
            1 - amount / asked,
            f"An amount of {Money(amount, application.currency)} or less",
            replace(application, amount_minor=amount),
        )

    return Path(sorted(less - {0, asked}, reverse=True), change, is_monotone=False)


def _covers(application: Application) -> Path:
    now = application.cover_bps

    def change(percent: int) -> Change:
        kind = Evidence.GUARANTEE_UNDERTAKING
        evidence = _restated(application.evidence, kind, percent, "percent")
        return Change(
            "cover",
            1 + (percent * 100 - now) / ONE_BPS,
            f"A guarantee of {percent} % of any loss",
            replace(application, cover_bps=percent * 100, evidence=evidence),
        )

    can_cover = needs_guarantor(latest(application.mode_code))
    return Path(range(now // 100 + 1, 101) if can_cover else (), change)


def _reports(application: Application, judgement: Judgement) -> Path:
    now = judgement.attested.values.get(Evidence.CREDIT_REPORT)

    def change(value: int) -> Change:
        kind = Evidence.CREDIT_REPORT
        return Change(
            str(kind),
            (value - float(now or 0)) / 100,
            f"A credit report of at least {value} of 100",
            replace(
                application,
                evidence=_restated(application.evidence, kind, value, "0-100"),
            ),
        )

    return Path(() if now is None else range(int(now) + 1, 101), change)


def _age(application: Application) -> Path:
    def change(_: int) -> Change:
        facts = {**application.facts, "is_new_business": False}
        return Change(
            "is_new_business",
            1.0,
            "Two years in business",
            replace(application, facts=facts),
        )

    return Path((1,) if application.facts.get("is_new_business") is True else (), change)


def _restated(
    evidence: Sequence[EvidenceFact], kind: Evidence, value: int, scale: str
) -> tuple[EvidenceFact, ...]:
    return tuple(
        replace(e, value=str(value), scale=scale) if e.kind == kind else e for e in evidence
    )
