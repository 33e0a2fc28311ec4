"""Publishing, editing and taking back: versions, evidence, refusals that move nothing."""

from dataclasses import replace

import pytest

from longtail.deals import queries, rules, services
from longtail.deals.lifecycle import IllegalTransition
from longtail.evidence import queries as evidence
from longtail.evidence.services import NoProvider
from longtail.parties.queries import NotAdmitted, NotEntitled, UnknownParty, people_of
from longtail.terms.primitives import Evidence
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from tests.deals.cases import FACTS, NOW, answer, days, party, snapshot, suspend

pytestmark = pytest.mark.django_db
BASIC = {"registration", "credit-report", "bank-statements", "guarantee-undertaking"}


def states(demand, number=None):
    """Return the state of every order of a version, by kind."""
    number = number or queries.demand(demand.code).version_number
    orders = evidence.orders_for(rules.matter(demand.code, number))
    return {order.kind: order.state for order in orders}


def edit(demand, ask, at=NOW):
    return services.edit(demand_code=demand.code, ask=ask, by="system", at=at)


def submit(demand):
    return services.submit(demand_code=demand.code, by="system", at=NOW)


def test_a_draft_is_kept_as_its_first_version(scene):
    demand = scene.draft()
    assert (demand.state, demand.version_number) == ("draft", 1)
    assert demand.code.startswith("DEM-")
    version = queries.current_version(queries.demand(demand.code))
    assert (version.amount_minor, version.currency) == (40_000_00, "USD")
    assert version.guarantor == scene.guarantor
    assert version.completeness_bps > 8_000
    assert demand.expires_at == days(180)
    assert states(demand) == {}


def test_a_draft_needs_no_admission_but_an_enterprise(scene):
    for wrong in (scene.guarantor.code, scene.provider.code):
        with pytest.raises(InvalidInput):
            services.draft(enterprise_code=wrong, ask=scene.ask(), by="system", at=NOW)
    for unknown in ("ENT-NOBODY", "", "\x00"):
        with pytest.raises(UnknownParty):
            services.draft(enterprise_code=unknown, ask=scene.ask(), by="ann", at=NOW)
    assert queries.demands().count() == 0


@pytest.mark.parametrize(
    "guarantor", ["the enterprise", "the provider", "GUA-NOBODY", "\x00", "x" * 30]
)
def test_a_guarantor_must_be_one(scene, guarantor):
    code = {
        "the enterprise": scene.enterprise.code,
        "the provider": scene.provider.code,
    }.get(guarantor, guarantor)
    with pytest.raises(InvalidInput) as refused:
        scene.draft(guarantor_code=code)
    assert set(refused.value.problems) == {"guarantor_code"}
    assert queries.demands().count() == 0


def test_submitting_orders_what_the_policy_requires(scene):
    demand = scene.submitted()
    assert demand.state == "attesting"
    assert states(demand) == dict.fromkeys(BASIC - {"bank-statements"}, "requested") | {
        "bank-statements": "requested"
    }
    orders = evidence.orders_for(queries.matter(demand))
    answering = {order.kind: order.provider for order in orders}
    assert answering[Evidence.GUARANTEE_UNDERTAKING] == scene.guarantor
    assert answering[Evidence.CREDIT_REPORT] == scene.provider
    assert {order.subject for order in orders} == {scene.enterprise}


def test_larger_and_innovative_demands_need_more(scene):
    demand = scene.submitted(amount=Money(200_000_00, "USD"), innovation="A patented loom")
    assert set(states(demand)) == BASIC | {"tax-filings", "ip-valuation"}


def test_a_mode_without_guarantee_needs_no_undertaking(scene):
    demand = scene.submitted(mode_code="p2p-unsecured", guarantor_code=None, cover_bps=0)
    assert set(states(demand)) == BASIC - {"guarantee-undertaking"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"use_of_funds": ""}, {"use_of_funds"}),
        ({"amount": Money(1, "USD")}, {"amount"}),
        ({"guarantor_code": None}, {"guarantor_code", "cover_bps"}),
        ({"cover_bps": 0}, {"cover_bps"}),
        ({"use_of_funds": "Looms", "cover_bps": 99}, {"use_of_funds", "cover_bps"}),
    ],
)
def test_an_incomplete_draft_is_refused_with_every_gap(scene, changes, fields):
    demand = scene.draft(**changes)
    before = snapshot(demand.code)
    with pytest.raises(InvalidInput) as refused:
        submit(demand)
    assert set(refused.value.problems) == fields
    assert snapshot(demand.code) == before


def test_an_enterprise_that_may_not_act_cannot_publish(scene):
    demand = scene.draft()
    suspend(scene.enterprise.code)
    before = snapshot(demand.code)
    with pytest.raises(NotAdmitted):
        submit(demand)
    assert snapshot(demand.code) == before


