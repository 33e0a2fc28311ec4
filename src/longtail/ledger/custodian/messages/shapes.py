"""Entries read by their shape: each new arrangement of elements is checked once. Pure.

Binding every entry of a long statement to the classes of its schema costs a quarter of
a millisecond. Entries of one bank come in a handful of arrangements, so an arrangement
is bound to the schema when it is first seen, and remembered with the place of every
field that is read; entries of a known arrangement are read by place. What a field says
is checked every time by :mod:`fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_SHAPES = 5_000
DETAIL = "NtryDtls/TxDtls"
Shape = tuple[tuple[str, int, bool, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the fields of one arrangement stand, by path, in document order.

    Attributes:
        entry: Places of the entry's own fields.
        details: The same of each of its transactions, by path below the transaction.
    """

    entry: Mapping[str, tuple[int, ...]]
    details: tuple[Mapping[str, tuple[int, ...]], ...]


class Shapes:
    """The arrangements seen so far of one kind of message."""

    def __init__(self) -> None:
        self._plans: dict[Shape, Plan] = {}

    def plan(self, nodes: list[Any], bind: Callable[[], object]) -> Plan:
        """Return where the fields of an entry stand.

        Args:
            nodes: The entry's elements in document order, itself first.
            bind: Binds the entry to its schema; raises if it does not fit.
        """
        shape = tuple(_outline(node) for node in nodes)
        plan = self._plans.get(shape)
        if plan is None:
            bind()
            plan = _plan(shape)
            # A sender of ever new arrangements costs time, never memory.
            if len(self._plans) < MAX_SHAPES:
                self._plans[shape] = plan
        return plan


def _outline(node: Any) -> tuple[str, int, bool, tuple[str, ...]]:
    """Return what makes an arrangement: names, how many children, stray text."""
    n_children = len(node)
    text, tail = node.text, node.tail
    is_mixed = bool(n_children and text and text.strip()) or bool(tail and tail.strip())
    return node.tag, n_children, is_mixed, tuple(node.keys())


def _plan(shape: Shape) -> Plan:
    entry: dict[str, tuple[int, ...]] = {}
    details: list[dict[str, tuple[int, ...]]] = []
    # For each open element: its path and how many children are still to come.
    open_paths: list[tuple[str, int]] = []
    for place, (tag, n_children, _, _) in enumerate(shape):
        name = tag.rpartition("}")[2]
        parent = open_paths[-1][0] if open_paths else ""
        path = f"{parent}/{name}" if parent else (name if place else "")
        if path == DETAIL:
            details.append({})
        if path.startswith(f"{DETAIL}/"):
            below = path.removeprefix(f"{DETAIL}/")
            details[-1][below] = (*details[-1].get(below, ()), place)
        elif path:
            entry[path] = (*entry.get(path, ()), place)
        _descend(open_paths, path, n_children)
    return Plan(entry, tuple(details))


def _descend(open_paths: list[tuple[str, int]], path: str, n_children: int) -> None:
    if open_paths:
        last, left = open_paths[-1]
        open_paths[-1] = (last, left - 1)
    if n_children:
        open_paths.append((path, n_children))
    while open_paths and open_paths[-1][1] == 0:
        open_paths.pop()
