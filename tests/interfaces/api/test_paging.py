"""Pages: every row on exactly one, in one order, whatever comes in between."""

import pytest

from longtail.parties.rules import Kind
from tests.funding.world import DAY, admitted, listed

pytestmark = pytest.mark.usefixtures("market")


def walk(caller, path, *, limit, **query):
    """Return the codes of a list read page by page."""
    found, cursor, pages = [], "", 0
    while True:
        page = caller.read(path, limit=limit, cursor=cursor, **query)
        assert len(page["results"]) <= limit
        found += [row["code"] for row in page["results"]]
        cursor, pages = page["next"], pages + 1
        if not cursor:
            return found, pages


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_every_party_is_on_exactly_one_page(market, limit):
    whole = [row["code"] for row in market.regulator.read("/parties")["results"]]
    found, pages = walk(market.regulator, "/parties", limit=limit)
    assert found == whole
    assert len(set(found)) == len(found)
    assert pages == -(-len(whole) // limit)


def test_what_comes_in_between_is_neither_seen_twice_nor_pushes_a_row_out(market):
    first = market.regulator.read("/parties", limit=3)
    admitted(Kind.FUNDER)
    rest, _ = walk(market.regulator, "/parties", limit=3)
    later = market.regulator.read("/parties", limit=200, cursor=first["next"])["results"]
    assert [r["code"] for r in first["results"] + later] == rest[1:]


@pytest.mark.parametrize("sort", ["newest", "oldest", "largest", "smallest", "changed"])
def test_filters_and_sort_run_over_the_whole_list(market, sort):
    amounts = [50_000, 90_000, 70_000]
    codes = dict(zip(amounts, [listed(minor) for minor in amounts], strict=True))
    found, _ = walk(market.funder, "/demands", limit=1, sort=sort)
    assert set(found) == set(codes.values())
    if sort in {"largest", "smallest"}:
        by_size = [codes[a] for a in sorted(amounts, reverse=sort == "largest")]
        assert found == by_size
    small, _ = walk(market.funder, "/demands", limit=1, max_amount_minor=70_000)
    assert set(small) == {codes[50_000], codes[70_000]}


def test_a_statement_is_read_in_pages(market, now):
    code = listed()
    body = {"amount": {"value": "100.00", "currency": "USD"}}
    for _ in range(3):
        market.funder.do(f"/demands/{code}/commitments", body)
    now.at += DAY
    ids, cursor = [], ""
    for _ in range(10):
        page = market.funder.read("/wallets/USD/statement", limit=2, cursor=cursor)
        ids += [line["id"] for line in page["results"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(ids) == len(set(ids)) == 4
    assert ids == sorted(ids, reverse=True)
