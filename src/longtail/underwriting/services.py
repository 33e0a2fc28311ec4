"""Writes of underwriting: install a model, assess an application."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from longtail.kernels.credit.points import Scorecard
from longtail.terms.regimes import regime_at
from longtail.underwriting import models, queries, rules, serial
from longtail.underwriting.decision import Decision, decide
from longtail.underwriting.judging import Rulebook
from longtail.underwriting.policy import policy_at
from longtail.underwriting.rules import Application
from longtail.values.codes import mint
from longtail.values.refusal import InvalidInput, Refusal

# What a scorecard may read beside the facts of an application.
TERMS_READ = frozenset({"amount", "cover"})


class UnreadableAttribute(Refusal):
    """A model reads what an application cannot state."""


@transaction.atomic
def install_model(
    *, scorecard: Scorecard, metrics: Mapping[str, Any], at: datetime
) -> models.Model:
    """Put a scorecard in the registry; from then on it decides. Safe to repeat.

    Args:
        scorecard: The points.
        metrics: What it was trained on and how well it did, JSON-able.
        at: When; it decides on applications assessed from then on.

    Returns:
        The registry's row; the earlier one if the same scorecard is there already.

    Raises:
        UnreadableAttribute: If the scorecard reads anything but the facts and terms of
            an application, such as what is only known after the decision.
    """
    strange = sorted(set(scorecard.by_name) - set(rules.REQUIRED_FACTS) - TERMS_READ)
    if strange:
        raise UnreadableAttribute(
            f"The scorecard reads {', '.join(strange)}, which no application must state. "
            f"Use only {', '.join(sorted(TERMS_READ))} and the required facts: "
            f"{', '.join(rules.REQUIRED_FACTS)}."
        )
    plain = serial.scorecard_json(scorecard)
    model, _ = models.Model.objects.get_or_create(
        content_hash=serial.digest(plain),
        defaults={"scorecard": plain, "metrics": dict(metrics), "installed_at": at},
    )
    return model


@transaction.atomic
def assess(*, application: Application, at: datetime) -> models.Assessment:
    """Decide an application by the model, the policy and the law of the day, and keep it.

    Safe to repeat: the same application at the same time finds the decision already made.

    Args:
        application: What is asked, by whom, on what evidence.
        at: When, timezone-aware.

    Returns:
        The assessment: approve, refer or decline, with reasons.

    Raises:
        InvalidInput: If amount, months or cover are not what a loan can have.
        NoModelInstalled: If there is no model to score with.
        NoPolicyInForce: If no policy decides that day.
        NoRegimeInForce: If no law is known for that place and day.
        UnknownMode: If the catalogue has no such mode.
    """
    _require_sound(application)
    # One zone, so that the same instant is the same day when it is read back.
    at = at.astimezone(UTC)
    model, policy = queries.current_model(at=at), policy_at(at.date())
    inputs = rules.to_json(application)
    digest = serial.digest([inputs, model.content_hash, policy.version, at.isoformat()])
    made = models.Assessment.objects.filter(
        matter=application.matter, digest=digest
    ).first()
    if made:
        return made
    rulebook = Rulebook(
        scorecard=queries.scorecard_of(model),
        policy=policy,
        regime=regime_at(application.regime_code, at.date()),
        at=at,
    )
    decided = decide(application, rulebook).as_json()
    made, _ = models.Assessment.objects.get_or_create(
        matter=application.matter,
        digest=digest,
        defaults={
            "code": mint("ASM"),
            "enterprise_code": application.enterprise_code,
            "model": model,
            "model_hash": model.content_hash,
            "policy_version": policy.version,
            "inputs": inputs,
            "made_at": at,
            **decided,
        },
    )
    return made


def rerun(*, code: str) -> Decision:
    """Make a decision again from its stored inputs, model, policy version and time.

    Args:
        code: Of the assessment. Nothing is written.

    Raises:
        UnknownAssessment: If no assessment has this code.
        ModelAltered: If the stored scorecard is not what its hash says.
    """
    return queries.remade(code)


def _require_sound(application: Application) -> None:
    problems = {
        "amount_minor": "" if application.amount_minor > 0 else "must be more than 0",
        "n_periods": "" if application.n_periods > 0 else "must be at least one month",
        "cover_bps": ""
        if 0 <= application.cover_bps <= 10_000
        else "must be from 0 to 10,000 basis points",
        "facts": ""
        if _can_be_stored(dict(application.facts))
        else "must be text, numbers and yes or no, without control characters",
        "evidence": ""
        if all(e.valid_until.tzinfo for e in application.evidence)
        else "needs a time zone on every date",
    }
    if found := {name: problem for name, problem in problems.items() if problem}:
        raise InvalidInput(found)


def _can_be_stored(facts: dict[str, Any]) -> bool:
    try:
        text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError):
        return False
    return "\\u0000" not in text
