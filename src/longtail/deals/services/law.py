"""What the law of the enterprise's seat says of a demand and of an offer on it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from longtail.deals import models, rules
from longtail.deals.lifecycle import LIVE, State
from longtail.deals.rules import Ask
from longtail.terms.regimes import regime_at, verdict


def law_against(
    demand: models.Demand, ask: Ask, *, at: datetime, apr_bps: int = 0
) -> tuple[str, ...]:
    """Return every rule of law that stands against an ask, with its article.

    Args:
        demand: The demand; its enterprise's country names the law.
        ask: What is asked.
        at: The day the law is read on.
        apr_bps: All-in annual percentage rate, basis points; 0 before there is a price.
    """
    country = demand.enterprise.country
    regime = regime_at(rules.regime_code(country), at.date())
    if regime.amount_caps and ask.amount.currency != regime.currency:
        return (f"{regime.name} counts in {regime.currency}: ask in that currency",)
    owed_minor = ask.amount.minor
    if any(cap.mode_code == ask.mode_code for cap in regime.amount_caps):
        owed_minor += _other_principal(demand, ask)
    return verdict(
        regime, mode_code=ask.mode_code, amount_minor=owed_minor, apr_bps=apr_bps
    ).reasons


def _other_principal(demand: models.Demand, ask: Ask) -> int:
    """Sum what the enterprise's other published demands ask or owe in the mode."""
    others = models.Demand.objects.filter(
        enterprise=demand.enterprise_id,
        state__in=LIVE - {State.DRAFT},
        current__mode_code=ask.mode_code,
        current__currency=ask.amount.currency,
    ).exclude(pk=demand.pk)
    return others.aggregate(sum=Sum("current__amount_minor"))["sum"] or 0
