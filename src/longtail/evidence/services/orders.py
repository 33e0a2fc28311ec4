"""Orders for evidence, from request to the provider's answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from longtail.evidence import models, queries, rules
from longtail.evidence.rules import (
    LIVE,
    NAMED_ONLY,
    OPEN,
    AttestationState,
    OrderEvent,
    OrderState,
)
from longtail.evidence.services.assignment import (
    ConflictOfInterest,
    NoProvider,
    Pool,
    named_offer,
    pool,
    refuse_unanswered,
)
from longtail.notices import services as notices
from longtail.parties import queries as parties
from longtail.parties.rules import text_problem
from longtail.terms.primitives import Evidence
from longtail.values import codes
from longtail.values.refusal import InvalidInput

__all__ = [
    "ConflictOfInterest",
    "NoProvider",
    "accept_order",
    "decline_order",
    "locked",
    "place_orders",
    "time_out_orders",
    "withdraw_orders",
]

PASSED = (OrderState.DECLINED, OrderState.TIMED_OUT)


@transaction.atomic
def place_orders(
    *,
    matter: str,
    subject_code: str,
    kinds: Collection[Evidence],
    at: datetime,
    excluded_codes: Collection[str] = (),
    named: Mapping[str, str] | None = None,
) -> list[models.Order]:
    """Order evidence, one order a kind, each of a provider that may answer it.

    Safe to repeat: a kind that is on order, or delivered and still valid, is not ordered
    again. What was delivered and has fallen is.

    Args:
        matter: What it is for, such as "DEM-7K3F9Q2A4X/v1".
        subject_code: Whom it is about.
        kinds: What is needed.
        at: When it is ordered; deadlines count from here.
        excluded_codes: Parties that may not answer, beside the subject and whoever
            shares a person with it.
        named: Party code by kind, where the deal names who must answer.

    Returns:
        The live order of each kind, in the order of ``kinds``.

    Raises:
        NoProvider: If nobody can deliver a kind; it names all.
        ConflictOfInterest: If a named provider may not answer.
        NotAdmitted: If a named provider may not act.
    """
    subject = parties.party(subject_code)
    earlier = list(queries.orders_for(matter))
    _let_fallen_lapse(earlier, at=at)
    live = {order.kind: order for order in earlier if order.state in LIVE}
    missing = [Evidence(kind) for kind in kinds if kind not in live]
    if missing:
        choice = pool(missing, subject_code=subject_code, excluded_codes=excluded_codes)
        offers = _offers(missing, choice, earlier, named or {}, subject_code)
        new = [
            _request(
                matter,
                subject,
                offer,
                excluded_codes,
                is_named=kind in (named or {}),
                at=at,
            )
            for kind, offer in offers.items()
        ]
        models.Order.objects.bulk_create(new, ignore_conflicts=True)
        # Another caller may have placed some of them meanwhile: read what is there.
        live = {o.kind: o for o in queries.orders_for(matter) if o.state in LIVE}
        placed = {order.code for order in new}
        _tell_providers([o for o in live.values() if o.code in placed], at=at)
    return [live[kind] for kind in dict.fromkeys(kinds)]


@transaction.atomic
def accept_order(*, order_code: str, by: str, at: datetime) -> models.Order:
    """Take an order into work.

    Args:
        order_code: A requested order.
        by: Username of one of the provider's people, or the system.
        at: When.

    Raises:
        IllegalOrderStep: If it is past that.
        NotEntitled: If the person has no role at the provider.
        NotAdmitted: If the provider may no longer act.
    """
    order = locked(order_code)
    parties.require_acts_for(by, order.provider)
    order.state = rules.next_state(order.state, OrderEvent.ACCEPT, code=order.code)
    parties.refuse_unless_admitted(order.provider)
    order.accepted_at = at
    order.save(update_fields=["state", "accepted_at"])
    return order


@transaction.atomic
def decline_order(
    *, order_code: str, reason: str, by: str, at: datetime
) -> models.Order | None:
    """Decline an order; it goes to the next provider that may answer.

    Args:
        order_code: An open order.
        reason: Why.
        by: Username of one of the provider's people, or the system.
        at: When.

    Returns:
        The order that replaces it; None if it was the named provider's, or nobody is
        left, so that the kind stays outstanding.

    Raises:
        IllegalOrderStep: If it is closed.
        NotEntitled: If the person has no role at the provider.
        InvalidInput: If the reason is empty or cannot be printed.
    """
    problem = text_problem(reason, max_length=2_000, is_multiline=True)
    if problem or not reason.strip():
        raise InvalidInput({"reason": problem or "must say why"})
    order = locked(order_code)
    parties.require_acts_for(by, order.provider)
    _close(order, OrderEvent.DECLINE, reason=reason.strip(), at=at)
    return _reassign(order, at=at)


@transaction.atomic
def time_out_orders(*, at: datetime) -> list[models.Order]:
    """Close the open orders whose deadline has passed, and pass each on.

    Args:
        at: Now; an order is late after its ``due_at``.

    Returns:
        The orders that timed out.
    """
    late = list(
        models.Order.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("provider", "subject")
        .filter(state__in=OPEN, due_at__lt=at)
        .order_by("id")
    )
    for order in late:
        _close(order, OrderEvent.TIME_OUT, reason="Not delivered in time.", at=at)
        _reassign(order, at=at)
    return late


@transaction.atomic
def withdraw_orders(*, matter: str, at: datetime) -> int:
    """Take back the open orders of a matter, as when it was edited. Safe to repeat.

    Args:
        matter: What they were for.
        at: When.

    Returns:
        How many were open.
    """
    return models.Order.objects.filter(matter=matter, state__in=OPEN).update(
        state=OrderState.WITHDRAWN,
        closed_at=at,
        close_reason="The request was changed or taken back.",
    )


def locked(order_code: str) -> models.Order:
    """Return an order with its parties, locked until the transaction ends."""
    found = None
    if not text_problem(order_code, max_length=24):
        found = (
            models.Order.objects.select_for_update(no_key=True, of=("self",))
            .select_related("provider", "subject")
            .filter(code=order_code)
            .first()
        )
    return found or queries.order(order_code)


def _let_fallen_lapse(orders: list[models.Order], *, at: datetime) -> None:
    """Close what was delivered but may no longer be relied on."""
    for order in orders:
        if order.state == OrderState.DELIVERED and _has_fallen(order.attestation, at):
            order.state = rules.next_state(order.state, OrderEvent.LAPSE, code=order.code)
            order.close_reason = "What it delivered expired or was revoked."
            order.save(update_fields=["state", "close_reason"])


def _has_fallen(attestation: models.Attestation, at: datetime) -> bool:
    state = rules.attestation_state(
        valid_from=attestation.valid_from,
        valid_until=attestation.valid_until,
        revoked_at=attestation.revoked_at,
        at=at,
    )
    return state in (AttestationState.EXPIRED, AttestationState.REVOKED)


def _offers(
    missing: list[Evidence],
    choice: Pool,
    earlier: list[models.Order],
    named: Mapping[str, str],
    subject_code: str,
) -> dict[Evidence, models.Capability]:
    offers: dict[Evidence, models.Capability] = {}
    for kind in dict.fromkeys(missing):
        if kind in named:
            offers[kind] = named_offer(
                kind, provider_code=named[kind], choice=choice, subject_code=subject_code
            )
        elif offer := choice.choose(kind, passed_over=_passed_over(kind, earlier)):
            offers[kind] = offer
    refuse_unanswered([kind for kind in missing if kind not in offers], choice)
    return offers


def _passed_over(kind: str, earlier: list[models.Order]) -> set[int]:
    return {o.provider_id for o in earlier if o.kind == kind and o.state in PASSED}


def _request(
    matter: str,
    subject: parties.Party,
    offer: models.Capability,
    excluded_codes: Collection[str],
    *,
    is_named: bool,
    at: datetime,
) -> models.Order:
    return models.Order(
        code=codes.mint("ORD"),
        matter=matter,
        kind=offer.kind,
        subject=subject,
        provider=offer.provider,
        is_named=is_named,
        excluded_codes=sorted(excluded_codes),
        fee_minor=offer.fee_minor,
        currency=offer.currency,
        liability_cap_minor=offer.liability_cap_minor,
        sla_days=offer.sla_days,
        requested_at=at,
        due_at=at + timedelta(days=offer.sla_days),
    )


def _close(order: models.Order, event: OrderEvent, *, reason: str, at: datetime) -> None:
    order.state = rules.next_state(order.state, event, code=order.code)
    order.closed_at = at
    order.close_reason = reason
    order.save(update_fields=["state", "closed_at", "close_reason"])


def _reassign(order: models.Order, *, at: datetime) -> models.Order | None:
    """Pass a closed order on; tell the subject when nobody is left."""
    offer = None
    if not order.is_named and order.kind not in NAMED_ONLY:
        choice = pool(
            [order.kind],
            subject_code=order.subject.code,
            excluded_codes=order.excluded_codes,
        )
        earlier = list(queries.orders_for(order.matter))
        offer = choice.choose(order.kind, passed_over=_passed_over(order.kind, earlier))
    if offer is None:
        notices.notify(
            party_code=order.subject.code,
            subject=f"{order.get_kind_display()} is still missing",
            body=(
                f"{order.provider.legal_name} did not deliver ({order.close_reason}) and "
                "nobody else can. The operator can admit another provider."
            ),
            link=_link(order),
            at=at,
        )
        return None
    successor = _request(
        order.matter, order.subject, offer, order.excluded_codes, is_named=False, at=at
    )
    successor.replaces = order
    successor.save(force_insert=True)
    _tell_providers([successor], at=at)
    return successor


def _tell_providers(orders: list[models.Order], *, at: datetime) -> None:
    notices.notify_many(
        [
            notices.Message(
                party_code=order.provider.code,
                subject=f"{order.get_kind_display()} ordered: {order.subject.legal_name}",
                body=f"Please accept or decline it. It is due on {order.due_at:%d %B %Y}.",
                link=_link(order),
            )
            for order in orders
        ],
        at=at,
    )


def _link(order: models.Order) -> str:
    return f"/demands/{order.matter.partition('/')[0]}/"
