"""Non-performing at the level of the borrower: an enterprise is one debtor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from longtail.servicing import models
from longtail.servicing.codec import decode
from longtail.servicing.dues import advance
from longtail.servicing.readings.performing import why_non_performing
from longtail.servicing.rules import Status
from longtail.servicing.terms import terms_of

# Nothing is owed to anybody any more, or not yet.
ENDED = (Status.PENDING, Status.REPAID)


def reasons(rows: Sequence[models.Snapshot], *, on: date) -> Mapping[int, tuple[str, ...]]:
    """Return why agreements are non-performing on a day, in two queries for all of them.

    An agreement has its own reasons, and those that the enterprise's other agreements
    give it: one that is non-performing makes all of them so.

    Args:
        rows: Snapshots with their agreements.
        on: The day; for agreements with later events, the day of the last.

    Returns:
        Reasons by the snapshot's id; empty for what performs.

    Source:
        Regulation (EU) No 575/2013, Art. 178(1), which looks at the obligor;
        EBA/GL/2016/07, section 6 (application of the default to all its obligations).
    """
    debtors = {row.agreement.enterprise_id for row in rows}
    whole = list(
        models.Snapshot.objects.filter(agreement__enterprise_id__in=debtors)
        .exclude(status__in=ENDED)
        .select_related("agreement")
        .defer("agreement__terms")
        .order_by("agreement_id")
    )
    own = _own_reasons(whole, on)
    by_debtor = defaultdict(list)
    for row in whole:
        by_debtor[row.agreement.enterprise_id].append(row)
    found = {}
    for row in rows:
        others = [r for r in by_debtor[row.agreement.enterprise_id] if r.pk != row.pk]
        found[row.pk] = (
            ()
            if row.status in ENDED
            else (*own[row.pk], *(_contagion(r, own[r.pk]) for r in others if own[r.pk]))
        )
    return found


def _own_reasons(rows: Sequence[models.Snapshot], on: date) -> dict[int, tuple[str, ...]]:
    terms = terms_of([row.agreement.code for row in rows])
    found = {}
    for row in rows:
        mine, state = terms[row.agreement.code], decode(row.state)
        day = max(on, state.place[0]) if state.place else on
        now, _ = advance(mine, state, day)
        found[row.pk] = why_non_performing(mine, now, day)
    return found


def _contagion(row: models.Snapshot, reasons: tuple[str, ...]) -> str:
    return (
        f"agreement {row.agreement.code} of the same enterprise is non-performing: "
        f"{reasons[0]}"
    )
