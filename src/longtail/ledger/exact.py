"""Posting under lock, judged entry by entry: for what only a judgement can tell.

The accounts of all entries are locked in ascending id, then every entry is judged in order
against the running totals, then all is written in one statement. That is for replays,
holds that end, and refusals, which need words; all else is posted in one round trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from longtail.ledger import locking, wire
from longtail.ledger.entries import Entry, KeyReused, LedgerRefusal, Resolve
from longtail.ledger.judging import Books, Hold, Line

Outcome = tuple[int, ...] | LedgerRefusal


def post_exactly(entries: Sequence[Entry], *, is_alone: bool) -> list[Outcome]:
    """Judge and write entries; to be called in a transaction.

    Args:
        entries: The journals, in order.
        is_alone: Whether a refused entry fails alone and the others are written;
            otherwise its refusal is raised.

    Returns:
        The transfer ids of each entry, or its refusal.

    Raises:
        LedgerRefusal: Of the first entry that cannot be posted, unless ``is_alone``.
    """
    holds = locking.held(entries)
    books = Books(locking.lock_accounts(entries, holds), holds)
    # Only now: whoever posted the same key or resolved the same hold held these locks.
    locking.mark_resolved(holds)
    known = locking.known_journals(entries)
    fresh: dict[str, tuple[Entry, slice]] = {}
    lines: list[Line] = []
    places: list[slice | Outcome] = []
    for entry in entries:
        before = known.get(entry.key) or fresh.get(entry.key)
        try:
            if before is None:
                judged = books.judge(entry)
                fresh[entry.key] = entry, slice(len(lines), len(lines) + len(judged))
                lines += judged
            else:
                _refuse_other_contents(before[0], entry, holds)
            places.append((before or fresh[entry.key])[1])
        except LedgerRefusal as refusal:
            if not is_alone:
                raise
            places.append(refusal)
    ids = _write([entry for entry, _ in fresh.values()], lines) if fresh else ()
    return [ids[place] if isinstance(place, slice) else place for place in places]


def _refuse_other_contents(before: Entry, entry: Entry, holds: dict[int, Hold]) -> None:
    if _said(before, holds) != _said(entry, holds):
        raise KeyReused(
            f"Journal {entry.key} was posted before with other contents; use a new key "
            "for a new event."
        )


def _said(entry: Entry, holds: dict[int, Hold]) -> Entry:
    """Return an entry with every part that it takes of a hold put in numbers."""
    moves = [
        replace(move, amount_minor=holds[move.hold_id].amount_minor)
        if isinstance(move, Resolve)
        and (move.post and move.amount_minor is None and move.hold_id in holds)
        else move
        for move in entry.moves
    ]
    return replace(entry, moves=tuple(moves))


def _write(entries: Sequence[Entry], lines: list[Line]) -> tuple[int, ...]:
    places = {entry.key: place for place, entry in enumerate(entries, 1)}
    ids = wire.call(
        wire.WRITE_IDS,
        (
            *journal_columns(entries),
            wire.numbers([places[line.key] for line in lines]),
            wire.texts([line.phase for line in lines]),
            wire.numbers([line.debit_id for line in lines]),
            wire.numbers([line.credit_id for line in lines]),
            wire.numbers([line.amount_minor for line in lines]),
            wire.texts([line.currency for line in lines]),
            wire.numbers([line.resolves_id or 0 for line in lines]),
        ),
    )
    return tuple(ids.tolist())


def journal_columns(entries: Sequence[Entry]) -> tuple[object, ...]:
    """Return the columns of journals as the posting functions take them."""
    return (
        wire.texts([entry.key for entry in entries]),
        wire.texts([entry.kind for entry in entries]),
        wire.times([entry.effective_at for entry in entries]),
    )
