"""Search runs in the database over every demand, not over one page of them."""

from dataclasses import replace
from itertools import product

import pytest

from longtail.deals import queries, services
from longtail.deals.queries import Criteria, Sort
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from tests.deals.cases import NOW, days, party

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(scene):
    """Four demands that differ in everything one can look for."""
    cafe = party("enterprise", name="Café Ünal 北京", sector="72", region="CA", employees=3)
    there = replace(scene, enterprise=cafe)
    return {
        "offered": scene.assessed(amount=Money(40_000_00, "USD")),
        "declined": scene.assessed(employees=2, purpose="inventory", tenor_months=60),
        "cafe": there.draft(
            amount=Money(9_000_00, "USD"),
            mode_code="p2p-unsecured",
            guarantor_code=None,
            cover_bps=0,
            use_of_funds="A roasting machine, 100% electric.",
        ),
        "euro": scene.draft(amount=Money(70_000_00, "EUR"), tenor_months=12),
    }


FINDS = (
    (Criteria(), {"offered", "declined", "cafe", "euro"}),
    (Criteria(states=("draft",)), {"cafe", "euro"}),
    (Criteria(states=("draft", "declined")), {"cafe", "euro", "declined"}),
    (Criteria(sectors=("72",)), {"cafe"}),
    (Criteria(sectors=("33",)), {"offered", "declined", "euro"}),
    (Criteria(regions=("CA",)), {"cafe"}),
    (Criteria(sizes=("micro",)), {"cafe"}),
    (Criteria(modes=("p2p-unsecured",)), {"cafe"}),
    (Criteria(grades=("AAA", "D")), {"offered", "declined"}),
    (Criteria(currency="EUR"), {"euro"}),
    (Criteria(min_amount_minor=40_000_00), {"offered", "declined", "euro"}),
    (Criteria(min_amount_minor=40_000_01), {"euro"}),
    (Criteria(max_amount_minor=9_000_00), {"cafe"}),
    (Criteria(min_tenor_months=37), {"declined"}),
    (Criteria(max_tenor_months=12), {"euro"}),
    (Criteria(min_rate_bps=0), {"offered"}),
    (Criteria(text="café"), {"cafe"}),
    (Criteria(text="北京"), {"cafe"}),
    (Criteria(text="ROASTING machine"), {"cafe"}),
    (Criteria(text="100%"), {"cafe"}),
    (Criteria(text="_"), set()),
    (Criteria(text="roasting looms"), set()),
    (Criteria(text="   "), {"offered", "declined", "cafe", "euro"}),
)


def test_criteria_narrow_the_whole_set(board):
    for criteria, expected in FINDS:
        found = {d.code for d in queries.search(criteria=criteria).rows}
        assert found == {board[name].code for name in expected}, criteria
        assert queries.count(criteria=criteria) == len(expected)


def test_an_enterprise_and_a_code_are_found(board):
    one = board["cafe"]
    for criteria in (
        Criteria(enterprise_code=one.enterprise.code),
        Criteria(text=one.code.lower()),
    ):
        assert [d.code for d in queries.search(criteria=criteria).rows] == [one.code]


ORDERS = (
    (Sort.NEWEST, "created_at", True),
    (Sort.OLDEST, "created_at", False),
    (Sort.CHANGED, "updated_at", True),
    (Sort.LARGEST, "amount_minor", True),
    (Sort.SMALLEST, "amount_minor", False),
    (Sort.LONGEST, "tenor_months", True),
    (Sort.SHORTEST, "tenor_months", False),
)


def every_page(sort, limit):
    rows, after = [], None
    while True:
        page = queries.search(criteria=Criteria(), sort=sort, after=after, limit=limit)
        rows += page.rows
        after = page.next_after
        if after is None:
            return rows


def test_every_row_is_on_exactly_one_page_in_order(board):
    codes = sorted(d.code for d in board.values())
    for (sort, field, is_descending), limit in product(ORDERS, (1, 3)):
        rows = every_page(sort, limit)
        assert sorted(d.code for d in rows) == codes
        keys = [
            (getattr(d, field, None) or getattr(d.current, field, None), d.pk) for d in rows
        ]
        assert keys == sorted(keys, reverse=is_descending), sort


def test_a_page_costs_one_query(board, django_assert_num_queries):  # noqa: ARG001
    with django_assert_num_queries(1):
        for demand in queries.search(criteria=Criteria()).rows:
            assert demand.enterprise.legal_name
            assert demand.current.amount_minor
            assert demand.current_offer is None or demand.current_offer.grade


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        (Criteria(text="\x00"), "text"),
        (Criteria(text="\udfff"), "text"),
        (Criteria(states=("x" * 101,)), "states"),
        (Criteria(enterprise_code="\x00"), "enterprise_code"),
        (Criteria(min_amount_minor=-1), "min_amount_minor"),
        (Criteria(min_tenor_months=361), "min_tenor_months"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(criteria, field):
    with pytest.raises(InvalidInput) as refused:
        queries.search(criteria=criteria)
    assert set(refused.value.problems) == {field}


def test_the_board_is_counted_and_summed_by_state(board):
    assert queries.counts_by_state() == {"declined": 1, "draft": 2, "offered": 1}
    assert queries.asked_by_state("USD") == {
        "declined": 40_000_00,
        "draft": 9_000_00,
        "offered": 40_000_00,
    }
    assert len(board) == 4


def test_demands_are_listed_by_enterprise_and_state(board):
    cafe = board["cafe"].enterprise.code
    assert [d.code for d in queries.demands(enterprise_code=cafe)] == [board["cafe"].code]
    assert [d.code for d in queries.demands(states=["declined"])] == [
        board["declined"].code
    ]
    newest_first = [d.pk for d in queries.demands()]
    assert newest_first == sorted(newest_first, reverse=True)


def test_an_edit_is_found_by_its_new_content(scene):
    demand = scene.draft()
    services.edit(
        demand_code=demand.code,
        ask=scene.ask(amount=Money(80_000_00, "USD")),
        by="ann",
        at=days(1),
    )
    large = Criteria(min_amount_minor=80_000_00)
    (found,) = queries.search(criteria=large).rows
    assert (found.version_number, found.updated_at, found.created_at) == (2, days(1), NOW)
