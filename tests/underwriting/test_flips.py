"""A decline names the smallest change that lifts it, and the change does."""

from dataclasses import replace

from longtail.underwriting.flips import smallest_flip
from longtail.underwriting.judging import judge
from tests.underwriting.cases import POLICY, asked, attested, decided, rulebook

WEAK = {"is_new_business": True, "sector": "23"}


def test_a_better_report_by_the_least_that_suffices():
    poor = [attested("credit-report", "66")]
    weak = asked(facts={"is_new_business": True}, evidence=poor)
    book = rulebook(policy=replace(POLICY, decline_pd_ppm=100_000))
    flip = smallest_flip(weak, book, judge(weak, book))
    assert flip["fact"] == "credit-report"
    enough = int(flip["text"].split()[-3])
    for value, outcome in ((enough, "approve"), (enough - 1, "decline")):
        report = [attested("credit-report", str(value))]
        changed = asked(facts={"is_new_business": True}, evidence=report)
        assert judge(changed, book).outcome == outcome


def test_a_smaller_amount_where_the_limit_was_in_the_way():
    flip = decided(asked(amount_minor=3_000_000_00)).flip
    assert flip == {
        "fact": "amount",
        "text": "An amount of USD 1,200,000.00 or less",
        "outcome": "approve",
    }
    assert decided(asked(amount_minor=1_200_000_00)).outcome == "approve"


def test_waiting_where_only_youth_was_in_the_way():
    book = rulebook(policy=replace(POLICY, decline_pd_ppm=70_000, approve_pd_ppm=70_000))
    young = asked(facts={"is_new_business": True})
    flip = smallest_flip(young, book, judge(young, book))
    assert flip["fact"] == "is_new_business"
    assert flip["text"] == "Two years in business"


def test_a_referral_is_named_when_no_change_is_enough_to_approve():
    flip = decided(asked(facts=WEAK, evidence=[attested("credit-report", "69")])).flip
    assert flip is not None
    assert flip["outcome"] in ("approve", "refer")


def test_cover_costs_the_law_s_cap_and_a_guarantee_lifts_it():
    dear = replace(POLICY, lgd_bps=10_000, life_years=1, funding_bps=2_600)
    book = rulebook(policy=dear)
    asked_for = asked(
        mode_code="p2p-guaranteed",
        cover_bps=1_000,
        evidence=[attested("guarantee-undertaking", "10", "percent")],
    )
    judged = judge(asked_for, book)
    assert [o.code for o in judged.objections] == ["cost-above-cap"]
    flip = smallest_flip(asked_for, book, judged)
    assert flip["fact"] == "cover"
    assert flip["outcome"] == "approve"


def test_nothing_lifts_what_no_change_can():
    unknown_to_the_register = [attested("registration", "0", "yes-no")]
    made = decided(asked(evidence=unknown_to_the_register))
    assert made.outcome == "decline"
    assert made.flip is None


def test_what_was_not_declined_needs_no_flip():
    assert decided().flip is None
    assert decided(asked(without=["sector"])).flip is None
