"""What people read in place of the platform's own words, marked for translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from longtail.parties.rules import RANGES


class Word(NamedTuple):
    """A name and the tone of its badge: good, warn, bad, news or quiet."""

    text: str
    tone: str = "quiet"


DEMAND_STATES = {
    "draft": Word(_("Draft")),
    "attesting": Word(_("Gathering attestations"), "news"),
    "referred": Word(_("Referred to a person"), "warn"),
    "declined": Word(_("Declined"), "bad"),
    "offered": Word(_("Offer made"), "news"),
    "accepted": Word(_("Offer accepted"), "news"),
    "listed": Word(_("Open for funding"), "good"),
    "frozen": Word(_("Frozen"), "warn"),
    "funded": Word(_("Funded"), "good"),
    "active": Word(_("Repaying"), "good"),
    "defaulted": Word(_("In default"), "bad"),
    "repaid": Word(_("Repaid"), "good"),
    "written_off": Word(_("Written off"), "bad"),
    "failed": Word(_("Not filled, refunded")),
    "withdrawn": Word(_("Withdrawn")),
    "expired": Word(_("Expired")),
}
DEMAND_EVENTS = {
    "submit": Word(_("Published")),
    "edit": Word(_("Edited")),
    "refer": Word(_("Referred to a person")),
    "approve": Word(_("Approved, offer made")),
    "decline": Word(_("Declined")),
    "accept": Word(_("Offer accepted")),
    "list": Word(_("Opened for funding")),
    "freeze": Word(_("Frozen")),
    "resume": Word(_("Resumed")),
    "fill": Word(_("Fully funded")),
    "fail": Word(_("Closed unfilled, every hold refunded")),
    "draw_down": Word(_("Money paid to the enterprise")),
    "default": Word(_("Declared in default")),
    "cure": Word(_("Default cured")),
    "recover": Word(_("Money recovered")),
    "repay": Word(_("Repaid in full")),
    "reopen": Word(_("Opened again")),
    "return": Word(_("Money came back"), "warn"),
    "write_off": Word(_("Written off")),
    "withdraw": Word(_("Withdrawn")),
    "expire": Word(_("Expired")),
}
PURPOSES = {
    "working-capital": Word(_("Working capital")),
    "equipment": Word(_("Equipment")),
    "inventory": Word(_("Inventory")),
    "premises": Word(_("Premises")),
    "expansion": Word(_("Expansion")),
    "start-up": Word(_("Start-up")),
    "innovation": Word(_("Innovation")),
    "refinancing": Word(_("Refinancing")),
}
MODES = {
    "bank-loan": Word(_("Bank loan")),
    "p2p-unsecured": Word(_("Peer-to-peer loan, unsecured")),
    "p2p-guaranteed": Word(_("Peer-to-peer loan, guaranteed")),
}
EVIDENCE = {
    "registration": Word(_("Business registration")),
    "credit-report": Word(_("Credit report")),
    "bank-statements": Word(_("Bank statements")),
    "tax-filings": Word(_("Tax filings")),
    "business-plan": Word(_("Business plan review")),
    "guarantee-undertaking": Word(_("Guarantee undertaking")),
    "ip-valuation": Word(_("Valuation of intellectual property")),
    "asset-valuation": Word(_("Asset valuation")),
    "insurance": Word(_("Insurance cover")),
}
ORDER_STATES = {
    "requested": Word(_("Waiting for the provider"), "warn"),
    "accepted": Word(_("In work"), "news"),
    "delivered": Word(_("Delivered"), "good"),
    "declined": Word(_("Declined by the provider"), "bad"),
    "timed_out": Word(_("Timed out"), "bad"),
    "withdrawn": Word(_("Withdrawn")),
    "lapsed": Word(_("Lapsed"), "warn"),
}
ATTESTATION_STATES = {
    "valid": Word(_("Valid"), "good"),
    "expired": Word(_("Expired"), "warn"),
    "revoked": Word(_("Revoked"), "bad"),
    "pending": Word(_("Not valid yet")),
}
OUTCOMES = {
    "approve": Word(_("Approved"), "good"),
    "refer": Word(_("Referred to a person"), "warn"),
    "decline": Word(_("Declined"), "bad"),
}
STANDINGS = {
    "applied": Word(_("Applied"), "warn"),
    "reviewed": Word(_("Reviewed"), "news"),
    "admitted": Word(_("Admitted"), "good"),
    "suspended": Word(_("Suspended"), "bad"),
    "exited": Word(_("Exited")),
}
KINDS = {
    "enterprise": Word(_("Enterprise")),
    "funder": Word(_("Funder")),
    "provider": Word(_("Provider")),
    "guarantor": Word(_("Guarantor")),
    "custodian": Word(_("Custodian bank")),
    "regulator": Word(_("Regulator")),
    "operator": Word(_("Platform operator")),
}
ROLES = {
    "maker": Word(_("prepares")),
    "checker": Word(_("approves")),
}
SIZES = {
    "micro": Word(_("Micro")),
    "small": Word(_("Small")),
    "medium": Word(_("Medium")),
    "large": Word(_("Large")),
}
INSTRUCTION_STATES = {
    "prepared": Word(_("Waiting for a second person"), "warn"),
    "released": Word(_("Released, on its way to the bank"), "news"),
    "sent": Word(_("Sent to the bank"), "news"),
    "accepted": Word(_("Accepted by the bank"), "news"),
    "settled": Word(_("Settled"), "good"),
    "rejected": Word(_("Rejected by the bank"), "bad"),
    "cancelled": Word(_("Cancelled")),
    "returning": Word(_("Sent back, not booked yet"), "warn"),
    "returned": Word(_("Returned by the payee's bank"), "bad"),
}
BREAKS = {
    "missing": Word(_("Not booked by us"), "bad"),
    "extra": Word(_("Not on the statement"), "bad"),
    "charged-back": Word(_("Taken back by the payer's bank"), "bad"),
    "uninstructed": Word(_("Left unasked"), "bad"),
    "amount": Word(_("Another amount"), "bad"),
    "sign": Word(_("The wrong way round"), "bad"),
    "currency": Word(_("Another currency"), "bad"),
    "date": Word(_("Another date"), "warn"),
    "split": Word(_("Booked in parts"), "warn"),
    "merged": Word(_("Booked as one"), "warn"),
    "unexplained": Word(_("Balances differ"), "bad"),
    "claims": Word(_("Cash is not what clients are owed"), "bad"),
    "opening": Word(_("Opens off the last close"), "bad"),
    "sequence": Word(_("A statement is missing"), "warn"),
}
BREAK_EVENTS = {
    "found": Word(_("Found")),
    "assigned": Word(_("Assigned")),
    "proposed": Word(_("Proposed to close")),
    "declined": Word(_("Kept open")),
    "closed": Word(_("Closed")),
    "reopened": Word(_("Found again")),
}
DUE_STATES = {
    "paid": Word(_("Paid"), "good"),
    "part paid": Word(_("Partly paid"), "warn"),
    "due": Word(pgettext_lazy("instalment", "Due"), "news"),
    "late": Word(pgettext_lazy("instalment", "Late"), "bad"),
    "coming": Word(pgettext_lazy("instalment", "To come")),
    "early": Word(_("Paid early"), "good"),
    "called": Word(_("Due at once by default"), "bad"),
    "moved": Word(_("Moved to later instalments"), "warn"),
    "fee": Word(_("Fee"), "news"),
    "taken back": Word(_("Payment taken back by its bank"), "bad"),
    "owed again": Word(_("Owed again"), "bad"),
}
COMMITMENT_STATES = {
    "held": Word(_("Reserved"), "news"),
    "taken": Word(_("Taken into the loan"), "good"),
    "released": Word(_("Refunded")),
    "withdrawn": Word(_("Withdrawn")),
}
BOOK_STATES = {
    "open": Word(_("Open"), "good"),
    "frozen": Word(_("Frozen"), "warn"),
    "funded": Word(_("Funded"), "good"),
    "failed": Word(_("Not filled, refunded")),
    "voided": Word(_("Taken back, refunded")),
}
CALL_STATES = {
    "notice": Word(_("To be verified"), "warn"),
    "verified": Word(_("Verified, to be paid"), "news"),
    "subrogated": Word(_("Paid, claim taken over"), "good"),
}
# Source: North American Industry Classification System, 2022, two-digit sectors.
SECTORS = {
    "11": Word(_("Agriculture, forestry, fishing")),
    "21": Word(_("Mining, oil and gas")),
    "22": Word(_("Utilities")),
    "23": Word(_("Construction")),
    "31": Word(_("Manufacturing")),
    "32": Word(_("Manufacturing")),
    "33": Word(_("Manufacturing")),
    "42": Word(_("Wholesale trade")),
    "44": Word(_("Retail trade")),
    "45": Word(_("Retail trade")),
    "48": Word(_("Transport and warehousing")),
    "49": Word(_("Transport and warehousing")),
    "51": Word(_("Information")),
    "52": Word(_("Finance and insurance")),
    "53": Word(_("Real estate and leasing")),
    "54": Word(_("Professional, scientific, technical services")),
    "55": Word(_("Management of companies")),
    "56": Word(_("Administrative and support services")),
    "61": Word(_("Education")),
    "62": Word(_("Health care and social assistance")),
    "71": Word(_("Arts, entertainment, recreation")),
    "72": Word(_("Hotels and restaurants")),
    "81": Word(_("Other services")),
    "92": Word(_("Public administration")),
}
ARREARS = {
    "current": Word(_("On time"), "good"),
    "1-30": Word(_("1–30 days late"), "warn"),
    "31-60": Word(_("31–60 days late"), "warn"),
    "61-90": Word(_("61–90 days late"), "bad"),
    "90+": Word(_("More than 90 days late"), "bad"),
}
AGREEMENT_STATES = {
    "pending": Word(_("To be drawn down"), "news"),
    "active": Word(_("Repaying"), "good"),
    "defaulted": Word(_("In default"), "bad"),
    "repaid": Word(_("Repaid"), "good"),
    "written_off": Word(_("Written off"), "bad"),
}

# The hard filters of a mandate, as ``kernels.matching`` calls them.
CRITERIA = {
    "currency": Word(_("Your currency")),
    "amount": Word(_("The amount is within yours")),
    "tenor": Word(_("The months are within yours")),
    "yield": Word(_("The rate is at least what you want")),
    "size": Word(_("The enterprise's size is one of yours")),
    "grade": Word(_("The grade is one of yours")),
    "sector": Word(_("The sector is one of yours")),
    "region": Word(_("The region is one of yours")),
    "mode": Word(_("The way of financing is one of yours")),
    "concentration": Word(_("There is room under your cap for one enterprise")),
}

# What an assessment weighed, as ``underwriting`` codes its reasons.
FACTORS = {
    "amount": Word(_("Size of the loan")),
    "cover": Word(_("Share guaranteed")),
    "sector": Word(_("Record of the sector")),
    "state": Word(_("Record of the region")),
    "employees": Word(_("Number of employees")),
    "is-new-business": Word(_("Age of the business")),
    "is-urban": Word(_("Place of business")),
    "is-revolving": Word(_("Kind of facility")),
    "is-low-doc": Word(_("Extent of documentation")),
    "is-franchise": Word(_("Franchise")),
    "jobs-created": Word(_("Jobs created")),
    "jobs-retained": Word(_("Jobs kept")),
    "credit-report": Word(_("Credit report")),
    "bank-statements": Word(_("Bank statements")),
    "tax-filings": Word(_("Tax filings")),
    "business-plan": Word(_("Business plan review")),
    "not-registered": Word(_("The registration was not confirmed")),
    "too-large": Word(_("Too large for a small enterprise")),
    "excluded-sector": Word(_("The policy does not finance this sector")),
    "unknown-currency": Word(_("The scorecard does not know this currency")),
    "undertaking-too-small": Word(_("The guarantor undertakes less than was asked")),
    "low-documentation": Word(_("Too large for reduced documentation")),
    "pd-too-high": Word(_("The probability of default is too high")),
    "pd-between-cut-offs": Word(_("The probability of default needs a person's look")),
    "amount-above-limit": Word(_("The amount is above the limit")),
    "cost-above-cap": Word(_("The cost is above what the law allows")),
}
PREFIXED_FACTORS = {
    "missing-": _("Not known: %(what)s"),
    "unconfirmed-": _("Not confirmed: %(what)s"),
    "weak-": _("Came out weak: %(what)s"),
}

SERVICING_EVENTS = {
    "drawdown": Word(_("Paid out to the enterprise")),
    "payment": Word(_("Payment received")),
    "default": Word(_("Declared in default")),
    "guarantee": Word(_("Guarantor paid")),
    "write-off": Word(_("Written off")),
    "refund": Word(_("Refunded")),
    "reversal": Word(_("Reversed")),
    "fee": Word(_("Fee charged")),
    "chargeback": Word(_("Payment taken back by its bank")),
    "rate-change": Word(_("Rate changed")),
    "holiday": Word(_("Payment holiday")),
    "moratorium": Word(_("Moratorium")),
    "re-ageing": Word(_("Arrears re-aged")),
    "re-amortisation": Word(_("New schedule")),
    "restructuring": Word(_("Restructured")),
    "partial-write-off": Word(_("Written off in part")),
    "cure": Word(_("Default cured")),
}

ACCOUNTS = {
    "custodian": Word(_("Cash at the custodian")),
    "wallet": Word(_("Wallet")),
    "book": Word(_("Book")),
    "collection": Word(_("Collection account")),
    "suspense": Word(_("Suspense account")),
    "clearing": Word(_("Clearing account")),
}
PHASES = {
    "SINGLE": Word(_("Moved")),
    "PENDING": Word(_("Reserved")),
    "POST": Word(_("Taken out of what was reserved")),
    "VOID": Word(_("Reservation released")),
}
VOCABULARIES: Mapping[str, Mapping[str, Word]] = {
    "account": ACCOUNTS,
    "phase": PHASES,
    "demand": DEMAND_STATES,
    "event": DEMAND_EVENTS,
    "purpose": PURPOSES,
    "mode": MODES,
    "evidence": EVIDENCE,
    "order": ORDER_STATES,
    "attestation": ATTESTATION_STATES,
    "outcome": OUTCOMES,
    "standing": STANDINGS,
    "kind": KINDS,
    "role": ROLES,
    "size": SIZES,
    "instruction": INSTRUCTION_STATES,
    "break": BREAKS,
    "break-event": BREAK_EVENTS,
    "due": DUE_STATES,
    "commitment": COMMITMENT_STATES,
    "call": CALL_STATES,
    "book": BOOK_STATES,
    "sector": SECTORS,
    "criterion": CRITERIA,
    "factor": FACTORS,
    "servicing": SERVICING_EVENTS,
    "arrears": ARREARS,
    "agreement": AGREEMENT_STATES,
}


def word(vocabulary: str, code: object) -> Word:
    """Return what people read for a code; an unknown one is shown in plain words."""
    plain = str(code or "")
    known = VOCABULARIES[vocabulary].get(plain)
    if known is None:
        return Word(plain.replace("_", " ").replace("-", " ").capitalize())
    return Word(str(known.text), known.tone)


def choices(vocabulary: str, codes: object = None) -> list[tuple[str, str]]:
    """Return (code, text) pairs for a form's list, of all codes or of some."""
    known = VOCABULARIES[vocabulary]
    return [(str(code), word(vocabulary, code).text) for code in (codes or known)]


def sector_choices() -> list[tuple[str, str]]:
    """Return every sector once; codes of a range stand under its first."""
    return choices("sector", [code for code in SECTORS if code not in RANGES])


def factor(code: str) -> str:
    """Return what an assessment's reason is about."""
    for prefix, text in PREFIXED_FACTORS.items():
        if code.startswith(prefix):
            rest = code.removeprefix(prefix)
            name = EVIDENCE.get(rest) or FACTORS.get(rest) or Word(rest)
            return str(text) % {"what": name.text}
    return word("factor", code).text
