"""What the page of one demand shows, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from longtail.deals import queries as deals
from longtail.deals.lifecycle import State
from longtail.evidence import queries as evidence
from longtail.evidence.rules import attestation_state
from longtail.funding import queries as funding
from longtail.interfaces.web import formats, previews, wording
from longtail.interfaces.web.visibility import Sight
from longtail.ledger import chart
from longtail.ledger.custodian import queries as custodian
from longtail.market import queries as market
from longtail.servicing import queries as servicing
from longtail.servicing.rules import NotInService
from longtail.underwriting import queries as underwriting
from longtail.values.money import Money, parse

STEPS = (
    (gettext_lazy("Publish"), gettext_lazy("The enterprise says what it needs.")),
    (
        gettext_lazy("Ask"),
        gettext_lazy("The attestations it needs are worked out and ordered."),
    ),
    (
        gettext_lazy("Answer"),
        gettext_lazy("Providers sign what they found; the demand is assessed."),
    ),
    (gettext_lazy("Push"), gettext_lazy("Funders whose mandates fit are told, and why.")),
    (gettext_lazy("Decide"), gettext_lazy("Funders commit until the book is full.")),
    (gettext_lazy("Custody"), gettext_lazy("The bank holds the money and pays it out.")),
    (gettext_lazy("Repay"), gettext_lazy("Every cent that comes back is shared out.")),
)


@dataclass(frozen=True)
class Step:
    """One of the seven steps as the page shows it."""

    number: int
    title: str
    state: str
    at: datetime | None
    detail: str


@dataclass(frozen=True)
class Answer:
    """An order for an attestation, and what was delivered for it."""

    order: Any
    attestation: Any
    state: str
    finding: str


def steps(demand: Any, *, parts: dict[str, Any]) -> list[Step]:
    """Return the seven steps with what each came to."""
    details = _details(demand, parts)
    return [
        Step(
            step.number,
            str(STEPS[step.number - 1][0]),
            step.state,
            step.at,
            wording.word("demand", demand.state).text
            if step.state == "stopped"
            else details.get(step.number, "") * (step.state != "todo"),
        )
        for step in deals.timeline(demand.code)
    ]


def _details(demand: Any, parts: dict[str, Any]) -> dict[int, str]:
    version, answers = demand.current, parts["answers"]
    delivered = sum(a.attestation is not None for a in answers)
    told = parts.get("pushed_count", 0)
    details = {
        1: formats.money(version.amount_minor, version.currency),
        2: ngettext("%(n)d attestation", "%(n)d attestations", len(answers))
        % {"n": len(answers)},
        3: _("%(done)d of %(all)d delivered") % {"done": delivered, "all": len(answers)},
        4: ngettext("%(n)d funder told", "%(n)d funders told", told) % {"n": told}
        if parts.get("book")
        else _("The offer waits for the enterprise"),
    }
    if demand.grade:
        details[3] += " · " + _("grade %(grade)s") % {"grade": demand.grade}
    if book := parts.get("book"):
        details[5] = _("%(raised)s of %(target)s") % {
            "raised": formats.money_short(book.raised_minor, book.currency),
            "target": formats.money_short(book.target_minor, book.currency),
        }
    if agreement := parts.get("agreement"):
        paid_out = demand.state != State.FUNDED
        details[6] = _("Paid out") if paid_out else _("Held by the bank")
        details[7] = _("until %(day)s") % {"day": formats.day(agreement.maturity_date)}
    return details


def answers(demand: Any, *, now: datetime) -> list[Answer]:
    """Return the latest order of each kind with what was delivered for it."""
    matter = deals.matter(demand)
    latest = {order.kind: order for order in evidence.orders_for(matter)}
    by_order = {a.order_id: a for a in evidence.attestations_for(matter)}
    return [_answer(order, by_order.get(order.pk), now) for order in latest.values()]


def _answer(order: Any, found: Any, now: datetime) -> Answer:
    if found is None:
        return Answer(order, None, "", "")
    state = attestation_state(
        valid_from=found.valid_from,
        valid_until=found.valid_until,
        revoked_at=found.revoked_at,
        at=now,
    )
    return Answer(order, found, str(state), finding(found))


def finding(attestation: Any) -> str:
    """Return an attested value as people read it on its scale."""
    scale, value = attestation.scale, attestation.value
    if scale == "yes-no":
        return _("Confirmed") if value == "1" else _("Not confirmed")
    if "-" in scale:
        return _("%(value)s on a scale of %(scale)s") % {
            "value": value,
            "scale": scale.replace("-", "–"),
        }
    return formats.money(parse(value, scale).minor, scale)


def parts(demand: Any, sight: Sight, *, who: Any, now: datetime) -> dict[str, Any]:
    """Return every part of the page that the party may see."""
    shown: dict[str, Any] = {
        "demand": demand,
        "version": demand.current,
        "enterprise": demand.enterprise,
        "answers": answers(demand, now=now),
    }
    if sight.sees_money:
        shown |= _decision(demand) | _book(demand, sight, who) | _loan(demand, sight)
    shown["steps"] = steps(demand, parts=shown)
    shown["history"] = list(deals.transitions(demand.code)) if sight.is_overseer else []
    return shown


def _decision(demand: Any) -> dict[str, Any]:
    assessment = None
    if demand.assessment_code:
        assessment = underwriting.assessment(demand.assessment_code)
    return {
        "assessment": assessment,
        "price": _price(assessment) if assessment else (),
        "offer": deals.offer(demand.code),
        "decisions": list(deals.decisions(demand.code)),
    }


def _price(assessment: Any) -> Sequence[tuple[str, int]]:
    titles = (
        ("funding_bps", _("Cost of funding")),
        ("expected_loss_bps", _("Expected loss")),
        ("operating_bps", _("Operating cost")),
        ("margin_bps", _("Margin")),
    )
    price = assessment.price or {}
    return [(title, price[name]) for name, title in titles if name in price]


def _book(demand: Any, sight: Sight, who: Any) -> dict[str, Any]:
    book = funding.book(demand.code)
    if book is None:
        return {"book": None}
    commitments = list(funding.commitments(demand.code))
    mine = [c for c in commitments if c.funder.code == who.code]
    pushes = list(market.pushes_for(demand.code))
    return {
        "book": book,
        "commitments": commitments if sight.sees_funders else mine,
        "commitment_count": len(commitments),
        "raised_percent": book.raised_minor * 100 // book.target_minor,
        "pushed_count": len(pushes),
        "push": next((p for p in pushes if p.funder.code == who.code), None),
    }


def _loan(demand: Any, sight: Sight) -> dict[str, Any]:
    agreement = deals.agreement_of(demand.code) if sight.sees_loan else None
    if agreement is None:
        return {"agreement": None, "schedule": _offered_schedule(demand)}
    book = chart.book(demand.code, agreement.currency)
    payments = custodian.instructions(account_code=book.code)
    plan = servicing.schedule(agreement.code)
    return {
        "agreement": agreement,
        "schedule": previews.schedule(plan.currency, plan.rows),
        "loan": _standing(agreement.code),
        "holdings": list(funding.holdings(agreement.code)),
        "instruction": payments[-1] if payments else None,
        "reference": servicing.payment_reference(agreement.code),
        "call": servicing.call_of(agreement.code),
    }


def _standing(agreement_code: str) -> Any:
    """Return where a loan stands, or None before its drawdown is prepared."""
    try:
        return servicing.state(agreement_code)
    except NotInService:
        return None


def _offered_schedule(demand: Any) -> previews.Schedule | None:
    offer = deals.offer(demand.code)
    if offer is None:
        return None
    terms = previews.preview(
        amount=Money(offer.amount_minor, offer.currency),
        tenor_months=offer.n_periods,
        mode_code=demand.current.mode_code,
        rate_bps=offer.rate_bps,
        country=demand.enterprise.country,
        today=offer.made_at.date(),
    )
    return previews.schedule(terms.currency, terms.instalments)
