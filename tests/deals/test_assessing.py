"""Offer, referral and decline; two people where the policy would not decide alone."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from longtail.deals import models, queries, services
from longtail.deals.lifecycle import IllegalTransition
from longtail.evidence import queries as evidence
from longtail.evidence import services as evidence_services
from longtail.notices.queries import unread
from longtail.parties import services as parties
from longtail.parties.queries import NotAdmitted, NotEntitled
from longtail.parties.rules import Role
from longtail.underwriting import queries as underwriting
from longtail.values.eyes import FourEyesRequired
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from tests.deals.cases import FACTS, NOW, answer, days, party, snapshot, suspend

pytestmark = pytest.mark.django_db
REASON = "Long-standing customers, seen on site."


def decide(demand, **changes):
    return services.decide_referral(
        **{
            "demand_code": demand.code,
            "is_approved": True,
            "reason": REASON,
            "by": "olivia",
            "seconded_by": "oscar",
            "at": NOW,
        }
        | changes
    )


def revoke(demand, kind="credit-report", at=NOW):
    for attestation in evidence.attestations_for(queries.matter(demand)):
        if attestation.kind == kind:
            evidence_services.revoke(
                attestation_code=attestation.code, reason="Found false.", by="system", at=at
            )


def test_an_approval_is_an_offer_of_the_amount_asked(scene):
    demand = scene.assessed()
    assert demand.state == "offered"
    offer = queries.offer(demand.code)
    made = underwriting.assessment(demand.assessment_code)
    assert (offer.amount_minor, offer.n_periods) == (40_000_00, 36)
    assert (offer.rate_bps, offer.grade) == (made.rate_bps, made.grade)
    assert (demand.grade, demand.current_offer) == (made.grade, offer)
    # A monthly instalment loan costs more a year than its nominal rate.
    assert offer.apr_bps > offer.rate_bps
    assert demand.expires_at == offer.expires_at == days(30)


def test_the_assessment_sees_version_register_and_evidence(scene):
    demand = scene.assessed(innovation="A loom that mends itself")
    inputs = underwriting.assessment(demand.assessment_code).inputs
    assert inputs["matter"] == f"{demand.code}/v1"
    assert inputs["enterprise_code"] == scene.enterprise.code
    assert inputs["facts"]["state"] == "VT"
    assert inputs["facts"]["is_urban"] == "urban"
    assert (inputs["amount_minor"], inputs["n_periods"]) == (40_000_00, 36)
    assert (inputs["cover_bps"], inputs["has_innovation"]) == (7_500, True)
    assert {e["kind"] for e in inputs["evidence"]} == {
        a.kind for a in evidence.attestations_for(queries.matter(demand))
    }
    assert underwriting.is_identical_rerun(demand.assessment_code)


def test_an_offer_never_outlives_its_evidence(scene):
    demand = scene.submitted()
    answer(demand, at=NOW, valid_days=10)
    services.assess(demand_code=demand.code, at=NOW)
    assert queries.offer(demand.code).expires_at == days(10)


def test_nothing_is_assessed_before_its_evidence_is_there(scene):
    demand = scene.submitted()
    before = snapshot(demand.code)
    with pytest.raises(services.EvidenceOutstanding) as refused:
        services.assess(demand_code=demand.code, at=NOW)
    assert "credit-report" in refused.value.kinds
    assert snapshot(demand.code) == before
    assert underwriting.assessments(matter=queries.matter(demand)) == []


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_fallen_evidence_decides_nothing(scene, how):
    demand = scene.answered()
    at = days(91) if how == "expired" else NOW
    if how == "revoked":
        revoke(demand)
    with pytest.raises(services.EvidenceOutstanding):
        services.assess(demand_code=demand.code, at=at)
    assert queries.demand(demand.code).state == "attesting"


def test_a_suspended_enterprise_is_neither_assessed_nor_may_it_accept(scene):
    waiting, offered = scene.answered(purpose="inventory"), scene.assessed()
    suspend(scene.enterprise.code)
    before = snapshot(waiting.code), snapshot(offered.code)
    with pytest.raises(NotAdmitted):
        services.assess(demand_code=waiting.code, at=NOW)
    with pytest.raises(NotAdmitted):
        services.accept_offer(demand_code=offered.code, by="ann", at=NOW)
    assert (snapshot(waiting.code), snapshot(offered.code)) == before


def test_a_decline_says_why(scene):
    demand = scene.assessed(employees=2)
    assert demand.state == "declined"
    assert queries.offer(demand.code) is None
    assert demand.grade
    assert queries.transitions(demand.code).last().reason


@pytest.mark.parametrize("employees", [7, None])
def test_what_is_unclear_goes_to_people(scene, employees):
    facts = FACTS | {"is_urban": "urban" if employees else None}
    demand = scene.assessed(employees=employees, facts=facts | {"employees": employees})
    assert demand.state == "referred"
    assert queries.offer(demand.code) is None


def test_an_approval_below_the_amount_asked_is_referred(scene, monkeypatch):
    demand = scene.answered(facts=FACTS | {"employees": 14})
    real = services.assessing.underwriting.assess

    def smaller(**kwargs):
        made = real(**kwargs)
        made.limit_minor = 39_999_99
        return made

    monkeypatch.setattr(services.assessing.underwriting, "assess", smaller)
    referred = services.assess(demand_code=demand.code, at=NOW)
    assert referred.state == "referred"
    assert "the limit is USD 39,999.99" in queries.transitions(demand.code).last().reason


def test_an_approval_above_the_price_the_law_allows_is_referred(scene, monkeypatch):
    demand = scene.answered(facts=FACTS | {"employees": 14})
    for module in (services.assessing, services.referring):
        monkeypatch.setattr(module, "law_against", lambda *_, **__: ("too dear",))
    assert services.assess(demand_code=demand.code, at=NOW).state == "referred"
    before = snapshot(demand.code)
    with pytest.raises(services.AgainstTheLaw):
        decide(demand)
    assert snapshot(demand.code) == before


def test_only_what_waits_for_evidence_is_assessed(scene):
    demand = scene.assessed()
    before = snapshot(demand.code)
    with pytest.raises(IllegalTransition):
        services.assess(demand_code=demand.code, at=NOW)
    assert snapshot(demand.code) == before


def test_two_people_approve_what_was_referred(scene):
    demand = scene.assessed(employees=7)
    made = underwriting.assessment(demand.assessment_code)
    decided = decide(demand)
    assert decided.state == "offered"
    offer = queries.offer(demand.code)
    assert (offer.amount_minor, offer.rate_bps) == (40_000_00, made.rate_bps)
    (kept,) = queries.decisions(demand.code)
    assert (kept.decided_by, kept.seconded_by, kept.reason) == ("olivia", "oscar", REASON)
    assert (kept.is_approved, kept.assessment_code) == (True, made.code)
    last = queries.transitions(demand.code).last()
    assert REASON in last.reason
    assert "oscar" in last.reason


def test_two_people_decline_what_was_referred(scene):
    demand = scene.assessed(employees=7)
    assert decide(demand, is_approved=False).state == "declined"
    assert queries.decisions(demand.code).get().is_approved is False


NOT_TWO_PEOPLE = (
    ({"seconded_by": "olivia"}, FourEyesRequired),
    ({"seconded_by": " Olivia "}, FourEyesRequired),
    ({"seconded_by": ""}, FourEyesRequired),
    ({"by": ""}, FourEyesRequired),
    ({"by": "system"}, NotEntitled),
    ({"seconded_by": "ann"}, NotEntitled),
    ({"seconded_by": "nobody"}, NotEntitled),
    ({"reason": ""}, InvalidInput),
    ({"reason": "   ok     "}, InvalidInput),
    ({"reason": "Seen on site\x00"}, InvalidInput),
)


def test_one_person_or_no_reason_decides_nothing(scene):
    demand = scene.assessed(employees=7)
    before = snapshot(demand.code)
    for (changes, refusal), is_approved in product(NOT_TWO_PEOPLE, (True, False)):
        with pytest.raises(refusal):
            decide(demand, is_approved=is_approved, **changes)
        assert snapshot(demand.code) == before, changes
    assert queries.decisions(demand.code).count() == 0


@pytest.mark.parametrize("side", ["enterprise", "guarantor"])
@pytest.mark.parametrize("insider", ["olivia", "oscar"])
def test_nobody_decides_on_their_own_firm(scene, side, insider):
    demand = scene.assessed(employees=7)
    parties.grant_role(
        username=insider, party_code=getattr(scene, side).code, role=Role.MAKER
    )
    before = snapshot(demand.code)
    with pytest.raises(services.ConflictOfInterest):
        decide(demand)
    assert snapshot(demand.code) == before


def test_nobody_can_approve_without_a_probability_of_default(scene):
    blank = party("enterprise", sector="", employees=None, founded_date=None, region="")
    lean = type(scene)(blank, scene.guarantor, scene.provider)
    demand = lean.answered(facts={})
    services.assess(demand_code=demand.code, at=NOW)
    demand = queries.demand(demand.code)
    assert demand.state == "referred"
    assert underwriting.assessment(demand.assessment_code).pd_ppm is None
    before = snapshot(demand.code)
    with pytest.raises(services.NotPriced):
        decide(demand)
    assert snapshot(demand.code) == before
    assert decide(demand, is_approved=False).state == "declined"


def test_nobody_can_approve_on_evidence_that_fell(scene):
    demand = scene.assessed(employees=7)
    revoke(demand)
    before = snapshot(demand.code)
    with pytest.raises(services.EvidenceOutstanding):
        decide(demand)
    assert snapshot(demand.code) == before


def test_only_what_was_referred_is_decided_by_people(scene):
    for demand in (scene.assessed(), scene.submitted(purpose="inventory")):
        before = snapshot(demand.code)
        with pytest.raises(IllegalTransition):
            decide(demand)
        assert snapshot(demand.code) == before


def test_the_database_itself_wants_two_people_and_a_reason(scene):
    demand = scene.assessed(employees=7)
    for wrong in ({"seconded_by": "olivia"}, {"reason": ""}):
        row = models.ReferralDecision(
            **{
                "demand": demand,
                "version_number": 1,
                "assessment_code": "ASM-1",
                "is_approved": True,
                "reason": REASON,
                "decided_by": "olivia",
                "seconded_by": "oscar",
                "at": NOW,
            }
            | wrong
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_an_offer_is_accepted_once_and_by_whom_is_kept(scene):
    demand = services.accept_offer(demand_code=scene.assessed().code, by="ann", at=NOW)
    assert demand.state == "accepted"
    offer = queries.offer(demand.code)
    assert (offer.accepted_at, offer.accepted_by) == (NOW, "ann")
    before = snapshot(demand.code)
    with pytest.raises(IllegalTransition):
        services.accept_offer(demand_code=demand.code, by="ann", at=NOW)
    assert snapshot(demand.code) == before


@pytest.mark.parametrize(
    ("late", "is_open"), [(timedelta(seconds=-1), True), (timedelta(0), False)]
)
def test_an_offer_closes_to_the_second(scene, late, is_open):
    demand = scene.assessed()
    at = queries.offer(demand.code).expires_at + late
    if is_open:
        services.accept_offer(demand_code=demand.code, by="ann", at=at)
        return
    before = snapshot(demand.code)
    with pytest.raises(services.OfferExpired):
        services.accept_offer(demand_code=demand.code, by="ann", at=at)
    assert snapshot(demand.code) == before


def test_the_enterprise_is_told(scene):
    scene.assessed()
    subjects = [notice.subject for notice in unread([scene.enterprise.code])]
    assert "You have an offer" in subjects


def test_evidence_that_falls_before_listing_prices_the_demand_anew(scene):
    demand = scene.accepted()
    first = queries.offer(demand.code)
    revoke(demand, at=days(1))
    stopped = services.record(
        demand_code=demand.code, event="freeze", by="system", at=days(1), reason="Revoked."
    )
    assert (stopped.state, stopped.version_number, stopped.grade) == ("attesting", 1, "")
    assert queries.offer(demand.code) is None
    answer(stopped, at=days(2), value="100")
    services.assess(demand_code=demand.code, at=days(2))
    second = queries.offer(demand.code)
    assert second.pk != first.pk
    assert second.assessment_code != first.assessment_code


def test_evidence_that_falls_after_listing_freezes_until_it_is_mended(scene):
    demand = scene.reported("list")
    revoke(demand, at=days(1))
    frozen = services.record(
        demand_code=demand.code, event="freeze", by="system", at=days(1)
    )
    assert frozen.state == "frozen"
    assert queries.offer(demand.code) is not None
    with pytest.raises(services.EvidenceOutstanding):
        services.record(demand_code=demand.code, event="resume", by="system", at=days(1))
    answer(demand, at=days(2))
    resumed = services.record(
        demand_code=demand.code, event="resume", by="system", at=days(2)
    )
    assert resumed.state == "listed"


def test_a_freeze_is_never_refused_for_want_of_a_provider(scene):
    demand = scene.reported("list")
    revoke(demand)
    suspend(scene.provider.code)
    frozen = services.record(
        demand_code=demand.code, event="freeze", by="system", at=NOW, reason="Revoked."
    )
    assert frozen.state == "frozen"
    reason = queries.transitions(demand.code).last().reason
    assert reason.startswith("Revoked. Nobody can deliver: credit-report")


def test_an_assessment_in_another_currency(scene):
    demand = scene.answered(amount=Money(30_000_00, "EUR"), facts=FACTS | {"employees": 14})
    offered = services.assess(demand_code=demand.code, at=NOW)
    assert offered.current_offer.currency == "EUR"
