"""Decides an application and says why, as values that can be stored. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from longtail.kernels.credit.reasons import shortfalls
from longtail.underwriting import reading, wording
from longtail.underwriting.flips import smallest_flip
from longtail.underwriting.judging import Judgement, Rulebook, Scored, judge
from longtail.underwriting.rules import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, why, and what would change it.

    Attributes:
        outcome: Approve, refer or decline.
        score: Points, with what the evidence moved; None where too little is known.
        best_score: The most there was to have; the points of the reasons are what is
            missing from it, exactly.
        pd_ppm: Probability of charge-off, parts per million; None without a score.
        grade: AAA to D; empty without a score.
        limit_minor: Most that would be lent; None without a score.
        rate_bps: Yearly rate asked; None without a price.
        price: What the rate is made of.
        reasons: First the rules that stood against it (``points`` None), then what cost
            points, the costliest first.
        flip: The smallest change of one fact that would lift a decline, if there is one.
    """

    outcome: str
    score: int | None
    best_score: int | None
    pd_ppm: int | None
    grade: str
    limit_minor: int | None
    rate_bps: int | None
    price: dict[str, Any]
    reasons: list[dict[str, Any]]
    flip: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def decide(application: Application, rulebook: Rulebook) -> Decision:
    """Decide an application. The same inputs give the same decision, to the last bit.

    Args:
        application: What is asked, by whom, on what evidence.
        rulebook: Model, policy, law and time.

    Raises:
        UnknownMode: If the catalogue has no such mode.
    """
    judgement = judge(application, rulebook)
    scored, asked = judgement.scored, judgement.price
    return Decision(
        outcome=str(judgement.outcome),
        score=scored.score if scored else None,
        best_score=scored.best_score if scored else None,
        pd_ppm=scored.pd_ppm if scored else None,
        grade=judgement.grade.name if judgement.grade else "",
        limit_minor=judgement.limit_minor,
        rate_bps=asked.rate_bps if asked else None,
        price=dict(asked.as_json()) if asked else {},
        reasons=_reasons(judgement, rulebook),
        flip=smallest_flip(application, rulebook, judgement),
    )


def _reasons(judgement: Judgement, rulebook: Rulebook) -> list[dict[str, Any]]:
    rules = [{"code": o.code, "text": o.text, "points": None} for o in judgement.objections]
    if judgement.scored is None:
        return rules
    lost = [
        *_score_reasons(judgement.scored, rulebook),
        *_evidence_reasons(judgement, judgement.scored, rulebook),
    ]
    return rules + sorted(lost, key=lambda reason: reason["points"])


def _score_reasons(scored: Scored, rulebook: Rulebook) -> list[dict[str, Any]]:
    card = rulebook.scorecard
    return [
        {
            "code": s.attribute.replace("_", "-"),
            "text": wording.shortfall(card.by_name[s.attribute], s.bin),
            "points": s.points,
        }
        for s in shortfalls(card, scored.bins)
    ]


def _evidence_reasons(
    judgement: Judgement, scored: Scored, rulebook: Rulebook
) -> list[dict[str, Any]]:
    reasons = []
    for kind, rule in rulebook.policy.adjustments.items():
        points = scored.adjustments.get(kind, 0) - rule.cap
        value = judgement.attested.values.get(kind)
        title = reading.title(kind)
        text = (
            f"There is no {title} to rely on"
            if value is None
            else f"The {title} came out at {value:.0f} of 100"
        )
        if points:
            reasons.append({"code": kind, "text": text, "points": points})
    return reasons
