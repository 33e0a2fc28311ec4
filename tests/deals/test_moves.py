"""What rooms above report, what time ends, and the log that survives a refusal."""

import pytest
from django.db import DatabaseError, connection, transaction

from longtail.deals import models, queries, services
from longtail.deals.lifecycle import IllegalTransition
from longtail.evidence import queries as evidence
from tests.deals import cases
from tests.deals.cases import NOW, days, snapshot


def refusals(code):
    return [
        (t.event, t.from_state, t.to_state, t.by, t.at)
        for t in queries.transitions(code)
        if not t.is_taken
    ]


def record(demand, event, **changes):
    return services.record(
        **{"demand_code": demand.code, "event": event, "by": "system", "at": NOW} | changes
    )


def truncate(table):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"truncate {table} cascade")


@services.logs_refusals
@transaction.atomic
def room_above(*, demand_code, at):
    """A service that does work of its own before it reports."""
    models.Demand.objects.filter(code=demand_code).update(grade="X")
    services.record(demand_code=demand_code, event="repay", by="grace", at=at)


@pytest.mark.django_db(transaction=True)
def test_a_refused_event_is_logged_although_its_transaction_is_rolled_back():
    cases.install_model()
    demand = cases.scene().draft()
    before = snapshot(demand.code)
    with pytest.raises(IllegalTransition):
        services.accept_offer(demand_code=demand.code, by="ann", at=NOW)
    # Outside any transaction, so what is read here was committed.
    assert refusals(demand.code) == [("accept", "draft", "", "ann", NOW)]
    with pytest.raises(IllegalTransition):
        room_above(demand_code=demand.code, at=NOW)
    assert len(refusals(demand.code)) == 2
    assert refusals(demand.code)[1] == ("repay", "draft", "", "system", NOW)
    assert queries.demand(demand.code).grade == ""
    assert snapshot(demand.code) == before
    # A room above that goes on after the refusal keeps the row as well, and only once.
    with transaction.atomic():
        for _ in range(2):
            with pytest.raises(IllegalTransition):
                record(demand, "fill")
    assert len(refusals(demand.code)) == 4


@pytest.mark.django_db
def test_a_refusal_says_what_is_possible(scene):
    demand = scene.draft()
    with pytest.raises(IllegalTransition) as refused:
        record(demand, "fill")
    assert str(refused.value) == (
        f"Demand {demand.code} is draft, so 'fill' is not possible. "
        "Possible now: edit, submit, withdraw, expire."
    )
    (row,) = queries.transitions(demand.code)
    assert (row.is_taken, row.reason) == (False, str(refused.value))


@pytest.mark.django_db
def test_a_deal_runs_to_its_end(scene):
    demand = scene.reported("list", "fill")
    before = snapshot(demand.code)
    with pytest.raises(services.NotSigned):
        record(demand, "draw_down")
    with pytest.raises(services.NotSigned):
        services.record_many(
            demand_codes=[demand.code], event="draw_down", by="system", at=NOW
        )
    assert snapshot(demand.code) == before
    services.sign_agreement(demand_code=demand.code, drawdown_date=NOW.date(), at=NOW)
    for event, state in (
        ("draw_down", "active"),
        ("default", "defaulted"),
        ("recover", "defaulted"),
        ("cure", "active"),
        ("default", "defaulted"),
        ("write_off", "written_off"),
        ("recover", "written_off"),
    ):
        assert record(demand, event, reason="as told").state == state
    taken = [t.event for t in queries.transitions(demand.code) if t.is_taken]
    assert taken[:6] == ["submit", "approve", "accept", "list", "fill", "draw_down"]
    assert queries.demand(demand.code).expires_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "event", ["submit", "approve", "accept", "edit", "expire", "bribe"]
)
def test_what_has_a_service_of_its_own_cannot_be_reported(scene, event):
    demand = scene.draft()
    before = snapshot(demand.code)
    with pytest.raises((AssertionError, ValueError)):
        record(demand, event)
    assert snapshot(demand.code) == before


