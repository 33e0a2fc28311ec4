"""The seven steps of a demand, as people read them at each point of its life."""

import pytest

from longtail.deals import queries, services
from longtail.values.money import Money
from tests.deals.cases import NOW, answer, days

pytestmark = pytest.mark.django_db

REACH = {
    "draft": lambda scene: scene.draft(),
    "attesting": lambda scene: scene.submitted(),
    "referred": lambda scene: scene.assessed(employees=7),
    "declined": lambda scene: scene.assessed(employees=2),
    "offered": lambda scene: scene.assessed(),
    "accepted": lambda scene: scene.accepted(),
    "listed": lambda scene: scene.reported("list"),
    "frozen": lambda scene: scene.reported("list", "freeze"),
    "failed": lambda scene: scene.reported("list", "fail"),
    "funded": lambda scene: scene.reported("list", "fill"),
    "active": lambda scene: scene.reported("list", "fill", "draw_down"),
    "defaulted": lambda scene: scene.reported("list", "fill", "draw_down", "default"),
    "repaid": lambda scene: scene.reported("list", "fill", "draw_down", "repay"),
    "written_off": lambda scene: scene.reported(
        "list", "fill", "draw_down", "default", "write_off"
    ),
}
SHAPES = {
    "draft": "c t t t t t t",
    "attesting": "d d c t t t t",
    "referred": "d d c t t t t",
    "declined": "d d s t t t t",
    "offered": "d d d c t t t",
    "accepted": "d d d c t t t",
    "listed": "d d d d c t t",
    "frozen": "d d d d c t t",
    "failed": "d d d d s t t",
    "funded": "d d d d d c t",
    "active": "d d d d d d c",
    "defaulted": "d d d d d d c",
    "repaid": "d d d d d d d",
    "written_off": "d d d d d d d",
}


@pytest.mark.parametrize("state", REACH)
def test_every_state_has_its_place_in_the_seven_steps(scene, state):
    demand = REACH[state](scene)
    steps = queries.timeline(demand.code)
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert " ".join(step.state[0] for step in steps) == SHAPES[state]
    for step in steps:
        assert (step.at is not None) == (step.state in ("done", "stopped"))
        assert bool(step.detail) == (step.state != "todo"), step


def detail(demand, number):
    return queries.timeline(demand.code)[number - 1].detail


def test_the_steps_say_what_happened(scene):
    demand = scene.submitted()
    assert detail(demand, 1) == (
        "USD 40,000.00 for equipment over 36 months, "
        "Peer-to-peer loan with third-party guarantee, version 1"
    )
    assert detail(demand, 2) == (
        "Asked for bank statements, credit report, guarantee undertaking, registration"
    )
    assert detail(demand, 3) == "0 of 4 attestations delivered"
    answer(demand, at=days(1))
    assert detail(demand, 3) == "4 of 4 attestations delivered"
    services.assess(demand_code=demand.code, at=days(2))
    offer = queries.offer(demand.code)
    assert detail(demand, 3) == (
        f"4 of 4 attestations delivered; grade {offer.grade}, "
        f"{offer.rate_bps / 100:.2f} % a year (APR {offer.apr_bps / 100:.2f} %)"
    )
    steps = queries.timeline(demand.code)
    assert [step.at for step in steps[:3]] == [NOW, NOW, days(2)]


def test_an_edit_starts_the_steps_again(scene):
    demand = scene.reported("list")
    ask = scene.ask(amount=Money(60_000_00, "USD"))
    services.edit(demand_code=demand.code, ask=ask, by="ann", at=days(3))
    steps = queries.timeline(demand.code)
    assert " ".join(step.state[0] for step in steps) == SHAPES["attesting"]
    assert steps[0].at == days(3)
    assert steps[0].detail.endswith("version 2")
    assert steps[2].detail == "0 of 4 attestations delivered"


@pytest.mark.parametrize(
    ("state", "number"), [("draft", 1), ("attesting", 3), ("listed", 5)]
)
def test_what_is_taken_back_stops_where_it_was(scene, state, number):
    demand = REACH[state](scene)
    services.withdraw(demand_code=demand.code, by="ann", at=days(1), reason="Sold out")
    step = queries.timeline(demand.code)[number - 1]
    assert (step.state, step.at) == ("stopped", days(1))
    assert step.detail == "Withdrawn: Sold out"


def test_what_expires_stops_where_it_was(scene):
    demand = scene.assessed()
    services.expire_due(at=days(30))
    step = queries.timeline(demand.code)[3]
    assert (step.state, step.detail) == ("stopped", "Expired: open until 2026-04-01")


def test_a_deal_names_its_last_day(scene):
    demand = scene.reported("list", "fill")
    signed = services.sign_agreement(
        demand_code=demand.code, drawdown_date=NOW.date(), at=NOW
    )
    services.record(demand_code=demand.code, event="draw_down", by="system", at=NOW)
    until = f"{signed.maturity_date:%d %B %Y}"
    assert detail(demand, 7) == f"Repaying; last instalment due {until}"
    services.record(demand_code=demand.code, event="default", by="system", at=NOW)
    assert detail(demand, 7) == f"In default; last instalment due {until}"
