"""Many transfers as columns: what ``posting.post_batch`` takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from longtail.ledger.entries import FORBIDDEN, MAX_KEY, MAX_KIND, InvalidEntry
from longtail.values.money import MAX_MINOR

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Transfers at once, as columns; without ``places`` each is a journal of its own.

    Attributes:
        keys: One name a journal, for ever; the same key never posts twice.
        kind: What happened, for all journals.
        effective_at: When they count, timezone-aware, for all journals.
        debit_ids: Account that gives, by id, ``(n_transfers,)``.
        credit_ids: Account that receives, by id, ``(n_transfers,)``.
        amounts_minor: Positive, minor units, ``(n_transfers,)``.
        currency: ISO 4217 code of every account.
        places: Place of each transfer's journal in ``keys``, from 0, ``(n_transfers,)``.
            The transfers of a journal need not be beside each other.
    """

    keys: Sequence[str]
    kind: str
    effective_at: datetime
    debit_ids: Ids
    credit_ids: Ids
    amounts_minor: Ids
    currency: str
    places: Ids | None = None


def refuse_misshapen(batch: Batch) -> None:
    """Refuse columns that do not fit each other, and what could never be posted.

    Raises:
        InvalidEntry: Naming the first journal that could never be posted.
    """
    n = len(batch.amounts_minor)
    assert len(batch.debit_ids) == len(batch.credit_ids) == n, "columns differ in length"
    for column in (batch.debit_ids, batch.credit_ids, batch.amounts_minor):
        assert np.issubdtype(column.dtype, np.signedinteger), column.dtype
    if batch.places is None:
        assert len(batch.keys) == n, "a key for each transfer"
    elif n:
        assert batch.places.min() >= 0, "places count from 0"
        assert batch.places.max() < len(batch.keys), "a place beyond the keys"
    assert 0 < len(batch.kind) <= MAX_KIND, batch.kind
    assert not FORBIDDEN & set(batch.kind), batch.kind
    assert batch.effective_at.tzinfo is not None, "effective_at needs a time zone"
    _refuse_keys(batch.keys)
    wrong = (
        (batch.amounts_minor <= 0)
        | (batch.amounts_minor > MAX_MINOR)
        | (batch.debit_ids == batch.credit_ids)
    )
    if wrong.any():
        at = int(wrong.argmax())
        raise InvalidEntry(
            f"{batch.amounts_minor[at]} minor units cannot move from account "
            f"{batch.debit_ids[at]} to account {batch.credit_ids[at]}; journal "
            f"{batch.keys[at if batch.places is None else batch.places[at]]}."
        )


def _refuse_keys(keys: Sequence[str]) -> None:
    sizes = list(map(len, keys))
    joined = "".join(keys)
    if not keys:
        return
    if min(sizes) and max(sizes) <= MAX_KEY and not any(x in joined for x in FORBIDDEN):
        return
    key = next(k for k in keys if not 0 < len(k) <= MAX_KEY or FORBIDDEN & set(k))
    raise InvalidEntry(f"A journal key has 1 to {MAX_KEY} characters: {key!r}.")
