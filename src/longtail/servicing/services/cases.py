"""Agreements under work: loaded and locked in bulk, told of events, written in bulk.

For any number of events of any number of agreements this is one batch of statements:
the states are folded in memory, all money moves in one posting.

Money that a correction takes back from a holder is never asked back: it is netted
against what the holder is given next. So what is paid out is always what the holders are
entitled to in sum, less what was paid before, and never more than has come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from longtail.ledger import posting
from longtail.servicing import history, models
from longtail.servicing.claims import changes
from longtail.servicing.codec import decode
from longtail.servicing.events import Event, GuaranteePayment, order
from longtail.servicing.history import row_of
from longtail.servicing.rules import NotInService
from longtail.servicing.services.payouts import NETTED, entry_for, payable
from longtail.servicing.services.snapshots import write
from longtail.servicing.state import Entitlement, State
from longtail.servicing.step import absorb, needs_history
from longtail.servicing.terms import terms_of
from longtail.terms.resolve import ResolvedTerms


@dataclass(slots=True)
class Case:
    """An agreement under work; its snapshot row is locked."""

    snapshot: models.Snapshot
    terms: ResolvedTerms
    state: State
    # Money moved to each party so far, minor units; negative for a guarantor's.
    paid: dict[str, int]
    history: list[Event] | None = None

    @property
    def code(self) -> str:
        """The agreement's code."""
        return self.snapshot.agreement.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a case, with who recorded it and why."""

    case: Case
    event: Event
    by: str
    seconded_by: str = ""
    reason: str = ""


@dataclass(slots=True)
class _Batch:
    """Everything one call writes."""

    at: datetime
    events: list[models.AgreementEvent] = field(default_factory=list)
    distributions: list[models.EventDistribution] = field(default_factory=list)
    entries: list[posting.Entry] = field(default_factory=list)


def locked_cases(codes: Iterable[str]) -> dict[str, Case]:
    """Return agreements under work by code, locked; codes not in service are left out."""
    rows = list(
        models.Snapshot.objects.select_for_update(no_key=True, of=("self",))
        .filter(agreement__code__in=set(codes))
        .select_related("agreement__demand", "agreement__enterprise")
        .defer("agreement__terms")
        .order_by("agreement_id")
    )
    terms = terms_of([row.agreement.code for row in rows])
    return {
        row.agreement.code: Case(
            row, terms[row.agreement.code], decode(row.state), dict(row.paid)
        )
        for row in rows
    }


def locked_case(code: str) -> Case:
    """Return one agreement under work, locked.

    Raises:
        NotInService: If nothing was ever drawn down or prepared for it.
    """
    found = locked_cases([code]).get(code)
    if found is None:
        raise NotInService(code)
    return found


def record(
    happenings: Sequence[Happening],
    *,
    at: datetime,
    entries: Sequence[posting.Entry] = (),
) -> None:
    """Take events into their agreements: fold, distribute, post and store.

    Args:
        happenings: Events that are not recorded yet, in any order.
        at: When they are recorded.
        entries: Journals of the same transaction, to be posted with those of the events.

    Raises:
        LedgerRefusal: If money cannot move; nothing is changed then.
    """
    ordered = sorted(happenings, key=lambda h: order(h.event))
    _load_histories(ordered)
    batch = _Batch(at, entries=list(entries))
    cases: dict[str, Case] = {}
    for happening in ordered:
        _take(happening, batch)
        cases[happening.case.code] = happening.case
    posting.post_many(batch.entries)
    models.AgreementEvent.objects.bulk_create(batch.events)
    models.EventDistribution.objects.bulk_create(batch.distributions)
    save(list(cases.values()))


def _load_histories(happenings: Sequence[Happening]) -> None:
    """Read the histories of the cases that must be folded again, in one query."""
    late = {
        h.case.snapshot.agreement_id: h.case
        for h in happenings
        if needs_history(h.case.state, h.event)
    }
    for case in late.values():
        case.history = []
    if late:
        for agreement_id, event in history.read(late):
            late[agreement_id].history.append(event)


def _take(happening: Happening, batch: _Batch) -> None:
    case, event = happening.case, happening.event
    before = case.state
    earlier = case.history
    case.state = absorb(case.terms, before, event, lambda: earlier or ())
    if earlier is not None:
        earlier.append(event)
    row = row_of(
        event,
        agreement_id=case.snapshot.agreement_id,
        by=happening.by,
        seconded_by=happening.seconded_by,
        reason=happening.reason,
        at=batch.at,
    )
    batch.events.append(row)
    if isinstance(event, GuaranteePayment):
        case.paid[event.guarantor] = case.paid.get(event.guarantor, 0) - event.amount_minor
    moved = payable(case.state, case.paid, case.snapshot.refund_minor)
    for party, cash in moved.items():
        case.paid[party] = case.paid.get(party, 0) + cash
    if entry := entry_for(case.code, case.terms.currency, event, moved, at=batch.at):
        batch.entries.append(entry)
    moved.pop(NETTED, None)
    if isinstance(event, GuaranteePayment):
        moved[event.guarantor] = moved.get(event.guarantor, 0) - event.amount_minor
    given = list(changes(before.holders, case.state.holders))
    parties = {entitlement.party for entitlement in given}
    # Money that an earlier correction still owed, to parties this event gives nothing.
    given += [Entitlement(party) for party in moved if party not in parties]
    if given:
        batch.distributions.append(_distribution(row, given, moved, batch.at))


PARTS = (
    "principal_minor",
    "interest_minor",
    "penalty_minor",
    "fee_minor",
    "loss_minor",
)


def _distribution(
    event: models.AgreementEvent,
    given: Sequence[Entitlement],
    moved: Mapping[str, int],
    at: datetime,
) -> models.EventDistribution:
    parts = {name: [getattr(g, name) for g in given] for name in PARTS}
    return models.EventDistribution(
        event=event,
        agreement_id=event.agreement_id,
        value_date=event.value_date,
        holders=[g.party for g in given],
        # Nothing for everybody is an empty list, on every way here.
        **{name: values if any(values) else [] for name, values in parts.items()},
        paid_minor=[moved.get(g.party, 0) for g in given],
        recorded_at=at,
    )


def save(cases: Sequence[Case]) -> None:
    """Write the snapshots of cases, in one statement."""
    write([(case.snapshot, case.terms, case.state, case.paid) for case in cases])
