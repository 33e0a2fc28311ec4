"""A funder's feed: filtered, sorted and paged in the database."""

from base64 import b64encode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longtail.deals import queries as deals
from longtail.deals.queries import Criteria
from longtail.market import queries, services
from longtail.market.matching import matched, profile_of
from longtail.market.models import Mandate as MandateRow
from longtail.market.queries import Sort
from longtail.market.rules import Mandate
from longtail.values.refusal import InvalidInput
from tests.market.listings import NOW, funder, listed, mandate, party

pytestmark = pytest.mark.django_db


def pushed(demands):
    for demand in demands:
        services.push(demand_code=demand.code, at=NOW)
    return demands


def codes(page):
    return [row.demand.code for row in page.rows]


@pytest.fixture
def market():
    one = funder()
    food = party(
        "enterprise", sector="72", region="CA", employees=3, legal_name="Café Ünal"
    )
    steel = party("enterprise", sector="33", region="VT", employees=120)
    rows = pushed(
        [
            listed(enterprise=food, amount_minor=10_000_00, rate_bps=1_200, grade="B"),
            listed(enterprise=steel, amount_minor=90_000_00, rate_bps=500, grade="A"),
            listed(amount_minor=50_000_00, tenor_months=12, mode_code="bank-loan"),
        ]
    )
    return one, rows


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (Criteria(), {0, 1, 2}),
        (Criteria(sectors=("72",)), {0}),
        (Criteria(sectors=("31",)), {1, 2}),
        (Criteria(regions=("CA", "NY")), {0}),
        (Criteria(sizes=("micro", "medium")), {0, 1}),
        (Criteria(grades=("A", "BBB")), {1, 2}),
        (Criteria(modes=("bank-loan",)), {2}),
        (Criteria(min_amount_minor=50_000_00), {1, 2}),
        (Criteria(max_amount_minor=50_000_00), {0, 2}),
        (Criteria(min_rate_bps=600), {0, 2}),
        (Criteria(max_tenor_months=12), {2}),
        (Criteria(currency="EUR"), set()),
        (Criteria(text="café"), {0}),
        (Criteria(text="looms installation"), {0, 1, 2}),
        (Criteria(text="looms yacht"), set()),
        (Criteria(text="100%"), set()),
    ],
)
def test_filters_run_over_the_whole_feed(market, criteria, expected):
    one, rows = market
    assert set(codes(queries.opportunities(one.code, criteria))) == {
        rows[i].code for i in expected
    }
    assert queries.count_opportunities(one.code, criteria) == len(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.YIELD, [0, 2, 1]),
        (Sort.LARGEST, [1, 2, 0]),
        (Sort.SMALLEST, [0, 2, 1]),
        (Sort.SHORTEST, [2, 0, 1]),
        (Sort.NEWEST, [2, 1, 0]),
    ],
)
def test_the_feed_is_sorted_over_all_its_pages(market, sort, expected):
    one, rows = market
    seen, after = [], None
    while True:
        page = queries.opportunities(one.code, sort=sort, after=after, limit=1)
        seen += codes(page)
        after = page.next_after
        if after is None:
            break
    assert seen == [rows[i].code for i in expected]


def test_the_best_fit_is_first_by_default(market):
    one, _ = market
    fits = [row.fit_bps for row in queries.opportunities(one.code).rows]
    assert fits == sorted(fits, reverse=True)


def test_pages_neither_lose_nor_repeat_rows_that_tie():
    one = funder()
    rows = pushed([listed() for _ in range(7)])
    seen, after = [], None
    for _ in range(4):
        page = queries.opportunities(one.code, sort=Sort.YIELD, after=after, limit=2)
        seen += codes(page)
        after = page.next_after
    assert after is None
    assert sorted(seen) == sorted(d.code for d in rows)


def test_muted_demands_are_kept_apart(market):
    one, rows = market
    services.mute(funder_code=one.code, demand_code=rows[0].code, at=NOW)
    assert rows[0].code not in codes(queries.opportunities(one.code))
    assert codes(queries.opportunities(one.code, is_muted=True)) == [rows[0].code]


