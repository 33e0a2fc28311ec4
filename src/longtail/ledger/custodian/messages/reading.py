"""From bytes to what a message says, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longtail.ledger.custodian.messages import cash, envelope, orders
from longtail.ledger.custodian.messages.contents import (
    Notification,
    PaymentOrder,
    StatementMessage,
    StatusReport,
)

Content = PaymentOrder | StatusReport | Notification | StatementMessage
READERS: dict[str, Callable[[Any], Content]] = {
    "pain.001": orders.read_order,
    "pain.002": orders.read_report,
    "camt.053": cash.read_statement,
    "camt.054": cash.read_notification,
}


def read(xml: bytes, *kinds: str) -> tuple[str, Content]:
    """Return a message's kind and what it says.

    Args:
        xml: The message as received, never trusted.
        *kinds: The kinds that make sense here, such as ``camt.054``.

    Raises:
        MessageRefused: If it is unsafe, broken, of another kind, or says something
            impossible.
    """
    kind, document = envelope.read(xml, *kinds)
    return kind, READERS[kind](document)