def test_a_guarantor_that_may_not_act_is_named(scene):
    demand = scene.draft()
    suspend(scene.guarantor.code)
    with pytest.raises(InvalidInput) as refused:
        submit(demand)
    assert "suspended" in refused.value.problems["guarantor_code"]
    assert queries.demand(demand.code).state == "draft"


def test_without_a_provider_nothing_is_published(scene):
    demand = scene.draft()
    suspend(scene.provider.code)
    before = snapshot(demand.code)
    with pytest.raises(NoProvider):
        submit(demand)
    assert snapshot(demand.code) == before


def test_the_same_request_is_published_once(scene):
    first, twin = scene.draft(), scene.draft()
    submit(first)
    before = snapshot(twin.code)
    with pytest.raises(InvalidInput) as refused:
        submit(twin)
    assert set(refused.value.problems) == {"purpose"}
    assert snapshot(twin.code) == before
    # Another purpose, another amount, or the end of the first make it another request.
    assert scene.submitted(purpose="inventory").state == "attesting"
    assert scene.submitted(amount=Money(40_000_01, "USD")).state == "attesting"
    services.withdraw(demand_code=first.code, by="ann", at=NOW)
    assert submit(twin).state == "attesting"


def test_an_edit_cannot_make_a_twin_either(scene):
    scene.submitted()
    other = scene.submitted(purpose="inventory")
    before = snapshot(other.code)
    with pytest.raises(InvalidInput) as refused:
        edit(other, scene.ask())
    assert set(refused.value.problems) == {"purpose"}
    assert snapshot(other.code) == before


def test_the_database_itself_refuses_a_twin(scene, monkeypatch):
    scene.submitted()
    twin = scene.draft()
    monkeypatch.setattr(services.publishing, "_has_twin", lambda *_: False)
    with pytest.raises(InvalidInput) as refused:
        submit(twin)
    assert set(refused.value.problems) == {"purpose"}
    assert queries.demand(twin.code).state == "draft"


def test_two_enterprises_may_ask_the_same(scene):
    scene.submitted()
    other = replace(scene, enterprise=party("enterprise"))
    assert other.submitted().state == "attesting"


def test_a_mode_that_got_a_newer_version_must_be_taken_over(scene, monkeypatch):
    demand = scene.draft()
    newest = services.versions.LATEST["p2p-guaranteed"]
    newer = {"p2p-guaranteed": replace(newest, version=newest.version + 1)}
    monkeypatch.setattr(services.versions, "LATEST", newer)
    with pytest.raises(InvalidInput) as refused:
        submit(demand)
    assert set(refused.value.problems) == {"mode_code"}
    # The same words again are a new version now.
    edited = edit(demand, scene.ask())
    assert (edited.version_number, edited.current.mode_version) == (2, newest.version + 1)


def test_the_law_of_the_seat_decides_which_modes_there_are(scene):
    chinese = party(
        "enterprise", country="CN", region="Zhejiang", bank_account="", bank_bic=""
    )
    there = replace(scene, enterprise=chinese)
    demand = there.draft(amount=Money(200_000_00, "CNY"))
    before = snapshot(demand.code)
    with pytest.raises(InvalidInput) as refused:
        submit(demand)
    assert set(refused.value.problems) == {"mode_code"}
    assert "p2p-guaranteed" in refused.value.problems["mode_code"]
    assert snapshot(demand.code) == before


def test_editing_a_draft_adds_a_version_and_orders_nothing(scene):
    demand = scene.draft()
    edited = edit(demand, scene.ask(tenor_months=48))
    assert (edited.state, edited.version_number) == ("draft", 2)
    tenors = [version.tenor_months for version in queries.versions(demand.code)]
    assert tenors == [36, 48]
    assert states(demand) == {}


def test_the_same_words_again_change_nothing(scene):
    for demand in (scene.draft(purpose="inventory"), scene.assessed()):
        before = snapshot(demand.code)
        edit(demand, services.versions.ask_of(queries.demand(demand.code).current))
        assert snapshot(demand.code) == before


def test_an_edit_orders_the_evidence_again_and_withdraws_the_old_orders(scene):
    demand = scene.submitted()
    edited = edit(demand, scene.ask(amount=Money(60_000_00, "USD")))
    assert (edited.state, edited.version_number) == ("attesting", 2)
    assert set(states(demand, 1).values()) == {"withdrawn"}
    assert states(demand, 2) == dict.fromkeys(BASIC, "requested")


