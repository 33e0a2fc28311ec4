"""A small scorecard with round points, and an application that it approves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from longtail.kernels.credit.points import (
    CategoricalAttribute,
    NumericAttribute,
    Scorecard,
)
from longtail.terms.regimes import regime_at
from longtail.underwriting import policy
from longtail.underwriting.decision import decide
from longtail.underwriting.judging import Rulebook
from longtail.underwriting.rules import Application, EvidenceFact

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = policy.policy_at(AT.date())


def yes_no(name, *, yes, no):
    return CategoricalAttribute(
        name=name, levels=("no", "yes"), points=(no, yes), missing_points=min(yes, no) + 2
    )


# An existing restaurant in Texas that asks for 100,000 scores 600: odds of 15 to 1.
CARD = Scorecard(
    attributes=(
        NumericAttribute(
            name="amount", edges=(50_000, 250_000), points=(0, 10, 20), missing_points=5
        ),
        NumericAttribute(name="cover", edges=(9_900,), points=(0, 30), missing_points=0),
        CategoricalAttribute(
            name="sector",
            levels=("23", "62", "72", "92"),
            points=(5, 25, 10, 10),
            missing_points=8,
        ),
        CategoricalAttribute(
            name="state", levels=("CA", "TX"), points=(10, 0), missing_points=3
        ),
        yes_no("is_new_business", yes=0, no=15),
        yes_no("is_revolving", yes=10, no=0),
    ),
    base_points=565,
    anchor_score=600,
    anchor_odds=15.0,
    pdo=20,
)
FACTS = {
    "sector": "72",
    "employees": 8,
    "is_new_business": False,
    "state": "TX",
    "is_urban": "urban",
    "is_revolving": False,
    "is_low_doc": False,
    "is_franchise": False,
    "jobs_created": 2,
    "jobs_retained": 8,
}


def attested(kind, value, scale="0-100", *, days=90):
    return EvidenceFact(
        kind=kind, value=value, scale=scale, valid_until=AT + timedelta(days=days)
    )


EVIDENCE = (
    attested("registration", "1", "yes-no"),
    attested("credit-report", "70"),
    attested("bank-statements", "80"),
    attested("tax-filings", "1", "yes-no"),
    attested("business-plan", "80"),
)
GOOD = Application(
    matter="DEM-7K3F9Q2A4X/v1",
    enterprise_code="ENT-7K3F9Q2A4X",
    facts=FACTS,
    amount_minor=100_000_00,
    n_periods=60,
    mode_code="p2p-unsecured",
    cover_bps=0,
    evidence=EVIDENCE,
)


def rulebook(**changes):
    book = Rulebook(
        scorecard=CARD, policy=POLICY, regime=regime_at("open-sandbox", AT.date()), at=AT
    )
    return replace(book, **changes)


def asked(*, facts=(), without=(), evidence=(), no_evidence=(), **changes):
    """Return the good application with some facts, attestations or terms changed."""
    kept = {k: v for k, v in {**FACTS, **dict(facts)}.items() if k not in without}
    renewed = {e.kind for e in evidence} | set(no_evidence)
    others = tuple(e for e in EVIDENCE if e.kind not in renewed)
    return replace(GOOD, facts=kept, evidence=others + tuple(evidence), **changes)


def decided(application=GOOD, **changes):
    return decide(application, rulebook(**changes))


def codes(decision):
    return [r["code"] for r in decision.reasons if r["points"] is None]
