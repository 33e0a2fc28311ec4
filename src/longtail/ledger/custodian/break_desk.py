"""The desk where people look after breaks: each has an age and an owner until two close it.

A break is closed only by two people with a reason. Closing one that is about entries
says that these very entries are explained: should any of them read otherwise, or the
money still not add up, a break is there again. Any other that is found again reopens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from longtail.ledger.custodian import rules
from longtail.ledger.custodian.breaks import Difference
from longtail.ledger.custodian.cases import BreakCase, BreakEvent, CaseState
from longtail.ledger.custodian.rules import CustodyRefusal
from longtail.values.codes import mint
from longtail.values.eyes import require_reason, require_two_people

SYSTEM = "system"
Kind = BreakEvent.Kind
FOUND_AGAIN = (
    "state",
    "proposed_by",
    "last_seen_date",
    "difference_minor",
    "detail",
    "fingerprint",
)


class UnknownBreak(CustodyRefusal):
    """No break has this code."""


class BreakClosed(CustodyRefusal):
    """Two people have closed the break; it reopens by itself if it is found again."""


class NothingProposed(CustodyRefusal):
    """Nobody has proposed to close the break."""


def accepted(currency: str, found: Sequence[Difference]) -> set[str]:
    """Return the keys of differences whose very entries two people have explained."""
    closed = BreakCase.objects.filter(
        currency=currency, state=CaseState.CLOSED, key__in=[x.key for x in found]
    ).exclude(fingerprint="")
    prints = dict(closed.values_list("key", "fingerprint"))
    return {x.key for x in found if prints.get(x.key) == x.fingerprint}


def record(
    found: Iterable[Difference], *, currency: str, on: date, at: datetime
) -> dict[str, BreakCase]:
    """Open a case for each new difference and reopen those that were closed.

    The caller holds the channel's lock.

    Returns:
        The case of each, by key.
    """
    differences = {x.key: x for x in found}
    rows = BreakCase.objects.select_for_update(no_key=True).filter(
        currency=currency, key__in=list(differences)
    )
    known = {case.key: case for case in rows.order_by("id")}
    fresh = [_opened(x, currency, on) for x in differences.values() if x.key not in known]
    BreakCase.objects.bulk_create(fresh)
    events = [_event(case, Kind.FOUND, by=SYSTEM, at=at) for case in fresh]
    for key, case in known.items():
        if case.state == CaseState.CLOSED:
            case.state, case.proposed_by = CaseState.OPEN, ""
            events.append(_event(case, Kind.REOPENED, by=SYSTEM, at=at))
        difference = differences[key]
        case.last_seen_date = max(case.last_seen_date, on)
        case.difference_minor = difference.difference_minor
        case.detail, case.fingerprint = difference.detail[:500], difference.fingerprint
    BreakCase.objects.bulk_update(known.values(), FOUND_AGAIN, batch_size=500)
    BreakEvent.objects.bulk_create(events)
    return known | {case.key: case for case in fresh}


def _opened(found: Difference, currency: str, on: date) -> BreakCase:
    return BreakCase(
        code=mint("BRK"),
        currency=currency,
        key=found.key,
        kind=found.kind,
        entry_reference=found.entry_reference,
        first_seen_date=on,
        last_seen_date=on,
        difference_minor=found.difference_minor,
        detail=found.detail[:500],
        fingerprint=found.fingerprint,
    )


@transaction.atomic
def assign(*, code: str, owner: str, by: str, at: datetime) -> BreakCase:
    """Make somebody look after a break.

    Raises:
        UnknownBreak: If there is none.
        BreakClosed: If it is closed.
    """
    case = _locked(code)
    if case.owner != owner:
        case.owner = owner
        _save(case, _event(case, Kind.ASSIGNED, by=by, at=at, owner=owner))
    return case


@transaction.atomic
def propose_closing(*, code: str, reason: str, by: str, at: datetime) -> BreakCase:
    """Propose to close a break; another person confirms.

    Raises:
        UnknownBreak: If there is none.
        BreakClosed: If it is closed.
        InvalidInput: If no reason is given.
    """
    case, said = _locked(code), require_reason(reason, most=rules.REASON_LENGTH)
    case.state, case.proposed_by = CaseState.PROPOSED, by
    _save(case, _event(case, Kind.PROPOSED, by=by, at=at, reason=said))
    return case


@transaction.atomic
def confirm_closing(*, code: str, by: str, at: datetime) -> BreakCase:
    """Close a break as another person proposed.

    Raises:
        UnknownBreak: If there is none.
        BreakClosed: If it is closed.
        NothingProposed: If nobody proposed it.
        FourEyesRequired: If the same person did.
    """
    case, proposal = _proposed(code)
    require_two_people(case.proposed_by, by, what="Closing a break")
    case.state = CaseState.CLOSED
    said = {"reason": proposal.reason, "seconded_by": by}
    _save(case, _event(case, Kind.CLOSED, by=case.proposed_by, at=at, **said))
    return case


@transaction.atomic
def decline_closing(*, code: str, reason: str, by: str, at: datetime) -> BreakCase:
    """Keep a break open that somebody proposed to close.

    Raises:
        UnknownBreak: If there is none.
        NothingProposed: If nobody proposed it.
        InvalidInput: If no reason is given.
    """
    said = require_reason(reason, most=rules.REASON_LENGTH)
    case, _ = _proposed(code)
    case.state, case.proposed_by = CaseState.OPEN, ""
    _save(case, _event(case, Kind.DECLINED, by=by, at=at, reason=said))
    return case


def _proposed(code: str) -> tuple[BreakCase, BreakEvent]:
    case = _locked(code)
    proposal = case.events.filter(kind=Kind.PROPOSED).order_by("-id").first()
    if case.state != CaseState.PROPOSED or proposal is None:
        raise NothingProposed(f"Nobody has proposed to close break {code}; propose it.")
    return case, proposal


def _locked(code: str) -> BreakCase:
    found = BreakCase.objects.select_for_update(no_key=True).filter(code=code).first()
    if found is None:
        raise UnknownBreak(f"There is no break {code}.")
    if found.state == CaseState.CLOSED:
        raise BreakClosed(
            f"Break {code} is closed; it reopens by itself if it is found again."
        )
    return found


def _event(
    case: BreakCase, kind: BreakEvent.Kind, *, by: str, at: datetime, **said: str
) -> BreakEvent:
    return BreakEvent(case=case, kind=kind, by=by, at=at, **said)


def _save(case: BreakCase, event: BreakEvent) -> None:
    case.save(update_fields=["state", "owner", "proposed_by"])
    event.save(force_insert=True)
