"""The allocation waterfall: what a payment pays.

The order is component first, then due date: all penalties from the oldest instalment to
the newest, then all fees, and so on in the order of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Allocation:
    """A payment split over what was due.

    Attributes:
        paid_minor: Amount paid by ``[instalment][component]``, in the shape of the dues.
        left_minor: What is left of the payment when everything due is paid.
    """

    paid_minor: tuple[tuple[int, ...], ...]
    left_minor: int


def allocate(amount_minor: int, dues_minor: Sequence[Sequence[int]]) -> Allocation:
    """Pay dues with one payment.

    Args:
        amount_minor: The payment, minor units, not negative.
        dues_minor: ``[instalment][component]`` amounts still due, instalments from the
            oldest to the newest, components in the agreement's allocation order.

    Returns:
        What was paid of each due, and what is left; they sum to the payment.

    Raises:
        ValueError: If the payment or a due is negative, or rows differ in length.
    """
    if amount_minor < 0 or any(due < 0 for row in dues_minor for due in row):
        raise ValueError("neither a payment nor a due may be negative")
    n_components = len(dues_minor[0]) if dues_minor else 0
    if any(len(row) != n_components for row in dues_minor):
        raise ValueError("every instalment needs the same components")
    paid = [[0] * n_components for _ in dues_minor]
    left = amount_minor
    for component in range(n_components):
        for row, instalment in zip(paid, dues_minor, strict=True):
            if not left:
                break
            row[component] = part = min(left, instalment[component])
            left -= part
    return Allocation(tuple(map(tuple, paid)), left)


def allocate_many(
    amount_minor: IntArray, dues_minor: IntArray
) -> tuple[IntArray, IntArray]:
    """Pay the dues of many agreements, each with its own payment.

    Args:
        amount_minor: ``(n_agreements,)`` payments, minor units, not negative.
        dues_minor: ``(n_agreements, n_instalments, n_components)`` amounts still due,
            ordered as for :func:`allocate`.

    Returns:
        Paid amounts in the shape of the dues, and ``(n_agreements,)`` what is left.

    Raises:
        ValueError: If a payment or a due is negative.
    """
    if (amount_minor < 0).any() or (dues_minor < 0).any():
        raise ValueError("neither a payment nor a due may be negative")
    in_order = dues_minor.transpose(0, 2, 1)
    flat = in_order.reshape(len(dues_minor), -1)
    owed_before = np.cumsum(flat, axis=1) - flat
    paid = np.clip(amount_minor[:, None] - owed_before, 0, flat)
    left: IntArray = amount_minor - paid.sum(axis=1)
    return paid.reshape(in_order.shape).transpose(0, 2, 1), left
