"""Steps 1 to 4 of the replay: each demand goes one step further a business day.

Everything goes through the services that people and machines use. What is due for a
demand follows from its state alone, so a replay that was killed goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from longtail.deals import queries as deals_queries
from longtail.deals import services as deals
from longtail.deals.lifecycle import State
from longtail.deals.rules import Ask
from longtail.evidence import queries as evidence_queries
from longtail.evidence import services as evidence
from longtail.evidence.rules import SCALES
from longtail.funding import services as funding
from longtail.interfaces.cli.demo import names
from longtail.interfaces.cli.demo.cast import (
    CHECKER,
    CURRENCY,
    MAKER,
    Cast,
    admit_enterprise,
)
from longtail.interfaces.cli.demo.fund import commit, draw_down
from longtail.interfaces.cli.demo.plan import Loan, draw, mode_of
from longtail.terms.primitives import Evidence
from longtail.underwriting import queries as underwriting
from longtail.values.money import Money
from longtail.values.rates import share_minor

UNDECIDED = (State.ATTESTING, State.OFFERED, State.REFERRED, State.ACCEPTED)


@dataclass(slots=True)
class Stage:
    """The replay's memory; all of it can be rebuilt from the platform.

    Attributes:
        cast: The parties.
        loans: Loan by the demand's code, for every demand published so far.
        open_codes: Demands that are not yet drawn down or ended.
    """

    cast: Cast
    loans: dict[str, Loan] = field(default_factory=dict)
    open_codes: dict[str, None] = field(default_factory=dict)


def publish(stage: Stage, loan: Loan, *, at: datetime) -> str:
    """Step 1: the enterprise is admitted and publishes its demand. Returns its code."""
    enterprise = admit_enterprise(loan, at=at)
    known = deals_queries.demands(enterprise_code=enterprise).first()
    demand = known or deals.draft(
        enterprise_code=enterprise,
        ask=_ask(stage.cast, loan),
        by=names.username(loan),
        at=at,
    )
    if demand.state == State.DRAFT:
        deals.submit(demand_code=demand.code, by=names.username(loan), at=at)
    stage.loans[demand.code] = loan
    stage.open_codes[demand.code] = None
    return demand.code


def _ask(cast: Cast, loan: Loan) -> Ask:
    purpose, use_of_funds = names.purpose(loan)
    mode_code = mode_of(loan)
    is_guaranteed = mode_code != "p2p-unsecured"
    return Ask(
        amount=Money(loan.amount_minor, CURRENCY),
        tenor_months=loan.tenor_months,
        mode_code=mode_code,
        purpose=purpose,
        use_of_funds=use_of_funds,
        innovation="",
        facts=loan.facts,
        guarantor_code=cast.guarantor if is_guaranteed else None,
        cover_bps=loan.guaranteed_bps if is_guaranteed else 0,
    )


def advance(stage: Stage, code: str, *, on: date, at: datetime) -> None:
    """Bring one demand as far as it gets on a business day."""
    demand = deals_queries.demand(code)
    if demand.updated_at > at:
        # An interrupted replay has been past this day already.
        return
    state = State(demand.state)
    loan = stage.loans[code]
    since = (on - demand.updated_at.date()).days
    if state is State.ATTESTING:
        answer(stage, demand, on=on, at=at)
    elif state is State.REFERRED and since >= 2:
        _decide(demand, at=at)
    elif state is State.OFFERED and since >= 1:
        deals.accept_offer(demand_code=code, by=names.username(loan), at=at)
    elif state is State.LISTED:
        commit(stage.cast, demand, loan, on=on, at=at)
    elif state is State.FUNDED:
        draw_down(code, at=at)
    if state in (State.ATTESTING, State.OFFERED, State.ACCEPTED, State.LISTED):
        funding.progress(demand_code=code, at=at)


def answer(stage: Stage, demand, *, on: date, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """Step 3: providers deliver one to four days after they were asked."""
    loan = stage.loans[demand.code]
    for order in evidence_queries.orders_for(deals_queries.matter(demand)):
        days = 1 + draw(loan.number, order.kind, 4)
        if order.state not in ("requested", "accepted"):
            continue
        if (on - order.requested_at.date()).days < days:
            continue
        by = stage.cast.providers[order.provider.code]
        if order.state == "requested":
            evidence.accept_order(order_code=order.code, by=by, at=at)
        value, scale, statement = _claim(loan, Evidence(order.kind))
        evidence.attest(
            order_code=order.code,
            value=value,
            scale=scale,
            confidence_bps=9_000 + draw(loan.number, f"confidence-{order.kind}", 900),
            statement=statement,
            valid_days=365,
            by=by,
            at=at,
        )


def _claim(loan: Loan, kind: Evidence) -> tuple[str, str, str]:
    """Return what a provider says: value, scale and statement.

    None of it is in the sample; the values are invented, fixed by the loan's number and
    drawn without regard to the outcome, so they cannot help the model to cheat.
    """
    if kind == Evidence.CREDIT_REPORT:
        return str(45 + draw(loan.number, kind, 50)), SCALES[kind], "Payment record read."
    if kind == Evidence.GUARANTEE_UNDERTAKING:
        share = Money(share_minor(loan.amount_minor, loan.guaranteed_bps), CURRENCY)
        return str(share.decimal), SCALES[kind], f"We bear up to {share} of any loss."
    if SCALES[kind] == "yes-no":
        return "1", SCALES[kind], "In good standing in the business register."
    soundness = str(70 + draw(loan.number, kind, 30))
    return soundness, SCALES[kind], "Twelve months seen; the figures agree."


def _decide(demand, *, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """Two officers decide what the policy referred, by its grade alone."""
    assessment = underwriting.assessment(demand.assessment_code)
    is_approved = bool(assessment.grade) and assessment.grade[0] in "AB"
    try:
        deals.decide_referral(
            demand_code=demand.code,
            is_approved=is_approved,
            reason=f"Grade {assessment.grade or 'unknown'}; file read and discussed.",
            by=MAKER,
            seconded_by=CHECKER,
            at=at,
        )
    except (deals.NotPriced, deals.AgainstTheLaw):
        deals.decide_referral(
            demand_code=demand.code,
            is_approved=False,
            reason="The referral could not be approved; declined with regret.",
            by=MAKER,
            seconded_by=CHECKER,
            at=at,
        )
