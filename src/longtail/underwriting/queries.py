"""Reads over models and assessments, and decisions made again. No writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from longtail.kernels.credit.points import Scorecard
from longtail.terms.regimes import regime_at
from longtail.underwriting import decision, models, policy, rules, serial
from longtail.underwriting.decision import Decision
from longtail.underwriting.judging import Rulebook
from longtail.values.refusal import Refusal

DECIDED = tuple(Decision.__dataclass_fields__)


class NoModelInstalled(Refusal):
    """There was no model to score with at that time."""


class ModelAltered(Refusal):
    """A stored scorecard is not the one its hash names."""


class UnknownAssessment(Refusal):
    """No assessment has this code."""


def assessment(code: str) -> models.Assessment:
    """Return an assessment.

    Raises:
        UnknownAssessment: If no assessment has this code.
    """
    found = models.Assessment.objects.filter(code=code).first()
    if found is None:
        raise UnknownAssessment(f"There is no assessment {code!r}. Check the code.")
    return found


def assessments(*, matter: str | None = None) -> Sequence[models.Assessment]:
    """Return assessments, newest first; those of one matter if it is given."""
    found = models.Assessment.objects.order_by("-made_at", "-id")
    return list(found if matter is None else found.filter(matter=matter))


def latest_assessment(matter: str) -> models.Assessment | None:
    """Return the newest assessment of a matter, or None."""
    return next(iter(assessments(matter=matter)), None)


def principal_reasons(made: models.Assessment, *, most: int = 4) -> tuple[str, ...]:
    """Return the reasons that count most, as sentences.

    Args:
        made: An assessment.
        most: How many; more than four are of no help to the reader.

    Source:
        12 CFR 1002.9(b)(2), official interpretation 2.
    """
    return tuple(reason["text"] for reason in made.reasons[:most])


def current_model(*, at: datetime) -> models.Model:
    """Return the model that decides at a time: the last one installed by then.

    Raises:
        NoModelInstalled: If none was.
    """
    by_then = models.Model.objects.filter(installed_at__lte=at)
    found = by_then.order_by("-installed_at", "-id").defer("metrics").first()
    if found is None:
        raise NoModelInstalled(
            f"No scorecard was installed by {at.isoformat()}, so nothing can be assessed. "
            "Install one first, dated no later than the first assessment."
        )
    return found


def installed_models() -> Sequence[models.Model]:
    """Return every model, newest first, with its metrics."""
    return list(models.Model.objects.order_by("-installed_at", "-id"))


def scorecard_of(model: models.Model) -> Scorecard:
    """Return a model's scorecard, after checking that it is what its hash says.

    Raises:
        ModelAltered: If it is not.
    """
    if serial.digest(model.scorecard) != model.content_hash:
        raise ModelAltered(
            f"The stored scorecard {model} does not match its hash, so it may not decide. "
            "Install the model again from its source."
        )
    return serial.scorecard_of(model.scorecard)


def required_facts() -> Mapping[str, rules.Fact]:
    """Return the facts without which nothing is approved, by name."""
    return {name: rules.FACTS[name] for name in rules.REQUIRED_FACTS}


def remade(code: str) -> Decision:
    """Return the decision of an assessment made again from what was stored with it.

    Raises:
        UnknownAssessment: If no assessment has this code.
        ModelAltered: If the scorecard was altered.
        NoPolicyInForce: If the policy version is no longer known.
    """
    made = assessment(code)
    application = rules.from_json(made.inputs)
    rulebook = Rulebook(
        scorecard=scorecard_of(made.model),
        policy=policy.policy_of(made.policy_version),
        regime=regime_at(application.regime_code, made.made_at.date()),
        at=made.made_at,
    )
    return decision.decide(application, rulebook)


def is_identical_rerun(code: str) -> bool:
    """Return whether an assessment, made again, comes out the same to the last bit.

    Raises:
        UnknownAssessment: If no assessment has this code.
    """
    made = assessment(code)
    stored: dict[str, Any] = {name: getattr(made, name) for name in DECIDED}
    return serial.canonical(stored) == serial.canonical(remade(code).as_json())
