"""Writes for the market: mandates, and the pushes that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.market import models, queries, rules
from longtail.market.matching import Match, mandate_of, profile_of, ranked, shown
from longtail.market.models import PushState
from longtail.market.rules import Mandate
from longtail.notices import services as notices
from longtail.notices.services import Message
from longtail.parties import queries as parties
from longtail.parties.rules import Kind, Standing
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput, Refusal

# The best fits are told at once; the rest find the demand in their feed.
MAX_NOTICES = 50
SETS = ("sizes", "grades", "sectors", "regions", "modes")


class NotListed(Refusal):
    """Only a listed demand is put before funders."""


class NotPushed(Refusal):
    """The demand was not put before this funder."""


class MandateChanged(Refusal):
    """Somebody else set the funder's mandate at the same moment."""


@transaction.atomic
def set_mandate(
    *, funder_code: str, mandate: Mandate, by: str, at: datetime
) -> models.Mandate:
    """Set what a funder looks for and push what is listed and fits it now.

    The mandate before stays on file, and so do its pushes. Setting the same mandate again
    changes nothing.

    Args:
        funder_code: The funder.
        mandate: What it is willing to fund.
        by: Username of one of the funder's people or the operator's, or ``system``.
        at: When.

    Returns:
        The stored mandate.

    Raises:
        UnknownParty: If no party has this code.
        NotEntitled: If the person acts for neither.
        InvalidInput: If any field is wrong; it lists every one.
        MandateChanged: If somebody else set it at the same moment.
    """
    funder = parties.party(funder_code)
    if not parties.is_operator(by):
        parties.require_acts_for(by, funder)
    problems = rules.problems(mandate)
    if funder.kind != Kind.FUNDER:
        problems["funder_code"] = f"{funder} is not a funder"
    if problems:
        raise InvalidInput(problems)
    versions = list(
        models.Mandate.objects.select_for_update(no_key=True)
        .filter(funder=funder)
        .order_by("number")
    )
    last = versions[-1] if versions else None
    if last and mandate_of(last) == mandate:
        return last
    models.Mandate.objects.filter(funder=funder, superseded_at__isnull=True).update(
        superseded_at=at
    )
    row = _store(funder, mandate, number=len(versions) + 1, by=by, at=at)
    if funder.standing == Standing.ADMITTED:
        _push_listed(row, at=at)
    return row


@transaction.atomic
def push(
    *,
    demand_code: str,
    at: datetime,
    exposures_minor: Mapping[str, int] | None = None,
) -> QuerySet[models.Push]:
    """Put a listed demand before every funder whose mandate fits, each with reasons.

    Idempotent: a funder is pushed a version of a demand once. Suspended funders, and
    those that share a person or the registration with the enterprise, are left out.

    Args:
        demand_code: A demand in state listed.
        at: When.
        exposures_minor: What the enterprise owes already by funder code, minor units, for
            the caps on one enterprise; absent means nothing.

    Returns:
        Every push of the demand's current version, best fit first, read when used.

    Raises:
        UnknownDemand: If no demand has this code.
        NotListed: If it is not listed.
    """
    demand = deals.demand(demand_code)
    if demand.state != State.LISTED:
        raise NotListed(
            f"Demand {demand_code} is {demand.state}; funders see it when it is listed."
        )
    rows = list(_mandates_in_force(demand))
    found = ranked(rows, profile_of(demand), exposures_minor=exposures_minor or {})
    already = set(
        models.Push.objects.filter(
            demand=demand, version_number=demand.version_number
        ).values_list("funder_id", flat=True)
    )
    new = [match for match in found if match.row.funder_id not in already]
    _send(_pushes(demand, new, at=at))
    _tell(demand, new, at=at)
    return queries.pushes_for(demand_code)


@transaction.atomic
def mark_seen(*, funder_code: str, demand_code: str, at: datetime) -> models.Push:
    """Note that a funder opened a demand; the first time counts.

    Raises:
        NotPushed: If the demand was not put before the funder.
    """
    found = _locked(funder_code, demand_code)
    if found.seen_at is None:
        found.seen_at = at
        found.state = PushState.SEEN if found.state == PushState.SENT else found.state
        found.save(update_fields=["seen_at", "state"])
    return found


@transaction.atomic
def mute(*, funder_code: str, demand_code: str, at: datetime) -> models.Push:
    """Take a demand out of a funder's feed.

    Raises:
        NotPushed: If the demand was not put before the funder.
    """
    return _set_state(funder_code, demand_code, PushState.MUTED, at)


