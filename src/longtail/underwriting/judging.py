"""Judges one application by scorecard, policy and law. Pure.

Every rule is asked every time and the strictest answer wins. An answer that needs a fact
or an attestation which is not there is never a yes: what would have been approved is
referred. Nor is it a no: a decline on the score must hold even if every unknown fact
turned out to be the best there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from longtail.evidence.rules import required_kinds
from longtail.kernels.credit.points import MISSING, Scorecard
from longtail.terms.catalogue import latest
from longtail.terms.primitives import Evidence
from longtail.terms.regimes import Regime
from longtail.underwriting import reading, wording
from longtail.underwriting.policy import Grade, Policy
from longtail.underwriting.pricing import MILLION, Price, price
from longtail.underwriting.reading import Attested, Facts
from longtail.underwriting.rules import Application, Outcome
from longtail.values.money import Money
from longtail.values.rates import ONE_BPS

SEVERITY = {Outcome.APPROVE: 0, Outcome.REFER: 1, Outcome.DECLINE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What an application is judged by.

    Attributes:
        scorecard: The model.
        policy: Cut-offs, limits and prices.
        regime: The law on the day.
        at: The time of the decision, timezone-aware.
    """

    scorecard: Scorecard
    policy: Policy
    regime: Regime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Where an application stands on the scorecard.

    Attributes:
        bins: Bin of each attribute.
        score: With the attested adjustments.
        best_score: With every point that could be had.
        pd_ppm: Probability of charge-off at the score, parts per million.
        best_pd_ppm: The same if all that is missing were the best there is.
        adjustments: Points that evidence added or took, by kind.
    """

    bins: tuple[int, ...]
    score: int
    best_score: int
    pd_ppm: int
    best_pd_ppm: int
    adjustments: dict[str, int]


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that stands against straight approval.

    Attributes:
        outcome: Refer or decline.
        code: Short name of the rule.
        text: What it says, for a banker.
    """

    outcome: Outcome
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of an application.

    Attributes:
        outcome: The strictest of the objections; approve without any.
        objections: Strictest first.
        scored: None where too little is known to score.
        grade: None without a score.
        limit_minor: Most that would be lent; None without a score.
        price: None without a score.
        attested: The evidence that counted.
    """

    outcome: Outcome
    objections: tuple[Objection, ...]
    scored: Scored | None
    grade: Grade | None
    limit_minor: int | None
    price: Price | None
    attested: Attested


def judge(application: Application, rulebook: Rulebook) -> Judgement:
    """Judge an application.

    Args:
        application: What is asked, by whom, on what evidence.
        rulebook: What to judge it by.

    Raises:
        UnknownMode: If the catalogue has no such mode.
    """
    facts = reading.read_facts(application, rulebook.scorecard)
    attested = reading.read_evidence(
        application, required=_required(application), at=rulebook.at
    )
    scored = _score(application, facts, attested, rulebook)
    grade = limit_minor = asked = None
    if scored:
        grade = rulebook.policy.grade_of(scored.pd_ppm)
        limit_minor = _limit(application, facts, grade, rulebook.policy)
        asked = _price(application, scored, rulebook)
    case = _Case(application, facts, attested, scored, grade, limit_minor, asked, rulebook)
    objections = sorted(_objections(case), key=lambda o: -SEVERITY[o.outcome])
    return Judgement(
        outcome=objections[0].outcome if objections else Outcome.APPROVE,
        objections=tuple(objections),
        scored=scored,
        grade=grade,
        limit_minor=limit_minor,
        price=asked,
        attested=attested,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    application: Application
    facts: Facts
    attested: Attested
    scored: Scored | None
    grade: Grade | None
    limit_minor: int | None
    price: Price | None
    rulebook: Rulebook

    @property
    def policy(self) -> Policy:
        return self.rulebook.policy

    @property
    def strictest(self) -> Outcome:
        """The most that a score may do: with anything missing, people decide."""
        is_complete = not self.facts.unknown and not self.attested.absent
        return Outcome.DECLINE if is_complete else Outcome.REFER


def _required(application: Application) -> tuple[str, ...]:
    return required_kinds(
        mode=latest(application.mode_code),
        amount_minor=application.amount_minor,
        currency=application.currency,
        has_innovation=application.has_innovation,
    )


def _score(
    application: Application, facts: Facts, attested: Attested, rulebook: Rulebook
) -> Scored | None:
    card, policy = rulebook.scorecard, rulebook.policy
    values = reading.attributes(application, facts, policy)
    unknown = [a.name for a in card.attributes if a.name in facts.unknown]
    if values is None or len(unknown) > policy.max_unknown_facts:
        return None
    bins = card.bin_of(values)
    moved = {
        kind: _adjustment(policy, kind, attested.values[kind])
        for kind in policy.adjustments
        if kind in attested.values
    }
    score = card.base_points + sum(card.points_of(bins)) + sum(moved.values())
    to_gain = sum(
        max(a.points) - a.missing_points
        for a, b in zip(card.attributes, bins, strict=True)
        if b == MISSING
    ) + sum(a.cap for kind, a in policy.adjustments.items() if kind not in moved)
    return Scored(
        bins=bins,
        score=score,
        best_score=card.best_score + sum(a.cap for a in policy.adjustments.values()),
        pd_ppm=round(card.pd_of(score) * MILLION),
        best_pd_ppm=round(card.pd_of(score + to_gain) * MILLION),
        adjustments=moved,
    )


def _adjustment(policy: Policy, kind: str, value: Decimal) -> int:
    rule = policy.adjustments[kind]
    points = (value - rule.neutral) / rule.values_per_point
    whole = int(points.to_integral_value(rounding=ROUND_HALF_EVEN))
    return max(-rule.cap, min(rule.cap, whole))


def _limit(
    application: Application, facts: Facts, grade: Grade, policy: Policy
) -> int | None:
    """Return the most that is lent: the stricter of what grade and size allow."""
    by_size = policy.limit_base_major + policy.limit_per_employee_major * facts.known.get(
        "employees", 0
    )
    return reading.minor_of(min(grade.limit_major, by_size), application, policy)


def _price(application: Application, scored: Scored, rulebook: Rulebook) -> Price | None:
    amount = reading.reference_amount(application, rulebook.policy)
    if not amount:
        return None
    return price(
        rulebook.policy,
        pd_ppm=scored.pd_ppm,
        cover_bps=application.cover_bps,
        amount=amount,
        apr_cap_bps=rulebook.regime.apr_cap_bps,
    )


def _objections(case: _Case) -> Iterator[Objection]:
    yield from _missing(case)
    yield from _knock_outs(case)
    yield from _evidence_doubts(case)
    yield from _score_doubts(case)
    yield from _limit_doubts(case)
    yield from _price_doubts(case)


def _missing(case: _Case) -> Iterator[Objection]:
    for name, text in case.facts.unknown.items():
        yield Objection(Outcome.REFER, f"missing-{name.replace('_', '-')}", text)
    for kind, text in case.attested.absent.items():
        yield Objection(Outcome.REFER, f"missing-{kind}", text)
    currency = case.application.currency
    if currency not in case.policy.rates:
        text = f"The scorecard was not made for amounts in {currency}"
        yield Objection(Outcome.REFER, "unknown-currency", text)


def _knock_outs(case: _Case) -> Iterator[Objection]:
    """Refuse outright; what cannot be checked is among the missing and not cleared."""
    policy, known = case.policy, case.facts.known
    if case.attested.values.get(Evidence.REGISTRATION) == 0:
        text = "The business register does not confirm the enterprise"
        yield Objection(Outcome.DECLINE, "not-registered", text)
    if known.get("employees", 0) > policy.max_employees:
        text = f"More than {policy.max_employees} employees: not a small enterprise"
        yield Objection(Outcome.DECLINE, "too-large", text)
    if known.get("sector") in policy.excluded_sectors:
        text = f"The policy does not finance {wording.sector(known['sector'])}"
        yield Objection(Outcome.DECLINE, "excluded-sector", text)


def _evidence_doubts(case: _Case) -> Iterator[Objection]:
    for kind, value in case.attested.values.items():
        scale = case.attested.scales[kind]
        if kind == Evidence.REGISTRATION:
            continue
        if scale == "yes-no" and value == 0:
            text = f"The {reading.title(kind)} does not confirm what was stated"
            yield Objection(Outcome.REFER, f"unconfirmed-{kind}", text)
        is_rated = reading.RANGE.match(scale) and kind not in case.policy.adjustments
        if is_rated and value < case.policy.least_rating:
            text = f"The {reading.title(kind)} came out at {value:.0f} of 100"
            yield Objection(Outcome.REFER, f"weak-{kind}", text)
    if _is_undertaking_short(case):
        text = "The guarantor undertakes to bear less than the share asked for"
        yield Objection(Outcome.REFER, "undertaking-too-small", text)
    amount = reading.reference_amount(case.application, case.policy)
    is_low_doc = case.facts.known.get("is_low_doc", False)
    if is_low_doc and amount and amount > case.policy.max_low_doc_major:
        most = f"{case.policy.max_low_doc_major:,}"
        text = f"Reduced documentation is accepted up to USD {most} only"
        yield Objection(Outcome.REFER, "low-documentation", text)


def _is_undertaking_short(case: _Case) -> bool:
    given = case.attested.values.get(Evidence.GUARANTEE_UNDERTAKING)
    application = case.application
    if given is None:
        return False
    match case.attested.scales[Evidence.GUARANTEE_UNDERTAKING]:
        case "percent":
            return given * 100 < application.cover_bps
        case scale if scale == application.currency:
            asked = Money(application.amount_minor, application.currency).decimal
            return given * ONE_BPS < asked * application.cover_bps
    return False


def _score_doubts(case: _Case) -> Iterator[Objection]:
    policy, scored = case.policy, case.scored
    if scored is None:
        return
    chance = f"Probability of charge-off {scored.pd_ppm / 10_000:.2f} %"
    if scored.best_pd_ppm > policy.decline_pd_ppm:
        most = f"{policy.decline_pd_ppm / 10_000:.2f} %"
        text = f"{chance}: above the {most} that the policy accepts"
        yield Objection(Outcome.DECLINE, "pd-too-high", text)
    elif scored.pd_ppm > policy.approve_pd_ppm:
        most = f"{policy.approve_pd_ppm / 10_000:.2f} %"
        text = f"{chance}: above the {most} up to which no person need look"
        yield Objection(Outcome.REFER, "pd-between-cut-offs", text)


def _limit_doubts(case: _Case) -> Iterator[Objection]:
    # Grades without a limit are declined, or referred, for their probability.
    if not case.grade or not case.grade.limit_major or case.limit_minor is None:
        return
    application = case.application
    if application.amount_minor <= case.limit_minor:
        return
    limit = Money(case.limit_minor, application.currency)
    text = f"The amount asked is above the limit of {limit} for its grade and size"
    reach = case.limit_minor * case.policy.referral_limit_percent // 100
    outcome = case.strictest if application.amount_minor > reach else Outcome.REFER
    yield Objection(outcome, "amount-above-limit", text)


def _price_doubts(case: _Case) -> Iterator[Objection]:
    asked = case.price
    if asked and asked.cost_bps > asked.cap_bps:
        text = (
            f"The loan would cost {asked.cost_bps / 100:.2f} % a year, more than the law "
            f"lets it earn ({case.rulebook.regime.name}: {asked.cap_bps / 100:.2f} %)"
        )
        yield Objection(case.strictest, "cost-above-cap", text)
