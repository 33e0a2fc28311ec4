"""Cursor paging over a list sorted by one column, ties by id."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from longtail.values.refusal import InvalidInput

M = TypeVar("M", bound=Model)

MAX_PAGE = 200
MAX_COLUMN = 2**63


@dataclass(frozen=True, slots=True)
class Order:
    """A sort column, reached through foreign keys by ``__``; it is never null.

    Attributes:
        column: Its name, fixed in code.
        kind: What it holds: whole numbers or times.
        is_descending: Whether the largest comes first.
    """

    column: str
    kind: type[int] | type[datetime]
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page of a list.

    Attributes:
        rows: What is on it.
        next_after: What to pass as ``after`` for the next page; None at the end.
    """

    rows: Sequence[M]
    next_after: str | None


def page(rows: QuerySet[M], order: Order, *, after: str | None, limit: int) -> Page[M]:
    """Return one page; every row of the list is on exactly one.

    Args:
        rows: The whole list, filtered, in any order.
        order: How it is sorted.
        after: ``next_after`` of the page before; None for the first.
        limit: Rows on the page, 1 to 200.

    Raises:
        InvalidInput: If the cursor is not of such a list, or the limit out of range.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput({"limit": f"must be from 1 to {MAX_PAGE}"})
    if after is not None:
        rows = rows.filter(_past(order, *_read_cursor(after, order)))
    sign = "-" if order.is_descending else ""
    found = list(rows.order_by(f"{sign}{order.column}", f"{sign}id")[: limit + 1])
    is_last = len(found) <= limit
    return Page(found[:limit], None if is_last else _cursor(found[limit - 1], order))


def _past(order: Order, value: int | datetime, pk: int) -> Q:
    beyond = "lt" if order.is_descending else "gt"
    column = order.column
    return Q((f"{column}__{beyond}", value)) | Q((column, value), (f"id__{beyond}", pk))


def _cursor(row: Model, order: Order) -> str:
    value: object = row
    for name in order.column.split("__"):
        value = getattr(value, name)
    shown = value.isoformat() if isinstance(value, date) else value
    return base64.urlsafe_b64encode(json.dumps([shown, row.pk]).encode()).decode()


def _read_cursor(after: str, order: Order) -> tuple[int | datetime, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(after.encode("ascii")))
        if order.kind is datetime:
            value = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise _no_cursor() from error
    if not _is_column(pk) or (order.kind is int and not _is_column(value)):
        raise _no_cursor()
    return value, pk


def _is_column(value: object) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and -MAX_COLUMN <= value < MAX_COLUMN


def _no_cursor() -> InvalidInput:
    return InvalidInput({"after": "is not a cursor of this list; start at the first page"})
