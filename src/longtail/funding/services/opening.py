"""Listing: an accepted offer gets a book."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.funding import models, queries, rules
from longtail.funding.rules import BookState
from longtail.funding.services.books import SYSTEM, find_live
from longtail.funding.services.evidence import require_evidence
from longtail.ledger import chart, posting
from longtail.market import services as market
from longtail.terms.catalogue import CATALOGUE
from longtail.values.codes import mint


@deal_services.logs_refusals
@transaction.atomic
def open_book(*, demand_code: str, at: datetime) -> models.Book:
    """List a demand whose offer was accepted, open its book and push it to funders.

    Safe to retry: a demand that has a live book keeps it.

    Args:
        demand_code: The demand.
        at: When, timezone-aware.

    Returns:
        The book. Its target is the amount of the offer.

    Raises:
        IllegalTransition: If the demand's offer is not accepted.
        EvidenceLapsed: If an attestation behind the demand no longer holds.
    """
    if live := find_live(demand_code):
        return live
    deal_services.record(demand_code=demand_code, event="list", by=SYSTEM, at=at)
    demand = deals.demand(demand_code)
    require_evidence(demand, at=at)
    version = deals.current_version(demand)
    offer = deals.offer(demand_code)
    rule = CATALOGUE[version.mode_code, version.mode_version].funding
    posting.open_account(chart.book(demand_code, offer.currency))
    book = models.Book.objects.create(
        code=mint("BOK"),
        demand=demand,
        enterprise=demand.enterprise,
        version_number=version.number,
        mode_code=version.mode_code,
        mode_version=version.mode_version,
        target_minor=offer.amount_minor,
        currency=offer.currency,
        state=BookState.OPEN,
        opens_at=at,
        closes_at=rules.closes_at(rule, opens_at=at),
    )
    market.push(
        demand_code=demand_code,
        at=at,
        exposures_minor=queries.exposures_minor(
            enterprise_code=demand.enterprise.code, currency=offer.currency
        ),
    )
    return book
