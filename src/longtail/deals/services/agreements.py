"""The agreement: what was offered, frozen with its schedule on the day it is signed."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from longtail.deals import models
from longtail.deals.lifecycle import State
from longtail.deals.services.moves import locked, logs_refusals, require_state
from longtail.deals.services.pricing import resolved_terms
from longtail.terms.resolve import freeze
from longtail.values import codes
from longtail.values.money import Money


@logs_refusals
@transaction.atomic
def sign_agreement(
    *, demand_code: str, drawdown_date: date, at: datetime
) -> models.Agreement:
    """Sign the accepted offer of a funded demand: freeze its mode, terms and schedule.

    Idempotent: a demand has one agreement, and asking again returns it unchanged.

    Args:
        demand_code: A demand in state funded.
        drawdown_date: Day the money is paid out; the instalments count from it.
        at: When it is signed.

    Returns:
        The agreement.

    Raises:
        IllegalTransition: If the demand is not funded; logged.
    """
    demand = locked(demand_code)
    signed = models.Agreement.objects.filter(demand=demand).first()
    if signed:
        return signed
    require_state(demand, State.FUNDED, act="sign")
    offer, version = demand.current_offer, demand.current
    terms = resolved_terms(
        demand,
        principal=Money(offer.amount_minor, offer.currency),
        rate_bps=offer.rate_bps,
        drawdown_date=drawdown_date,
    )
    return models.Agreement.objects.create(
        code=codes.mint("AGR"),
        demand=demand,
        enterprise=demand.enterprise,
        guarantor=version.guarantor,
        cover_bps=version.cover_bps,
        mode_code=terms.mode_code,
        mode_version=terms.mode_version,
        regime_code=terms.regime_code,
        grade=offer.grade,
        principal_minor=terms.principal_minor,
        currency=terms.currency,
        rate_bps=terms.rate_bps,
        apr_bps=terms.apr_bps,
        drawdown_date=terms.drawdown_date,
        maturity_date=terms.maturity_date,
        terms=freeze(terms),
        signed_at=at,
    )
