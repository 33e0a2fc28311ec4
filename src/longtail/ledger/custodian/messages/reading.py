"""From bytes to what a message says, whatever its kind."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from longtail.ledger.custodian.messages import cash, entries, envelope, orders
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    MessageRefused,
    Notification,
    PaymentOrder,
    StatementMessage,
    StatusReport,
)
from longtail.ledger.custodian.messages.shapes import Shapes

Content = PaymentOrder | StatusReport | Notification | StatementMessage
KINDS = tuple(envelope.SCHEMAS)
# The element that holds the entries, by the kinds of message that have any.
HOLDERS = {"camt.053": "Stmt", "camt.054": "Ntfctn"}
SHAPES = {kind: Shapes() for kind in HOLDERS}


def read(xml: bytes, *kinds: str) -> tuple[str, Content]:
    """Return a message's kind and what it says.

    Args:
        xml: The message as received, never trusted.
        *kinds: The kinds that make sense here, such as ``camt.054``.

    Raises:
        MessageRefused: If it is unsafe, broken, of another kind, or says something
            impossible.
    """
    kind, root = envelope.parse(xml, *kinds)
    if kind == "pain.001":
        return kind, orders.read_order(envelope.bind(kind, root))
    if kind == "pain.002":
        return kind, orders.read_report(envelope.bind(kind, root))
    lines, document = _apart(kind, root)
    if kind == "camt.054":
        return kind, cash.read_notification(document, lines)
    return kind, cash.read_statement(document, lines)


def _apart(kind: str, root: Any) -> tuple[tuple[CashLine, ...], Any]:
    """Take the entries out, and return what they say and the bound rest."""
    holders = root.findall(f"./*/{{*}}{HOLDERS[kind]}")
    taken = [(entry, holder) for holder in holders for entry in holder.findall("{*}Ntry")]
    _refuse_disorder(holders)
    for entry, holder in taken:
        holder.remove(entry)
    document = envelope.bind(kind, root)
    lines = tuple(line for entry, _ in taken for line in _lines(kind, root, entry))
    if len({line.entry_reference for line in lines}) != len(lines):
        raise MessageRefused("Two entries have the same reference.")
    return lines, document


def _refuse_disorder(holders: list[Any]) -> None:
    """Refuse text between entries, which taking them out would lose."""
    for holder in holders:
        if any((child.tail or "").strip() for child in holder):
            raise MessageRefused("The message does not fit its schema: stray text.")


def _lines(kind: str, root: Any, entry: Any) -> list[CashLine]:
    nodes = list(entry.iter())
    plan = SHAPES[kind].plan(nodes, lambda: _bind_alone(kind, root, entry))
    own = entries.Fields(nodes, plan.entry)
    return entries.read(own, [entries.Fields(nodes, places) for places in plan.details])


def _bind_alone(kind: str, root: Any, entry: Any) -> None:
    """Bind one entry to its schema, in a copy of the message without the others."""
    alone = deepcopy(root)
    alone.find(f"./*/{{*}}{HOLDERS[kind]}").append(deepcopy(entry))
    envelope.bind(kind, alone)