@pytest.mark.parametrize(
    "reach",
    [
        lambda scene: scene.assessed(employees=7),
        lambda scene: scene.assessed(),
        lambda scene: scene.accepted(),
        lambda scene: scene.reported("list"),
        lambda scene: scene.reported("list", "freeze"),
    ],
    ids=["referred", "offered", "accepted", "listed", "frozen"],
)
def test_an_edit_at_any_time_before_funding_starts_over(scene, reach):
    demand = reach(scene)
    ask = scene.ask(amount=Money(60_000_00, "USD"))
    edited = edit(demand, ask, at=days(1))
    assert (edited.state, edited.version_number) == ("attesting", 2)
    assert (edited.assessment_code, edited.grade) == ("", "")
    assert queries.offer(demand.code) is None
    assert all(offer.withdrawn_at == days(1) for offer in queries.offers(demand.code))
    assert states(demand, 2) == dict.fromkeys(BASIC, "requested")
    with pytest.raises(services.EvidenceOutstanding):
        services.assess(demand_code=demand.code, at=days(1))
    answer(edited, at=days(2))
    services.assess(demand_code=demand.code, at=days(2))
    assert queries.demand(demand.code).state == "offered"


@pytest.mark.parametrize(
    "wrong",
    [{"tenor_months": 0}, {"use_of_funds": ""}, {"guarantor_code": None, "cover_bps": 0}],
)
def test_a_refused_edit_moves_nothing(scene, wrong):
    demand = scene.assessed()
    before = snapshot(demand.code)
    with pytest.raises(InvalidInput):
        edit(demand, scene.ask(**wrong))
    assert snapshot(demand.code) == before


def test_an_edit_that_nobody_can_attest_moves_nothing(scene):
    demand = scene.assessed()
    before = snapshot(demand.code)
    suspend(scene.provider.code)
    with pytest.raises(NoProvider):
        edit(demand, scene.ask(tenor_months=24))
    assert snapshot(demand.code) == before


def test_it_is_too_late_to_edit_or_withdraw_once_funded(scene):
    demand = scene.reported("list", "fill")
    before = snapshot(demand.code)
    with pytest.raises(IllegalTransition):
        edit(demand, scene.ask(tenor_months=24))
    with pytest.raises(IllegalTransition):
        services.withdraw(demand_code=demand.code, by="ann", at=NOW)
    assert snapshot(demand.code) == before


@pytest.mark.parametrize("state", ["draft", "attesting", "offered"])
def test_taking_back_withdraws_offer_and_orders(scene, state):
    make = {"draft": scene.draft, "attesting": scene.submitted, "offered": scene.assessed}
    demand = make[state]()
    gone = services.withdraw(demand_code=demand.code, by="ann", at=NOW, reason="Sold out")
    assert (gone.state, gone.expires_at) == ("withdrawn", None)
    assert queries.offer(demand.code) is None
    assert not set(states(demand).values()) & {"requested", "accepted"}
    last = queries.transitions(demand.code).last()
    assert (last.event, last.reason, last.by) == ("withdraw", "Sold out", "ann")


def test_only_the_enterprise_speaks_for_itself(scene):
    demand = scene.assessed()
    provider_person = evidence.orders_for(queries.matter(demand))[0].provider
    stranger = people_of(provider_person.code)[0].username
    said = {"demand_code": demand.code, "by": stranger, "at": NOW}
    before = snapshot(demand.code)
    for act in (
        lambda: services.draft(
            enterprise_code=scene.enterprise.code, ask=scene.ask(), by=stranger, at=NOW
        ),
        lambda: services.submit(**said),
        lambda: services.edit(**said, ask=scene.ask(tenor_months=12)),
        lambda: services.accept_offer(**said),
        lambda: services.withdraw(**said),
    ):
        with pytest.raises(NotEntitled):
            act()
    assert snapshot(demand.code) == before
    assert queries.demands().count() == 1
    services.accept_offer(**said | {"by": "ann"})


@pytest.mark.parametrize("reason", ["\x00", "\ud800", "x" * 4_001])
def test_a_reason_must_be_text(scene, reason):
    demand = scene.draft()
    with pytest.raises(InvalidInput) as refused:
        services.withdraw(demand_code=demand.code, by="ann", at=NOW, reason=reason)
    assert set(refused.value.problems) == {"reason"}
    assert queries.demand(demand.code).state == "draft"


@pytest.mark.parametrize("code", ["DEM-NOBODY", "", "\x00", "\ud800", "x" * 100])
def test_an_unknown_code_is_refused(code):
    with pytest.raises(services.UnknownDemand):
        services.submit(demand_code=code, by="ann", at=NOW)
    with pytest.raises(services.UnknownDemand):
        queries.demand(code)
    with pytest.raises(queries.UnknownAgreement):
        queries.agreement(code)


def test_facts_are_read_from_the_register_where_nothing_is_stated(scene):
    facts = services.versions.facts_of(scene.enterprise, FACTS, on=NOW.date())
    assert (facts["sector"], facts["state"], facts["employees"]) == ("31", "VT", 14)
    assert facts["is_urban"] == "urban"