def test_what_is_no_longer_listed_is_no_opportunity(market):
    one, rows = market
    rows[0].state = "funded"
    rows[0].save()
    assert set(codes(queries.opportunities(one.code))) == {rows[1].code, rows[2].code}


@pytest.mark.usefixtures("market")
def test_a_funder_sees_nothing_of_another():
    stranger = funder(currency="EUR")
    assert queries.opportunities(stranger.code).rows == []
    assert queries.count_opportunities("FND-NOBODY") == 0


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_bounds(market, limit):
    with pytest.raises(InvalidInput) as refused:
        queries.opportunities(market[0].code, limit=limit)
    assert set(refused.value.problems) == {"limit"}


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "%%%",
        *(
            b64encode(text.encode()).decode()
            for text in (
                "null",
                "[1",
                '["a", 1]',
                "[true, 1]",
                "[1, 1e9]",
                "[1, NaN]",
                "[100000000000000000000, 1]",
                "[" * 2_000,
                '["9999-12-31T23:59:59-23:59", 1]',
            )
        ),
    ],
)
@pytest.mark.parametrize("sort", [Sort.FIT, Sort.NEWEST])
def test_a_forged_cursor_is_refused(market, after, sort):
    with pytest.raises(InvalidInput) as refused:
        queries.opportunities(market[0].code, sort=sort, after=after)
    assert set(refused.value.problems) == {"after"}


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        (Criteria(text="a\x00b"), "text"),
        (Criteria(text="\ud800"), "text"),
        (Criteria(text="x" * 101), "text"),
        (Criteria(grades=("A\x00",)), "grades"),
        (Criteria(min_amount_minor=-1), "min_amount_minor"),
        (Criteria(max_amount_minor=10**30), "max_amount_minor"),
        (Criteria(min_rate_bps=10**30), "min_rate_bps"),
    ],
)
def test_a_malformed_filter_is_refused_by_name(market, criteria, field):
    with pytest.raises(InvalidInput) as refused:
        queries.opportunities(market[0].code, criteria)
    assert set(refused.value.problems) == {field}


@pytest.mark.usefixtures("market")
def test_a_preview_counts_what_a_mandate_would_find():
    found = queries.preview(mandate(max_amount_minor=60_000_00))
    assert (found.n_fitting, found.n_listed, found.total_minor) == (2, 3, 60_000_00)


names = st.frozensets(st.sampled_from(["a", "b"]), max_size=1)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.builds(
        Mandate,
        currency=st.sampled_from(["USD", "EUR"]),
        min_amount_minor=st.sampled_from([1, 10_000_00, 50_000_01]),
        max_amount_minor=st.sampled_from([50_000_00, 90_000_00]),
        sizes=st.frozensets(st.sampled_from(["micro", "small", "medium"]), max_size=2),
        grades=st.frozensets(st.sampled_from(["A", "BBB", "B"]), max_size=2),
        sectors=st.frozensets(st.sampled_from(["31", "32", "72"]), max_size=1),
        regions=st.frozensets(st.sampled_from(["VT", "CA"]), max_size=1),
        modes=st.frozensets(st.sampled_from(["bank-loan", "p2p-unsecured"]), max_size=1),
        max_tenor_months=st.sampled_from([12, 36]),
        min_rate_bps=st.sampled_from([0, 500, 926]),
    )
)
def test_the_database_and_the_kernel_agree(market, wanted):
    one, rows = market
    in_database = set(
        deals.matching(queries.criteria_of(wanted)).values_list("code", flat=True)
    )
    row = MandateRow(
        funder=one,
        **{f: getattr(wanted, f) for f in wanted.__slots__},
    )
    profiles = {d.code: profile_of(deals.demand(d.code)) for d in rows}
    in_kernel = {code for code, p in profiles.items() if matched(row, p).fits}
    assert in_database == in_kernel