@transaction.atomic
def mark_acted(*, funder_code: str, demand_code: str, at: datetime) -> models.Push:
    """Note that a funder committed to a demand that it was pushed.

    Raises:
        NotPushed: If the demand was not put before the funder.
    """
    return _set_state(funder_code, demand_code, PushState.ACTED, at)


def _store(
    funder: Any, mandate: Mandate, *, number: int, by: str, at: datetime
) -> models.Mandate:
    content = asdict(mandate) | {name: sorted(getattr(mandate, name)) for name in SETS}
    row = models.Mandate(funder=funder, number=number, set_by=by, set_at=at, **content)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise MandateChanged(
            f"The mandate of {funder} was changed at the same moment. Look at it again, "
            "then set yours."
        ) from error
    return row


def _mandates_in_force(demand: Any) -> QuerySet[models.Mandate]:
    """Return the mandates of funders that may be shown a demand, oldest first."""
    enterprise = demand.enterprise
    return (
        models.Mandate.objects.filter(
            superseded_at__isnull=True, funder__standing=Standing.ADMITTED
        )
        .exclude(funder__code__in=parties.linked_codes(enterprise.code))
        .exclude(
            funder__registration_scheme=enterprise.registration_scheme,
            funder__registration_number=enterprise.registration_number,
        )
        .annotate(funder_code=F("funder__code"))
        .order_by("id")
    )


def _push_listed(row: models.Mandate, *, at: datetime) -> None:
    """Push to one funder whatever is listed and fits its new mandate."""
    listed = deals.matching(queries.criteria_of(mandate_of(row))).select_related(
        "enterprise", "current", "current_offer"
    )
    seen = models.Push.objects.filter(funder=row.funder).values_list(
        "demand_id", "version_number"
    )
    already = set(seen)
    linked = parties.linked_codes(row.funder.code)
    pushes: list[models.Push] = []
    for demand in listed.order_by("id"):
        if (demand.pk, demand.version_number) in already:
            continue
        if demand.enterprise.code in linked or _is_same_firm(demand.enterprise, row.funder):
            continue
        pushes += _pushes(
            demand, ranked([row], profile_of(demand), exposures_minor={}), at=at
        )
    _send(pushes)


def _is_same_firm(one: Any, other: Any) -> bool:
    return (one.registration_scheme, one.registration_number) == (
        other.registration_scheme,
        other.registration_number,
    )


def _pushes(demand: Any, found: Iterable[Match], *, at: datetime) -> list[models.Push]:
    return [
        models.Push(
            demand=demand,
            version_number=demand.version_number,
            funder_id=match.row.funder_id,
            mandate=match.row,
            fit_bps=match.fit_bps,
            rank=match.rank,
            reasons=shown(match.reasons),
            rank_inputs=match.inputs,
            pushed_at=at,
        )
        for match in found
    ]


def _send(pushes: list[models.Push]) -> None:
    # Two workers may push the same demand; the second finds its rows there already.
    models.Push.objects.bulk_create(pushes, ignore_conflicts=True)


def _tell(demand: Any, found: list[Match], *, at: datetime) -> None:
    version, offer = demand.current, demand.current_offer
    amount = Money(version.amount_minor, version.currency)
    price = f" at {rules.percent(offer.rate_bps)}, grade {offer.grade}" if offer else ""
    notices.notify_many(
        [
            Message(
                party_code=match.funder_code,
                subject=f"A demand fits your mandate: {amount}",
                body=f"{demand.enterprise} asks {amount} over {version.tenor_months} "
                f"months{price}.",
                link=f"/demands/{demand.code}/",
            )
            for match in found[:MAX_NOTICES]
        ],
        at=at,
    )


def _locked(funder_code: str, demand_code: str) -> models.Push:
    found = (
        models.Push.objects.select_for_update(no_key=True, of=("self",))
        .filter(funder__code=funder_code, demand__code=demand_code)
        .order_by("-version_number")
        .first()
    )
    if found is None:
        raise NotPushed(
            f"Demand {demand_code} was not put before {funder_code}: its mandate does not "
            "fit. See why on the demand's page."
        )
    return found


def _set_state(
    funder_code: str, demand_code: str, state: PushState, at: datetime
) -> models.Push:
    found = _locked(funder_code, demand_code)
    found.state, found.seen_at = state, found.seen_at or at
    found.save(update_fields=["state", "seen_at"])
    return found
