"""Writes for deals. Callers pass the time; nothing here reads the clock."""

from __future__ import annotations

from longtail.deals.lifecycle import IllegalTransition
from longtail.deals.rules import UnknownDemand
from longtail.deals.services.agreements import sign_agreement
from longtail.deals.services.assessing import assess
from longtail.deals.services.drafting import draft, edit, withdraw
from longtail.deals.services.evidence import EvidenceOutstanding
from longtail.deals.services.expiring import expire_due
from longtail.deals.services.moves import logs_refusals
from longtail.deals.services.offers import OfferExpired, accept_offer
from longtail.deals.services.publishing import submit
from longtail.deals.services.referring import (
    AgainstTheLaw,
    ConflictOfInterest,
    NotPriced,
    decide_referral,
)
from longtail.deals.services.reporting import NotSigned, record, record_many

__all__ = [
    "AgainstTheLaw",
    "ConflictOfInterest",
    "EvidenceOutstanding",
    "IllegalTransition",
    "NotPriced",
    "NotSigned",
    "OfferExpired",
    "UnknownDemand",
    "accept_offer",
    "assess",
    "decide_referral",
    "draft",
    "edit",
    "expire_due",
    "logs_refusals",
    "record",
    "record_many",
    "sign_agreement",
    "submit",
    "withdraw",
]
