"""Who bears a loss: layers that lose in turn."""

from __future__ import annotations

from collections.abc import Sequence

from longtail.values.rates import ONE_BPS, share_minor


def split_loss(
    loss_minor: int,
    shares_bps: Sequence[int],
    limits_minor: Sequence[int | None] | None = None,
) -> tuple[int, ...]:
    """Split a loss over layers; the first loses first, the last bears what is left.

    Args:
        loss_minor: The loss, minor units, not negative.
        shares_bps: Share of the loss that reaches a layer which it bears, basis points;
            the last must be 10,000.
        limits_minor: The most a layer bears, minor units, ``None`` for no limit; the last
            may have none. No limits when not given.

    Returns:
        Minor units borne by each layer; they sum to the loss exactly. A share is rounded
        half up, so the odd minor unit falls on the earlier layer.

    Raises:
        ValueError: If the loss is negative, or the layers cannot bear all of it.
    """
    limits = [None] * len(shares_bps) if limits_minor is None else list(limits_minor)
    if loss_minor < 0:
        raise ValueError(f"loss {loss_minor} is negative")
    if len(limits) != len(shares_bps):
        raise ValueError(f"{len(shares_bps)} layers but {len(limits)} limits")
    if not shares_bps or shares_bps[-1] != ONE_BPS or limits[-1] is not None:
        raise ValueError("the last layer must bear all that is left, without limit")
    if any(not 0 <= share <= ONE_BPS for share in shares_bps):
        raise ValueError(f"shares {tuple(shares_bps)} are not between 0 and {ONE_BPS} bps")
    borne, left = [], loss_minor
    for share, limit in zip(shares_bps, limits, strict=True):
        part = share_minor(left, share)
        if limit is not None:
            part = min(part, max(limit, 0))
        borne.append(part)
        left -= part
    return tuple(borne)
