"""Tables: whole-set sorting and paging, and CSV that no spreadsheet executes."""

import csv
import io
from dataclasses import dataclass

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from longtail.interfaces.web.tables import (
    FORMULA_STARTS,
    PAGE_SIZE,
    Cell,
    Column,
    Table,
    asked_for,
    harmless,
    money_cell,
)


@dataclass(frozen=True)
class Row:
    name: str
    minor: int | None


ROWS = [Row(f"row {n:03}", (n * 37) % 101) for n in range(60)]
COLUMNS = (
    Column(key="name", title="Name", cell=lambda row: Cell(row.name), order=("name",)),
    Column(
        key="amount",
        title="Amount",
        cell=lambda row: money_cell(row.minor, "USD"),
        order=("minor",),
        is_number=True,
    ),
    Column(key="fixed", title="Fixed", cell=lambda _row: Cell("x")),
)


def table(query="", rows=ROWS):
    request = RequestFactory().get(f"/{query}")
    return Table(request, name="t", rows=rows, columns=COLUMNS, caption="Rows")


def shown(table):
    return [cells[0][1].text for cells in table.lines]


def test_a_page_holds_so_many_rows_and_the_pages_hold_them_all():
    seen = [name for page in (1, 2, 3) for name in shown(table(f"?t-page={page}"))]
    assert len(shown(table())) == PAGE_SIZE
    assert seen == [row.name for row in ROWS]


def test_sorting_is_over_the_whole_set_and_not_over_the_page():
    best = max(ROWS, key=lambda row: row.minor)
    assert shown(table("?t-sort=-amount"))[0] == best.name


def test_a_heading_turns_the_order_round_and_says_which_it_is():
    heading = table("?t-sort=amount&other=1").headings[1]
    assert heading.sorted == "ascending"
    assert "t-sort=-amount" in heading.href
    assert "other=1" in heading.href


@pytest.mark.parametrize(
    "query",
    [
        "?t-sort=password",
        "?t-sort=minor",
        "?t-sort=fixed",
        "?t-page=99",
        "?t-page=-1",
        "?t-page=x",
    ],
)
def test_sorts_and_pages_that_do_not_exist_are_harmless(query):
    assert table(query).count == len(ROWS)
    assert shown(table(query))


def test_missing_values_sort_before_all_others():
    rows = [Row("known", 5), Row("unknown", None)]
    assert shown(table("?t-sort=amount", rows)) == ["unknown", "known"]


def test_the_csv_holds_every_row_in_the_order_asked_for():
    request = RequestFactory().get("/?t-sort=amount&export=t")
    response = asked_for(request, table("?t-sort=amount&export=t"))
    lines = list(csv.reader(io.StringIO(response.content.decode())))
    assert lines[0] == ["name", "amount", "fixed"]
    assert len(lines) == len(ROWS) + 1
    assert lines[1][1] == "0.00"
    assert response["Content-Disposition"] == 'attachment; filename="longtail-t.csv"'


def test_another_tables_export_is_not_this_ones():
    assert asked_for(RequestFactory().get("/?export=other"), table()) is None


@given(st.text(max_size=20))
def test_no_cell_starts_a_formula(text):
    assert not harmless(text).startswith(FORMULA_STARTS)
    assert harmless(text).endswith(text)


def test_a_formula_in_a_name_leaves_quoted():
    rows = [Row('=HYPERLINK("http://x","y")', 1)]
    response = table("?export=t", rows).csv()
    assert list(csv.reader(io.StringIO(response.content.decode())))[1][0].startswith("'=")
