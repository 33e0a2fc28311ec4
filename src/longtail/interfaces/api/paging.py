"""Pages by an opaque cursor: no offset, so no row is skipped or seen twice."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from longtail.interfaces.api.schemas.types import INT64
from longtail.values.refusal import InvalidInput


def page(
    rows: QuerySet[Any] | Iterable[Any],
    *,
    cursor: str,
    limit: int,
    write: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return one page of rows, newest (largest id) first.

    Args:
        rows: Model rows, or anything with an ``id``.
        cursor: The page's start, from the page before; empty for the first.
        limit: Most rows.
        write: Turns a row into its schema.

    Returns:
        ``results`` and the cursor of the ``next`` page, empty at the end.

    Raises:
        InvalidInput: If the cursor is none of ours.
    """
    before = read(cursor)
    return cut(_slice(rows, before, limit + 1), limit=limit, write=write)


def cut(rows: Sequence[Any], *, limit: int, write: Callable[[Any], Any]) -> dict[str, Any]:
    """Return one page of rows that were read one further than it is long.

    Args:
        rows: At most ``limit + 1`` rows in the order of the list, each with an ``id``.
        limit: Most rows.
        write: Turns a row into its schema.
    """
    shown = rows[:limit]
    return {
        "results": [write(row) for row in shown],
        "next": _write(shown[-1].id) if len(rows) > limit else "",
    }


def read(cursor: str) -> int | None:
    """Return the id that a cursor continues after; None at the start of the list.

    Raises:
        InvalidInput: If the cursor is none of ours.
    """
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    digits = text[1:]
    is_ours = text[:1] == "c" and digits.isascii() and digits.isdigit()
    if not (is_ours and len(digits) < 20 and int(digits) <= INT64):
        raise InvalidInput({"cursor": "Use the `next` of the page before, unchanged."})
    return int(digits)


def _slice(rows: QuerySet[Any] | Iterable[Any], before: int | None, n: int) -> list[Any]:
    if isinstance(rows, QuerySet):
        if before is not None:
            rows = rows.filter(pk__lt=before)
        return list(rows.order_by("-pk")[:n])
    ordered = sorted(rows, key=lambda row: row.id, reverse=True)
    return [row for row in ordered if before is None or row.id < before][:n]


def _write(row_id: int) -> str:
    return base64.urlsafe_b64encode(f"c{row_id}".encode()).decode().rstrip("=")
