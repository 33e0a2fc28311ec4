"""Agreements under work: loaded and locked in bulk, told of events, written in bulk.

For any number of events of any number of agreements this is one batch of statements:
the states are folded in memory, all money moves in one posting.

Money that a correction takes back from a holder is never asked back: it is netted
against what the holder is given next. So what is paid out is always what the holders are
entitled to in sum, less what was paid before, and never more than has come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from longtail.ledger import chart, posting
from longtail.servicing import models
from longtail.servicing.codec import decode, encode
from longtail.servicing.dues import unpaid_from
from longtail.servicing.events import Event, GuaranteePayment, Reversal, order
from longtail.servicing.history import event_of, row_of
from longtail.servicing.rules import Entitlement, Holder, NotInService, State, Status
from longtail.servicing.step import absorb
from longtail.servicing.terms import terms_of
from longtail.terms.resolve import ResolvedTerms
from longtail.values.money import Money, split


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
    distributions: list[models.Distribution] = field(default_factory=list)
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


def record(happenings: Sequence[Happening], *, at: datetime) -> None:
    """Take events into their agreements: fold, distribute, post and store.

    Args:
        happenings: Events that are not recorded yet, in any order.
        at: When they are recorded.

    Raises:
        LedgerRefusal: If money cannot move; nothing is changed then.
    """
    ordered = sorted(happenings, key=lambda h: order(h.event))
    _load_histories(ordered)
    batch = _Batch(at)
    cases: dict[str, Case] = {}
    for happening in ordered:
        _take(happening, batch)
        cases[happening.case.code] = happening.case
    posting.post_many(batch.entries)
    models.AgreementEvent.objects.bulk_create(batch.events)
    models.Distribution.objects.bulk_create(batch.distributions)
    save(list(cases.values()))


def _load_histories(happenings: Sequence[Happening]) -> None:
    """Read the histories of the cases that must be folded again, in one query."""
    late = {
        h.case.snapshot.agreement_id: h.case
        for h in happenings
        if isinstance(h.event, Reversal)
        or (h.case.state.place is not None and order(h.event) <= h.case.state.place)
    }
    for case in late.values():
        case.history = []
    for row in models.AgreementEvent.objects.filter(agreement_id__in=late):
        late[row.agreement_id].history.append(event_of(row))


def _take(happening: Happening, batch: _Batch) -> None:
    case, event = happening.case, happening.event
    before = case.state
    history = case.history
    case.state = absorb(case.terms, before, event, lambda: history or ())
    if history is not None:
        history.append(event)
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
    moved = _payable(case)
    for party, cash in moved.items():
        case.paid[party] = case.paid.get(party, 0) + cash
    _enter(case, event, moved, batch)
    if isinstance(event, GuaranteePayment):
        moved[event.guarantor] = moved.get(event.guarantor, 0) - event.amount_minor
    for given in _changes(before, case.state):
        cash = moved.pop(given.party, 0)
        batch.distributions.append(_row(case, row, given, cash, batch.at))
    # Money that an earlier correction still owed, to parties this event gives nothing.
    for party, cash in moved.items():
        batch.distributions.append(_row(case, row, Entitlement(party), cash, batch.at))


def _payable(case: Case) -> dict[str, int]:
    """Return the money to move now by party: all that is owed, or as far as it goes."""
    entitled = {h.party: h.cash_minor for h in case.state.holders}
    owed = {p: cash - case.paid.get(p, 0) for p, cash in entitled.items()}
    already = sum(case.paid.values())
    in_hand = (
        case.state.received_minor
        - case.state.refunded_minor
        - case.snapshot.refund_minor
        - already
    )
    pot = min(sum(entitled.values()) - already, in_hand)
    creditors = {p: cash for p, cash in owed.items() if cash > 0}
    if pot <= 0 or not creditors:
        return {}
    parts = split(min(pot, sum(creditors.values())), list(creditors.values()))
    return {p: part for p, part in zip(creditors, parts, strict=True) if part}


def _enter(case: Case, event: Event, moved: dict[str, int], batch: _Batch) -> None:
    currency = case.terms.currency
    collection = chart.collection(case.code, currency).code
    moves = [
        posting.Move(
            debit=collection,
            credit=chart.wallet(party, currency).code,
            amount=Money(cash, currency),
        )
        for party, cash in moved.items()
    ]
    if isinstance(event, GuaranteePayment):
        wallet = chart.wallet(event.guarantor, currency).code
        paid = Money(event.amount_minor, currency)
        moves.insert(0, posting.Move(debit=wallet, credit=collection, amount=paid))
    if moves:
        batch.entries.append(
            posting.Entry(
                key=f"distribution:{event.key}",
                kind="distribution",
                effective_at=batch.at,
                moves=tuple(moves),
            )
        )


def _changes(before: State, after: State) -> list[Entitlement]:
    """Return what changed for each party, by component."""
    old = {h.party: h for h in before.holders}
    changes = []
    for holder in after.holders:
        was = old.get(holder.party) or Holder(holder.party, 0, 0)
        change = Entitlement(
            holder.party,
            holder.principal_minor - was.principal_minor,
            holder.interest_minor - was.interest_minor,
            holder.penalty_minor - was.penalty_minor,
            _lost(after, holder) - _lost(before, was),
        )
        if not change.is_empty():
            changes.append(change)
    return changes


def _lost(state: State, holder: Holder) -> int:
    return holder.position_minor if state.status is Status.WRITTEN_OFF else 0


def _row(
    case: Case,
    event: models.AgreementEvent,
    given: Entitlement,
    cash: int,
    at: datetime,
) -> models.Distribution:
    return models.Distribution(
        event=event,
        agreement_id=case.snapshot.agreement_id,
        holder_id=given.party,
        value_date=event.value_date,
        principal_minor=given.principal_minor,
        interest_minor=given.interest_minor,
        penalty_minor=given.penalty_minor,
        loss_minor=given.loss_minor,
        paid_minor=cash,
        recorded_at=at,
    )


# What an event may change; the bucket is the end of day's.
WRITTEN = (
    "state",
    "paid",
    "status",
    "unpaid_from",
    "outstanding_minor",
    "received_minor",
    "refundable_minor",
    "charged_off_minor",
    "recovered_minor",
    "guarantee_minor",
    "drawn_date",
    "defaulted_date",
    "closed_date",
    "instruction_code",
    "refund_code",
    "refund_minor",
)


def save(cases: Sequence[Case]) -> None:
    """Write the snapshots of cases, in one statement."""
    for case in cases:
        derive(case.snapshot, case.terms, case.state)
        case.snapshot.paid = case.paid
    models.Snapshot.objects.bulk_create(
        [case.snapshot for case in cases],
        update_conflicts=True,
        unique_fields=["agreement"],
        update_fields=WRITTEN,
    )


def derive(row: models.Snapshot, terms: ResolvedTerms, state: State) -> None:
    """Set a snapshot's columns from the state."""
    row.state = encode(state)
    row.status = state.status
    row.unpaid_from = unpaid_from(terms, state)
    row.outstanding_minor = state.outstanding_minor
    row.received_minor = state.received_minor
    row.refundable_minor = state.refundable_minor
    row.charged_off_minor = state.charged_off_minor
    row.recovered_minor = state.recovered_minor
    row.guarantee_minor = state.guarantee_minor
    row.drawn_date = state.drawn_date
    row.defaulted_date = state.defaulted_date
    row.closed_date = state.closed_date
