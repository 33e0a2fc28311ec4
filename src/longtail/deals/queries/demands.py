"""Demands, their versions, offers, agreements and logs, by code."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, QuerySet, Sum

from longtail.deals import models, rules
from longtail.deals.rules import UnknownDemand
from longtail.parties.rules import text_problem
from longtail.values.refusal import Refusal

WITH_CONTENT = ("enterprise", "current__guarantor", "current_offer")


class UnknownAgreement(Refusal):
    """No agreement has this code."""


def demand(code: str) -> models.Demand:
    """Return a demand with its enterprise, current version and open offer.

    Raises:
        UnknownDemand: If no demand has this code.
    """
    rules.require_code(code)
    found = models.Demand.objects.select_related(*WITH_CONTENT).filter(code=code).first()
    if found is None:
        raise UnknownDemand(code)
    return found


def demands(
    *, enterprise_code: str | None = None, states: Iterable[str] | None = None
) -> QuerySet[models.Demand]:
    """Return demands with their content, newest first."""
    rows = models.Demand.objects.select_related(*WITH_CONTENT).order_by(
        "-created_at", "-id"
    )
    if enterprise_code is not None:
        rows = rows.filter(enterprise__code=enterprise_code)
    return rows if states is None else rows.filter(state__in=list(states))


def current_version(demand: models.Demand) -> models.DemandVersion:
    """Return what a demand asks now."""
    return demand.current


def versions(code: str) -> QuerySet[models.DemandVersion]:
    """Return every version of a demand, oldest first."""
    return (
        models.DemandVersion.objects.select_related("guarantor")
        .filter(demand__code=code)
        .order_by("number")
    )


def matter(demand: models.Demand) -> str:
    """Return the name under which the current version's evidence is filed."""
    return rules.matter(demand.code, demand.version_number)


def offer(demand_code: str) -> models.Offer | None:
    """Return the offer in force on a demand, open or accepted; None without one."""
    return models.Offer.objects.filter(
        demand__code=demand_code, withdrawn_at__isnull=True
    ).first()


def offers(demand_code: str) -> QuerySet[models.Offer]:
    """Return every offer ever made on a demand, oldest first."""
    return models.Offer.objects.filter(demand__code=demand_code).order_by("id")


def transitions(code: str) -> QuerySet[models.Transition]:
    """Return every event put to a demand, taken or refused, oldest first."""
    return models.Transition.objects.filter(demand__code=code).order_by("id")


def decisions(code: str) -> QuerySet[models.ReferralDecision]:
    """Return what people decided on a demand, oldest first."""
    return models.ReferralDecision.objects.filter(demand__code=code).order_by("id")


def agreement(code: str) -> models.Agreement:
    """Return an agreement with its demand, enterprise and guarantor.

    Raises:
        UnknownAgreement: If no agreement has this code.
    """
    is_code = not text_problem(code, max_length=rules.MAX_CODE)
    found = agreements().filter(code=code).first() if is_code else None
    if found is None:
        raise UnknownAgreement(f"There is no agreement {code!r}. Check the code.")
    return found


def agreement_of(demand_code: str) -> models.Agreement | None:
    """Return the agreement a demand became, or None."""
    return agreements().filter(demand__code=demand_code).first()


def agreements(
    *,
    enterprise_code: str | None = None,
    guarantor_code: str | None = None,
    states: Iterable[str] | None = None,
) -> QuerySet[models.Agreement]:
    """Return agreements, newest first.

    Args:
        enterprise_code: Only this borrower's.
        guarantor_code: Only this guarantor's.
        states: Only those whose demand is in one of these states.
    """
    rows = models.Agreement.objects.select_related(
        "demand", "enterprise", "guarantor"
    ).order_by("-signed_at", "-id")
    if enterprise_code is not None:
        rows = rows.filter(enterprise__code=enterprise_code)
    if guarantor_code is not None:
        rows = rows.filter(guarantor__code=guarantor_code)
    return rows if states is None else rows.filter(demand__state__in=list(states))


def counts_by_state() -> dict[str, int]:
    """Return how many demands are in each state that has any."""
    rows = models.Demand.objects.values_list("state").annotate(n=Count("id"))
    return dict(rows.order_by("state"))


def asked_by_state(currency: str) -> dict[str, int]:
    """Return what demands ask in one currency by state, minor units."""
    rows = models.Demand.objects.filter(current__currency=currency).values_list("state")
    return dict(rows.annotate(sum=Sum("current__amount_minor")).order_by("state"))


def purposes() -> dict[str, str]:
    """Return the uses of money a demand may name, with the names people read."""
    return dict(rules.PURPOSES)
