"""A push says why, happens once, and never reaches who may not be shown the demand."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from longtail.kernels.matching.eligibility import CRITERIA
from longtail.kernels.matching.ranking import WEIGHTS_BPS
from longtail.market import models, queries, services
from longtail.notices.queries import unread
from longtail.parties import services as parties
from longtail.parties.queries import NotEntitled
from longtail.parties.rules import Role
from longtail.values.refusal import InvalidInput
from tests.market.listings import NOW, funder, listed, mandate, party

pytestmark = pytest.mark.django_db


def truncate(table):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"truncate {table} cascade")


def push(demand, **exposures):
    return list(services.push(demand_code=demand.code, at=NOW, **exposures))


def test_every_push_carries_a_reason_for_every_criterion_and_its_rank_inputs():
    wants = funder(grades=frozenset({"A", "BBB"}), sizes=frozenset({"small"}))
    (pushed,) = push(listed())
    assert pushed.funder == wants
    assert [r["criterion"] for r in pushed.reasons] == [str(c) for c in CRITERIA]
    texts = [r["text"] for r in pushed.reasons]
    assert "USD 40,000.00 is within USD 1,000.00 to USD 100,000.00" in texts
    assert "size small is among small" in texts
    assert "grade BBB is among A, BBB" in texts
    inputs = pushed.rank_inputs
    assert {name: i["weight_bps"] for name, i in inputs.items()} == WEIGHTS_BPS
    total = sum(i["input_bps"] * i["weight_bps"] for i in inputs.values())
    assert pushed.fit_bps == total // 10_000


@pytest.mark.parametrize(
    ("changes", "criterion"),
    [
        ({"max_amount_minor": 39_999_99}, "amount"),
        ({"sizes": frozenset({"micro", "medium"})}, "size"),
        ({"grades": frozenset({"AAA"})}, "grade"),
        ({"sectors": frozenset({"72"})}, "sector"),
        ({"regions": frozenset({"CA"})}, "region"),
        ({"max_tenor_months": 35}, "tenor"),
        ({"min_rate_bps": 926}, "yield"),
        ({"modes": frozenset({"bank-loan"})}, "mode"),
        ({"currency": "EUR"}, "currency"),
        ({"cap_minor": 99_99}, "concentration"),
    ],
)
def test_what_does_not_fit_is_not_pushed_and_says_why(changes, criterion):
    unfit = funder(**changes)
    fit = funder()
    demand = listed()
    assert [p.funder for p in push(demand)] == [fit]
    said = queries.explain(unfit.code, demand.code)
    assert not said.fits
    assert said.pushed is None
    assert [r.criterion for r in said.reasons if not r.is_met] == [criterion]
    assert len(said.misfits) == 1


def test_a_fitting_demand_is_explained_too():
    wants = funder()
    demand = listed()
    push(demand)
    said = queries.explain(wants.code, demand.code)
    assert said.fits
    assert said.misfits == ()
    assert said.pushed.funder == wants


def test_pushing_again_changes_nothing():
    funder()
    demand = listed()
    first = push(demand)
    services.mark_seen(funder_code=first[0].funder.code, demand_code=demand.code, at=NOW)
    again = push(demand)
    assert [p.pk for p in again] == [p.pk for p in first]
    assert again[0].state == "seen"
    assert models.Push.objects.count() == 1
    assert unread([first[0].funder.code]).count() == 1


def test_suspended_funders_are_never_pushed():
    gone = funder(admitted=False)
    demand = listed()
    assert push(demand) == []
    said = queries.explain(gone.code, demand.code)
    assert not said.fits
    assert said.misfits == (f"{gone} is suspended",)


def test_nobody_is_pushed_a_demand_of_their_own_people_or_firm():
    insider = funder(person="ann")
    enterprise = party("enterprise", registration_number="SAME-1")
    parties.grant_role(username="ann", party_code=enterprise.code, role=Role.MAKER)
    twin = party("funder", registration_number="SAME-1")
    services.set_mandate(funder_code=twin.code, mandate=mandate(), by="system", at=NOW)
    stranger = funder()
    demand = listed(enterprise=enterprise)
    assert [p.funder for p in push(demand)] == [stranger]
    # Setting the mandate anew does not open the back door.
    for one in (insider, twin):
        services.set_mandate(
            funder_code=one.code, mandate=mandate(min_rate_bps=1), by="system", at=NOW
        )
    assert [p.funder for p in push(demand)] == [stranger]


def test_the_cap_counts_what_the_enterprise_owes_already():
    full, free = funder(cap_minor=10_000_00), funder(cap_minor=10_000_00)
    owed = {full.code: 9_950_00, free.code: 9_900_00}
    assert [p.funder for p in push(listed(), exposures_minor=owed)] == [free]


def test_a_single_funder_must_have_room_for_the_whole():
    small = funder(cap_minor=39_999_99)
    large = funder(cap_minor=40_000_00)
    assert [p.funder for p in push(listed(mode_code="bank-loan"))] == [large]
    assert {p.funder for p in push(listed())} == {small, large}


def test_unknown_grade_or_size_never_passes_a_filter_on_it():
    funder(grades=frozenset({"A"}))
    funder(sizes=frozenset({"micro"}))
    anybody = funder()
    enterprise = party("enterprise", employees=None)
    assert [p.funder for p in push(listed(grade="", enterprise=enterprise))] == [anybody]


def test_the_best_fit_comes_first_and_ties_go_to_the_older_mandate():
    edge = funder(min_amount_minor=40_000_00)
    first, second = funder(), funder()
    middle = funder(min_amount_minor=20_000_00, max_amount_minor=60_000_00)
    pushes = push(listed())
    assert [p.funder for p in pushes] == [middle, first, second, edge]
    assert [p.rank for p in pushes] == [1, 2, 3, 4]


def test_the_fit_knows_nothing_of_who_the_funder_is():
    one, other = funder(), funder()
    pushes = push(listed())
    assert {p.funder for p in pushes} == {one, other}
    assert pushes[0].fit_bps == pushes[1].fit_bps
    assert pushes[0].rank_inputs == pushes[1].rank_inputs


@pytest.mark.parametrize("state", ["draft", "accepted", "frozen", "funded", "withdrawn"])
def test_only_what_is_listed_is_pushed(state):
    funder()
    demand = listed(state=state)
    with pytest.raises(services.NotListed):
        push(demand)
    assert models.Push.objects.count() == 0


def test_funders_are_told():
    told = funder()
    demand = listed()
    push(demand)
    (notice,) = unread([told.code])
    assert notice.link == f"/demands/{demand.code}/"
    assert "USD 40,000.00" in notice.subject
    assert "9.25 %" in notice.body


def test_sixty_mandates_are_one_handful_of_statements(django_assert_max_num_queries):
    for _ in range(60):
        funder()
    demand = listed()
    with django_assert_max_num_queries(10):
        assert len(push(demand)) == 60


def test_a_mandate_set_later_finds_what_is_listed_already():
    demand, small = listed(), listed(amount_minor=999_99)
    late = funder()
    (pushed,) = queries.opportunities(late.code).rows
    assert pushed.demand == demand
    assert queries.pushes_for(small.code).count() == 0


def test_setting_the_same_mandate_again_changes_nothing():
    one = funder()
    again = services.set_mandate(
        funder_code=one.code, mandate=mandate(), by="system", at=NOW
    )
    assert again.number == 1
    assert queries.mandates(one.code).count() == 1


def test_a_changed_mandate_keeps_the_one_before_and_its_pushes():
    one = funder()
    demand = listed()
    (pushed,) = push(demand)
    changed = mandate(grades=frozenset({"AAA"}))
    services.set_mandate(funder_code=one.code, mandate=changed, by="system", at=NOW)
    assert [m.number for m in queries.mandates(one.code)] == [2, 1]
    assert queries.mandate(one.code) == changed
    assert queries.pushes_for(demand.code).get().mandate == pushed.mandate
    # What was pushed under the old mandate is no opportunity under the new one.
    assert queries.opportunities(one.code).rows == []
    said = queries.explain(one.code, demand.code)
    assert (said.fits, said.pushed) == (False, pushed)


def test_a_wrong_mandate_is_refused_whole():
    one = funder()
    wrong = replace(mandate(), min_amount_minor=0, max_tenor_months=0)
    with pytest.raises(InvalidInput) as refused:
        services.set_mandate(funder_code=one.code, mandate=wrong, by="system", at=NOW)
    assert set(refused.value.problems) == {"min_amount_minor", "max_tenor_months"}
    assert queries.mandate(one.code) == mandate()


def test_a_stranger_sets_no_mandate():
    one = funder(person="fay")
    funder(person="eve")
    with pytest.raises(NotEntitled):
        services.set_mandate(
            funder_code=one.code, mandate=mandate(min_rate_bps=1), by="eve", at=NOW
        )
    assert queries.mandate(one.code) == mandate()
    services.set_mandate(
        funder_code=one.code, mandate=mandate(min_rate_bps=1), by="fay", at=NOW
    )
    assert queries.mandate(one.code).min_rate_bps == 1


def test_only_a_funder_has_a_mandate():
    with pytest.raises(InvalidInput) as refused:
        services.set_mandate(
            funder_code=party("enterprise").code, mandate=mandate(), by="system", at=NOW
        )
    assert set(refused.value.problems) == {"funder_code"}
    assert models.Mandate.objects.count() == 0


def test_a_funder_without_a_mandate_is_told_so():
    silent = party("funder")
    demand = listed()
    said = queries.explain(silent.code, demand.code)
    assert not said.fits
    assert said.misfits == (f"{silent} has set no mandate",)
    assert queries.opportunities(silent.code).rows == []
    with pytest.raises(queries.NoMandate):
        queries.require_mandate(silent.code)


def test_a_push_is_seen_muted_and_acted_on_only_by_who_was_pushed():
    one = funder()
    other = funder(currency="EUR")
    demand = listed()
    push(demand)
    codes = {"funder_code": one.code, "demand_code": demand.code, "at": NOW}
    assert services.mark_seen(**codes).state == "seen"
    assert services.mark_acted(**codes).state == "acted"
    assert services.mark_seen(**codes).state == "acted"
    assert services.mute(**codes).state == "muted"
    for act in (services.mark_seen, services.mark_acted, services.mute):
        with pytest.raises(services.NotPushed):
            act(**codes | {"funder_code": other.code})
    assert [p.state for p in queries.pushes_for(demand.code)] == ["muted"]


@pytest.mark.parametrize(
    "sabotage",
    [
        lambda: models.Push.objects.update(reasons=[]),
        lambda: models.Push.objects.update(rank=1, fit_bps=9_999),
        lambda: models.Push.objects.all().delete(),
        lambda: models.Mandate.objects.update(min_rate_bps=1),
        lambda: models.Mandate.objects.filter(number=1).delete(),
        lambda: truncate("market_push"),
        lambda: truncate("market_mandate"),
    ],
)
def test_reasons_and_mandates_cannot_be_rewritten(sabotage):
    one = funder()
    services.set_mandate(
        funder_code=one.code, mandate=mandate(min_rate_bps=1), by="system", at=NOW
    )
    push(listed())
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        sabotage()
