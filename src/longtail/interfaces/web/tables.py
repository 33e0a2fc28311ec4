"""Tables sorted and paged in SQL over the whole set, and the same as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse

from longtail.interfaces.web import formats
from longtail.interfaces.web.wording import Word

PAGE_SIZE = 25
# A cell that starts with one of these is run as a formula by spreadsheets.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cell:
    """What one cell shows, and what stands in its place in a CSV.

    Attributes:
        text: What people read.
        href: Where it leads.
        note: A second, quieter line.
        tone: Makes the text a badge of that tone.
        raw: The value for a CSV, when it is not the text.
    """

    text: str
    href: str = ""
    note: str = ""
    tone: str = ""
    raw: str | None = None


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        key: Its name in the address and the CSV's first line.
        title: Its heading.
        cell: Makes a row's cell.
        order: Fields to sort by, ascending; empty: not sortable.
        is_number: Whether it is right-aligned.
    """

    key: str
    title: str
    cell: Callable[[Any], Cell]
    order: tuple[str, ...] = ()
    is_number: bool = False


def money_cell(minor: int | None, currency: str) -> Cell:
    """Return a cell with an amount."""
    return Cell(formats.money(minor, currency), raw=formats.plain_amount(minor, currency))


def date_cell(value: Any) -> Cell:
    """Return a cell with a date."""
    return Cell(formats.day(value), raw="" if value is None else value.isoformat())


def percent_cell(bps: int | None) -> Cell:
    """Return a cell with a rate."""
    return Cell(formats.percent(bps), raw="" if bps is None else f"{bps / 100:.2f}")


def badge_cell(word: Word) -> Cell:
    """Return a cell with a badge."""
    return Cell(str(word.text), tone=word.tone)


@dataclass(frozen=True)
class Heading:
    """A column's heading as it stands in the page."""

    column: Column
    href: str
    sorted: str


class Table:
    """Rows of a query as the request asks for them: sorted, paged.

    Args:
        request: Its query string says ``<name>-sort`` and ``<name>-page``; names that
            are not a column's are ignored.
        name: Tells several tables of a page apart.
        rows: A query set, or a list that is short by nature.
        columns: What to show.
        default: Sort to begin with, a column's key, ``-`` before it for descending.
        caption: What the table shows, for people who do not see it.
    """

    def __init__(
        self,
        request: HttpRequest,
        *,
        name: str,
        rows: Any,
        columns: Sequence[Column],
        caption: str,
        default: str = "",
    ) -> None:
        self.name, self.columns, self.caption = name, tuple(columns), caption
        self._query = request.GET.copy()
        self.sort = self._known(request.GET.get(f"{name}-sort", "")) or default
        self._rows = self._sorted(rows)
        self.page: Page = Paginator(self._rows, PAGE_SIZE).get_page(
            request.GET.get(f"{name}-page")
        )

    @property
    def headings(self) -> list[Heading]:
        """The columns with the address that sorts by each."""
        return [self._heading(column) for column in self.columns]

    @property
    def lines(self) -> Iterable[list[tuple[Column, Cell]]]:
        """The page's cells, a list a row."""
        return ([(c, c.cell(row)) for c in self.columns] for row in self.page)

    @property
    def count(self) -> int:
        """How many rows there are on all pages."""
        return self.page.paginator.count

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Page numbers and their addresses; an ellipsis has none."""
        around = self.page.paginator.get_elided_page_range(
            self.page.number, on_each_side=2, on_ends=1
        )
        return [
            (str(n), self._address(page=str(n)) if isinstance(n, int) else "")
            for n in around
        ]

    @property
    def export_href(self) -> str:
        """Where the whole set is had as CSV."""
        return self._address(export=self.name)

    def csv(self) -> HttpResponse:
        """Return every row of every page."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="longtail-{self.name}.csv"'
        writer = csv.writer(response)
        writer.writerow(c.key for c in self.columns)
        for row in self._rows:
            writer.writerow(harmless(_raw(c.cell(row))) for c in self.columns)
        return response

    def _known(self, sort: str) -> str:
        keys = {c.key for c in self.columns if c.order}
        return sort if sort.removeprefix("-") in keys else ""

    def _sorted(self, rows: Any) -> Any:
        column = next(
            (c for c in self.columns if c.key == self.sort.removeprefix("-")), None
        )
        if column is None or not column.order:
            return rows
        is_descending = self.sort.startswith("-")
        if hasattr(rows, "order_by"):
            sign = "-" if is_descending else ""
            return rows.order_by(*(f"{sign}{name}" for name in (*column.order, "pk")))
        return sorted(rows, key=lambda row: _values(row, column), reverse=is_descending)

    def _heading(self, column: Column) -> Heading:
        if not column.order:
            return Heading(column, "", "")
        is_up, is_down = self.sort == column.key, self.sort == f"-{column.key}"
        href = self._address(sort=f"-{column.key}" if is_up else column.key, page="1")
        return Heading(column, href, "ascending" if is_up else "descending" * is_down)

    def _address(self, **changes: str) -> str:
        query = self._query.copy()
        query.pop("export", None)
        for what, value in changes.items():
            query["export" if what == "export" else f"{self.name}-{what}"] = value
        return f"?{query.urlencode()}"


def asked_for(request: HttpRequest, *tables: Table) -> HttpResponse | None:
    """Return the CSV of the table that the request wants exported, if it wants one."""
    wanted = request.GET.get("export")
    return next((table.csv() for table in tables if table.name == wanted), None)


def harmless(text: str) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _raw(cell: Cell) -> str:
    return str(cell.text) if cell.raw is None else cell.raw


def _values(row: Any, column: Column) -> tuple[tuple[bool, Any], ...]:
    found = []
    for path in column.order:
        value = row
        for name in path.split("__"):
            value = getattr(value, name, None)
        found.append((value is not None, value))
    # None sorts before everything and is never compared with a value.
    return tuple((known, value if known else 0) for known, value in found)