@pytest.mark.django_db
def test_many_are_reported_at_once_or_none(scene, django_assert_max_num_queries):
    demands = [
        scene.reported("list", "fill", "draw_down", purpose=purpose)
        for purpose in ("inventory", "equipment")
    ]
    codes = [demand.code for demand in demands]
    with django_assert_max_num_queries(5):
        n = services.record_many(demand_codes=codes, event="default", by="system", at=NOW)
    assert n == 2
    assert {queries.demand(code).state for code in codes} == {"defaulted"}
    draft = scene.draft()
    before = [snapshot(code) for code in codes]
    with pytest.raises(IllegalTransition):
        services.record_many(
            demand_codes=[*codes, draft.code], event="cure", by="system", at=NOW
        )
    with pytest.raises(services.UnknownDemand):
        services.record_many(
            demand_codes=[*codes, "DEM-NOBODY"], event="cure", by="system", at=NOW
        )
    assert [snapshot(code) for code in codes] == before
    assert len(refusals(draft.code)) == 1
    assert services.record_many(demand_codes=[], event="cure", by="system", at=NOW) == 0


@pytest.mark.django_db
def test_time_ends_what_nobody_moves(scene):
    draft = scene.draft(purpose="start-up")
    waiting = scene.submitted(purpose="inventory")
    offered = scene.assessed(purpose="expansion")
    accepted = scene.accepted(purpose="premises")
    listed = scene.reported("list", purpose="innovation")
    assert services.expire_due(at=days(29)) == 0
    assert services.expire_due(at=days(30)) == 1
    assert queries.demand(offered.code).state == "expired"
    assert queries.offer(offered.code) is None
    assert services.expire_due(at=days(60)) == 1
    assert queries.demand(accepted.code).state == "expired"
    assert services.expire_due(at=days(90)) == 1
    assert queries.demand(waiting.code).state == "expired"
    orders = evidence.orders_for(queries.matter(waiting))
    assert {order.state for order in orders} == {"withdrawn"}
    assert services.expire_due(at=days(180)) == 1
    assert queries.demand(draft.code).state == "expired"
    assert services.expire_due(at=days(9_999)) == 0
    assert queries.demand(listed.code).state == "listed"
    last = queries.transitions(offered.code).last()
    assert (last.event, last.by, last.reason) == (
        "expire",
        "system",
        "open until 2026-04-01",
    )


@pytest.mark.django_db
def test_nothing_due_is_next_to_nothing_done(scene, django_assert_max_num_queries):
    scene.draft()
    with django_assert_max_num_queries(3):
        assert services.expire_due(at=NOW) == 0


SABOTAGE = (
    lambda: models.Transition.objects.update(by="nobody"),
    lambda: models.Transition.objects.all().delete(),
    lambda: models.DemandVersion.objects.update(amount_minor=1),
    lambda: models.Offer.objects.update(rate_bps=1),
    lambda: models.Offer.objects.update(amount_minor=1, accepted_by="ann"),
    lambda: models.Agreement.objects.update(principal_minor=1),
    lambda: models.Agreement.objects.update(terms={}),
    lambda: models.ReferralDecision.objects.update(reason="Nothing to see here."),
    lambda: models.ReferralDecision.objects.all().delete(),
    lambda: truncate("deals_transition"),
    lambda: truncate("deals_offer"),
)


@pytest.mark.django_db
def test_history_cannot_be_rewritten(scene):
    demand = scene.assessed(employees=7)
    services.decide_referral(
        demand_code=demand.code,
        is_approved=True,
        reason="Seen on site, orders checked.",
        by="olivia",
        seconded_by="oscar",
        at=NOW,
    )
    services.accept_offer(demand_code=demand.code, by="ann", at=NOW)
    for event in ("list", "fill"):
        record(demand, event)
    services.sign_agreement(demand_code=demand.code, drawdown_date=NOW.date(), at=NOW)
    for act in SABOTAGE:
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            act()
