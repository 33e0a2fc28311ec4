"""The policy approves only what it knows, and says why of everything else."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.underwriting import sample
from longtail.underwriting.rules import REQUIRED_FACTS
from tests.underwriting.cases import (
    AT,
    CARD,
    EVIDENCE,
    FACTS,
    GOOD,
    POLICY,
    asked,
    attested,
    codes,
    decided,
)

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10_000),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from(["unknown", "72", "TX", "urban", ""]),
    st.lists(st.integers(), max_size=2),
)
KINDS = tuple(e.kind for e in EVIDENCE)


def test_a_sound_application_is_approved_graded_and_priced():
    made = decided()
    assert (made.outcome, made.grade, made.score) == ("approve", "BB", 600)
    assert made.pd_ppm == 62_500
    assert made.limit_minor == 1_000_000_00
    assert made.rate_bps == sum(
        made.price[f"{part}_bps"]
        for part in ("funding", "expected_loss", "operating", "margin")
    )
    assert codes(made) == []
    assert made.flip is None


@pytest.mark.parametrize("n", range(1, len(REQUIRED_FACTS) + 1))
def test_no_subset_of_missing_facts_is_approved_or_declined(n):
    for missing in combinations(REQUIRED_FACTS, n):
        made = decided(asked(without=missing))
        assert made.outcome == "refer", missing
        said = {f"missing-{name.replace('_', '-')}" for name in missing}
        assert said <= set(codes(made))


def test_no_subset_of_missing_evidence_is_approved():
    for n in range(1, len(KINDS) + 1):
        for missing in combinations(KINDS, n):
            needed = set(missing) - {"tax-filings", "business-plan"}
            made = decided(asked(no_evidence=missing))
            assert made.outcome == ("refer" if needed else "approve"), missing


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(FACTS)), junk, max_size=10))
def test_nothing_is_approved_on_facts_that_are_not_facts(changed):
    """Whatever JSON holds: approval only if every required fact is one."""
    made = decided(asked(facts=changed))
    if made.outcome == "approve":
        stated = {**FACTS, **changed}
        assert all(stated[name] not in (None, "", "unknown") for name in REQUIRED_FACTS)
        assert isinstance(stated["employees"], int)
        assert isinstance(stated["is_new_business"], bool)
        assert stated["state"] in ("CA", "TX")
    if made.score is not None:
        lost = sum(r["points"] for r in made.reasons if r["points"] is not None)
        assert made.score == made.best_score + lost


@settings(deadline=None, max_examples=60)
@given(st.sets(st.sampled_from(REQUIRED_FACTS)), st.sets(st.sampled_from(KINDS)))
def test_taking_knowledge_away_never_improves_the_answer(facts, kinds):
    order = ("approve", "refer", "decline")
    bad = {"is_new_business": True, "sector": "23"}
    whole = decided(asked(facts=bad, amount_minor=60_000_00))
    less = decided(
        asked(facts=bad, amount_minor=60_000_00, without=facts, no_evidence=kinds)
    )
    assert order.index(less.outcome) >= order.index(whole.outcome) or (
        # What is unknown may have been good: a person looks before anything is declined.
        less.outcome == "refer"
    )
    assert less.outcome != "approve" or whole.outcome == "approve"


def test_a_decline_never_rests_on_what_is_missing():
    weak = {"is_new_business": True, "sector": "23", "state": "TX"}
    strict = replace(POLICY, decline_pd_ppm=100_000, approve_pd_ppm=90_000)
    assert decided(asked(facts=weak), policy=strict).outcome == "decline"
    for incomplete in ({"without": ["sector"]}, {"no_evidence": ["credit-report"]}):
        assert decided(asked(facts=weak, **incomplete), policy=strict).outcome == "refer"


@pytest.mark.parametrize(
    ("score_facts", "outcome", "grade", "code"),
    [
        ({}, "approve", "BB", None),
        ({"is_new_business": True, "sector": "23", "state": "CA"}, "approve", "B", None),
        ({"is_new_business": True}, "refer", "CCC", "pd-between-cut-offs"),
        ({"is_new_business": True, "sector": "23"}, "decline", "CC", "pd-too-high"),
    ],
)
def test_the_score_decides_by_cut_offs(score_facts, outcome, grade, code):
    made = decided(asked(facts=score_facts))
    assert (made.outcome, made.grade) == (outcome, grade)
    assert code is None or code in codes(made)


@pytest.mark.parametrize(
    ("application", "outcome", "code"),
    [
        (
            asked(evidence=[attested("registration", "0", "yes-no")]),
            "decline",
            "not-registered",
        ),
        (asked(facts={"employees": 501}), "decline", "too-large"),
        (asked(facts={"sector": "92"}), "decline", "excluded-sector"),
        (asked(without=["sector"]), "refer", "missing-sector"),
        (asked(without=["employees"]), "refer", "missing-employees"),
        (asked(no_evidence=["registration"]), "refer", "missing-registration"),
        (asked(facts={"is_urban": "unknown"}), "refer", "missing-is-urban"),
        (asked(facts={"state": "Guangdong"}), "refer", "missing-state"),
        (
            asked(evidence=[attested("bank-statements", "20")]),
            "refer",
            "weak-bank-statements",
        ),
        (
            asked(evidence=[attested("bank-statements", "0", "yes-no")]),
            "refer",
            "unconfirmed-bank-statements",
        ),
        (
            asked(evidence=[attested("credit-report", "?")]),
            "refer",
            "missing-credit-report",
        ),
        (
            asked(evidence=[attested("credit-report", "101")]),
            "refer",
            "missing-credit-report",
        ),
        (
            asked(evidence=[attested("credit-report", "90", days=-1)]),
            "refer",
            "missing-credit-report",
        ),
        (
            asked(facts={"is_low_doc": True}, amount_minor=200_000_00),
            "refer",
            "low-documentation",
        ),
        (asked(amount_minor=1_300_000_00), "refer", "amount-above-limit"),
        (asked(amount_minor=3_000_000_00), "decline", "amount-above-limit"),
        (asked(currency="XAF"), "refer", "unknown-currency"),
    ],
)
def test_each_rule_speaks_for_itself(application, outcome, code):
    made = decided(application)
    assert made.outcome == outcome
    assert code in codes(made)


def test_the_undertaking_must_reach_the_cover():
    guaranteed = asked(
        mode_code="p2p-guaranteed",
        cover_bps=8_000,
        evidence=[attested("guarantee-undertaking", "80", "percent")],
    )
    assert decided(guaranteed).outcome == "approve"
    for value, scale in (("79.99", "percent"), ("79999.99", "USD")):
        short = [attested("guarantee-undertaking", value, scale)]
        made = decided(asked(mode_code="p2p-guaranteed", cover_bps=8_000, evidence=short))
        assert codes(made) == ["undertaking-too-small"]
    absent = decided(asked(mode_code="p2p-guaranteed", cover_bps=8_000))
    assert codes(absent) == ["missing-guarantee-undertaking"]


def test_evidence_counts_until_the_moment_it_expires():
    at_the_end = attested("credit-report", "70", days=0)
    assert decided(asked(evidence=[at_the_end])).outcome == "refer"
    a_second_more = replace(at_the_end, valid_until=AT + timedelta(seconds=1))
    assert decided(asked(evidence=[a_second_more])).outcome == "approve"


@given(st.integers(0, 100))
def test_the_credit_report_moves_the_score_within_its_cap(value):
    made = decided(asked(evidence=[attested("credit-report", str(value))]))
    assert made.score == 600 + max(-8, min(8, round((value - 70) / 3)))


def test_a_report_on_another_scale_says_the_same():
    """65 on 50 to 100 is 30 on 0 to 100."""
    other = decided(asked(evidence=[attested("credit-report", "65", "50-100")]))
    assert other == decided(asked(evidence=[attested("credit-report", "30")]))


def test_reasons_read_like_a_banker():
    made = decided(asked(facts={"is_new_business": True, "sector": "23"}))
    texts = {r["code"]: r["text"] for r in made.reasons}
    assert texts["pd-too-high"] == (
        "Probability of charge-off 11.76 %: above the 11.75 % that the policy accepts"
    )
    assert texts["is-new-business"] == "The business is new, under two years old"
    assert texts["sector"] == "Loans in construction are charged off more often than most"
    assert texts["credit-report"] == "The credit report came out at 70 of 100"
    assert texts["amount"].startswith("Loan of USD 50,000 to 250,000")
    assert not any("_" in text for text in texts.values())


def test_amounts_in_other_currencies_are_judged_at_the_policy_s_rate():
    yuan = decided(asked(amount_minor=700_000_00, currency="CNY"))
    assert yuan.score == decided().score
    assert yuan.limit_minor == 7 * decided().limit_minor


def test_without_enough_facts_there_is_no_probability():
    made = decided(asked(without=["sector", "state", "is_new_business"]))
    assert (made.outcome, made.pd_ppm, made.rate_bps, made.grade) == (
        "refer",
        None,
        None,
        "",
    )
    assert made.limit_minor is None
    assert made.price == {}


def test_no_probability_is_worse_than_any_grade():
    scale = POLICY.grades
    assert [g.name for g in scale] == [
        "AAA",
        "AA",
        "A",
        "BBB",
        "BB",
        "B",
        "CCC",
        "CC",
        "C",
        "D",
    ]
    assert [g.max_pd_ppm for g in scale] == sorted(g.max_pd_ppm for g in scale)
    assert POLICY.grade_of(0).name == "AAA"
    assert POLICY.grade_of(1_000_000).name == "D"
    limits = [g.limit_major for g in scale]
    assert limits == sorted(limits, reverse=True)


def test_the_good_application_is_what_the_cases_say():
    assert GOOD.facts == FACTS
    assert CARD.score_of({}) < 600


def test_real_loans_are_mostly_approved_some_referred_some_declined(table, fitted):
    """Every 20th loan of fiscal years 2003 and 2004, with neutral evidence."""
    late = np.flatnonzero(table["ApprovalDate"] > np.datetime64("2002-09-30"))[::20]
    outcomes = Counter(
        decided(_as_asked(table, i), scorecard=fitted.scorecard).outcome for i in late
    )
    share = {outcome: n / late.size for outcome, n in outcomes.items()}
    assert 0.62 <= share["approve"] <= 0.75
    assert 0.09 <= share["refer"] <= 0.17
    assert 0.12 <= share["decline"] <= 0.26


def _as_asked(table, i):
    row = {name: values[i] for name, values in table.items()}
    cover = round(10_000 * row["SBA_Appv"] / row["GrAppv"])
    undertaking = attested("guarantee-undertaking", f"{cover / 100:.2f}", "percent")
    return replace(
        asked(evidence=[undertaking], mode_code="p2p-guaranteed", cover_bps=cover),
        facts=sample.facts_of(row),
        amount_minor=int(row["GrAppv"]) * 100,
    )
