"""Which demands an acting party may see, and which parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.evidence import queries as evidence
from longtail.funding import queries as funding
from longtail.interfaces.web.access import Acting
from longtail.market import queries as market
from longtail.values.refusal import Refusal

ON_OFFER = frozenset({State.LISTED, State.FROZEN})
# Those who supervise see everything that was published.
OVERSEERS = frozenset({"operator", "regulator"})


@dataclass(frozen=True)
class Sight:
    """What one party sees of one demand.

    Attributes:
        is_own: Whether it is the enterprise's own.
        is_overseer: Whether it is the operator or the regulator.
        is_funder: Whether it may fund it, was told of it or has committed to it.
        is_holder: Whether its money is in it.
        is_guarantor: Whether it guarantees it.
        is_provider: Whether it answers for evidence about it.
    """

    is_own: bool
    is_overseer: bool
    is_funder: bool
    is_holder: bool
    is_guarantor: bool
    is_provider: bool

    @property
    def is_any(self) -> bool:
        """Whether it sees the demand at all."""
        return (
            self.is_own
            or self.is_overseer
            or self.is_funder
            or self.is_guarantor
            or self.is_provider
        )

    @property
    def sees_money(self) -> bool:
        """Whether it sees offer, assessment, book and schedule: not a mere provider."""
        return self.is_own or self.is_overseer or self.is_funder or self.is_guarantor

    @property
    def sees_loan(self) -> bool:
        """Whether it sees how the loan is repaid: those with a stake in it, overseers."""
        return self.is_own or self.is_overseer or self.is_holder or self.is_guarantor

    @property
    def sees_funders(self) -> bool:
        """Whether it sees who committed; funders do not see each other."""
        return self.is_own or self.is_overseer


def may_open(who: Acting | None) -> bool:
    """Whether a party may open any demand that is on offer, and not only its own."""
    return who is not None and (who.kind == "funder" or who.kind in OVERSEERS)


def visible_demand(code: str, who: Acting) -> tuple[Any, Sight]:
    """Return a demand and what the party sees of it.

    Raises:
        Http404: If there is none, or it is not the party's to see; nobody learns which.
    """
    try:
        demand = deals.demand(code)
    except Refusal:
        raise Http404 from None
    sight = _sight(demand, who)
    if not sight.is_any:
        raise Http404
    return demand, sight


def _sight(demand: Any, who: Acting) -> Sight:
    is_published = demand.state != State.DRAFT
    guarantor = demand.current.guarantor
    is_funder = who.kind == "funder"
    is_holder = is_funder and _has_committed(demand, who.code)
    return Sight(
        is_own=demand.enterprise.code == who.code,
        is_overseer=who.kind in OVERSEERS and is_published,
        is_funder=is_holder or (is_funder and _may_fund(demand, who.code)),
        is_holder=is_holder,
        is_guarantor=is_published and guarantor is not None and guarantor.code == who.code,
        is_provider=who.kind in {"provider", "guarantor"}
        and is_published
        and _answers(demand, who.code),
    )


def _has_committed(demand: Any, code: str) -> bool:
    return funding.commitments(demand.code).filter(funder__code=code).exists()


def _may_fund(demand: Any, code: str) -> bool:
    """Whether a funder may look at it: it is on offer, or it was pushed to the funder."""
    if demand.state in ON_OFFER:
        return True
    return market.pushes_for(demand.code).filter(funder__code=code).exists()


def _answers(demand: Any, code: str) -> bool:
    orders = evidence.orders_for(deals.matter(demand))
    return any(order.provider.code == code for order in orders)
