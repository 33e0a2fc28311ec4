"""Every agreement folded again from its events, against what is stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from longtail.servicing import history, models
from longtail.servicing.codec import encode
from longtail.servicing.events import Event
from longtail.servicing.services.snapshots import COPIED, derive
from longtail.servicing.step import fold
from longtail.terms.resolve import ResolvedTerms, thaw

# Agreements in memory at a time.
BATCH = 500
COLUMNS = ("unpaid_from", "paused_from", "paused_until", *COPIED)


def refolded_differences() -> list[str]:
    """Fold every agreement again and compare with its snapshot and derived columns.

    Streams: memory does not grow with the number of agreements, only with the number of
    differences.

    Returns:
        One sentence for each difference, naming agreement and field; empty when all
        agree.
    """
    rows = models.Snapshot.objects.select_related("agreement").order_by("agreement_id")
    stream = rows.iterator(chunk_size=BATCH)
    found = []
    while batch := list(islice(stream, BATCH)):
        events: dict[int, list[Event]] = {row.agreement_id: [] for row in batch}
        for agreement_id, event in history.read(events):
            events[agreement_id].append(event)
        given = _given(list(events))
        for row in batch:
            terms = thaw(row.agreement.terms)
            found += _differences(row, terms, events[row.agreement_id])
            found += _paid_differences(row, given.get(row.agreement_id, {}))
    return found


def _differences(
    row: models.Snapshot, terms: ResolvedTerms, events: list[Event]
) -> Iterator[str]:
    code, state = row.agreement.code, fold(terms, events)
    for name, right in encode(state).items():
        if row.state.get(name) != right:
            yield (
                f"Agreement {code}: '{name}' of its state is {row.state.get(name)!r}, but "
                f"its events give {right!r}."
            )
    fresh = models.Snapshot(agreement_id=row.agreement_id)
    derive(fresh, terms, state)
    for name in COLUMNS:
        stored, right = getattr(row, name), getattr(fresh, name)
        if stored != right:
            yield (
                f"Agreement {code}: column '{name}' is {stored!s}, but its events give "
                f"{right!s}."
            )


def _given(agreement_ids: list[int]) -> dict[int, dict[str, int]]:
    """Return the money that the distributions say moved, by agreement and party."""
    sums: dict[int, dict[str, int]] = {}
    rows = models.Distribution.objects.filter(agreement_id__in=agreement_ids)
    moved = rows.values_list("agreement_id", "holder_id", "paid_minor")
    for agreement_id, party, paid in moved.iterator():
        own = sums.setdefault(agreement_id, {})
        own[party] = own.get(party, 0) + paid
    return sums


def _paid_differences(row: models.Snapshot, given: dict[str, int]) -> Iterator[str]:
    stored = {p: paid for p, paid in row.paid.items() if p in given or p != "custodian"}
    for party in sorted({*stored, *given}):
        said, moved = stored.get(party, 0), given.get(party, 0)
        if said != moved:
            yield (
                f"Agreement {row.agreement.code}: {party} was paid {said} by its snapshot "
                f"and {moved} by its distributions, in minor units."
            )
