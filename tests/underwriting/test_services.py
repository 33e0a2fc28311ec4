"""Assessments are kept for ever, made once, and made again to the last bit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import ProgrammingError, transaction

from longtail.kernels.credit.points import NumericAttribute
from longtail.terms.catalogue import UnknownMode
from longtail.underwriting import models, policy, queries, services
from longtail.values.refusal import InvalidInput
from tests.underwriting.cases import AT, CARD, GOOD, asked, attested

pytestmark = pytest.mark.django_db
METRICS = {"out_of_time": {"auc": 0.627}}


@pytest.fixture(autouse=True)
def model():
    return services.install_model(
        scorecard=CARD, metrics=METRICS, at=AT - timedelta(days=1)
    )


CASES = {
    "approve": GOOD,
    "refer": asked(without=["sector"]),
    "decline": asked(facts={"is_new_business": True, "sector": "23"}),
    "unscored": asked(facts={}, without=["sector", "state", "is_new_business"]),
    "guaranteed": asked(
        mode_code="p2p-guaranteed",
        cover_bps=7_500,
        evidence=[attested("guarantee-undertaking", "75", "percent")],
    ),
    "odd facts": asked(facts={"employees": "many", "state": 7, "jobs_created": 1.5}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_assessment_reruns_identically(model, case):
    made = services.assess(application=CASES[case], at=AT)
    stored = queries.assessment(made.code)
    assert queries.is_identical_rerun(made.code)
    assert services.rerun(code=made.code).outcome == stored.outcome
    assert stored.model_hash == model.content_hash
    assert stored.policy_version == policy.policy_at(AT.date()).version
    assert stored.made_at == AT


@pytest.mark.parametrize("case", ["refer", "decline", "unscored"])
def test_what_is_not_approved_says_why(case):
    made = services.assess(application=CASES[case], at=AT)
    assert made.outcome == {"unscored": "refer"}.get(case, case)
    assert made.reasons
    assert 0 < len(queries.principal_reasons(made)) <= 4
    if made.score is not None:
        lost = sum(r["points"] for r in made.reasons if r["points"] is not None)
        assert made.score - made.best_score == lost


def test_a_decline_carries_the_change_that_lifts_it():
    made = services.assess(application=CASES["decline"], at=AT)
    assert set(made.flip) == {"fact", "text", "outcome"}


def test_a_retry_finds_the_decision_already_made():
    first = services.assess(application=GOOD, at=AT)
    # The same instant in another zone is the same time.
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    assert services.assess(application=GOOD, at=elsewhere).code == first.code
    later = services.assess(application=GOOD, at=AT + timedelta(minutes=1))
    assert later.code != first.code
    found = queries.assessments(matter=GOOD.matter)
    assert [a.code for a in found] == [later.code, first.code]
    assert queries.latest_assessment(GOOD.matter).code == later.code
    assert queries.latest_assessment("DEM-0/v1") is None


def test_the_day_is_the_same_when_it_is_read_back():
    """Just after midnight in Shanghai it is still yesterday for the policy and the law."""
    shanghai = datetime(2026, 3, 3, 1, tzinfo=timezone(timedelta(hours=8)))
    made = services.assess(application=GOOD, at=shanghai)
    assert queries.assessment(made.code).made_at == shanghai.astimezone(UTC)
    assert queries.is_identical_rerun(made.code)


def test_history_cannot_be_rewritten(model):
    made = services.assess(application=GOOD, at=AT)
    for rows, change in (
        (models.Assessment.objects.all(), {"outcome": "decline"}),
        (models.Model.objects.all(), {"metrics": {}}),
    ):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            rows.update(**change)
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            rows._raw_delete(rows.db)
    assert queries.assessment(made.code).outcome == "approve"
    assert queries.current_model(at=AT) == model


def test_an_old_assessment_keeps_the_model_it_was_made_with(model):
    made = services.assess(application=GOOD, at=AT)
    stricter = replace(CARD, base_points=CARD.base_points - 40)
    services.install_model(scorecard=stricter, metrics={}, at=AT + timedelta(days=1))
    assert queries.is_identical_rerun(made.code)
    later = services.assess(application=GOOD, at=AT + timedelta(days=2))
    assert later.outcome == "decline"
    assert queries.current_model(at=AT) == model
    assert [m.metrics for m in queries.installed_models()] == [{}, METRICS]


def test_installing_twice_is_installing_once(model):
    again = services.install_model(scorecard=CARD, metrics={"other": 1}, at=AT)
    assert again == model
    assert again.metrics == METRICS


def test_a_model_that_reads_the_future_is_not_installed():
    term = NumericAttribute(name="Term", edges=(60,), points=(0, 90), missing_points=0)
    leaking = replace(CARD, attributes=(*CARD.attributes, term))
    with pytest.raises(services.UnreadableAttribute, match="reads Term"):
        services.install_model(scorecard=leaking, metrics={}, at=AT)
    assert models.Model.objects.count() == 1


def test_a_scorecard_that_is_not_its_hash_does_not_decide():
    models.Model.objects.create(
        content_hash="0" * 64, scorecard={"points": 1}, metrics={}, installed_at=AT
    )
    with pytest.raises(queries.ModelAltered, match="does not match its hash"):
        services.assess(application=GOOD, at=AT)
    assert not models.Assessment.objects.exists()


@pytest.mark.parametrize(
    ("application", "at", "refusal"),
    [
        (replace(GOOD, amount_minor=0), AT, InvalidInput),
        (replace(GOOD, cover_bps=10_001), AT, InvalidInput),
        (replace(GOOD, n_periods=0), AT, InvalidInput),
        (asked(facts={"sector": "a\x00"}), AT, InvalidInput),
        (asked(facts={"sector": "\ud800"}), AT, InvalidInput),
        (asked(facts={"employees": float("nan")}), AT, InvalidInput),
        (replace(GOOD, mode_code="wishes"), AT, UnknownMode),
        (GOOD, AT - timedelta(days=2), queries.NoModelInstalled),
        (GOOD, datetime(1969, 1, 1, tzinfo=UTC), queries.NoModelInstalled),
    ],
)
def test_a_refusal_leaves_nothing_behind(application, at, refusal):
    with pytest.raises(refusal):
        services.assess(application=application, at=at)
    assert not models.Assessment.objects.exists()


def test_an_unknown_code_is_said_to_be_unknown():
    with pytest.raises(queries.UnknownAssessment, match="ASM-NONE"):
        queries.is_identical_rerun("ASM-NONE")


def test_there_was_no_policy_before_the_first():
    with pytest.raises(policy.NoPolicyInForce, match="1969"):
        policy.policy_at(datetime(1969, 12, 31, tzinfo=UTC).date())
    with pytest.raises(policy.NoPolicyInForce, match="unheard-of"):
        policy.policy_of("unheard-of")


def test_forms_can_ask_which_facts_are_needed():
    assert list(queries.required_facts()) == [
        "sector",
        "employees",
        "is_new_business",
        "state",
        "is_urban",
        "is_revolving",
        "is_low_doc",
    ]
