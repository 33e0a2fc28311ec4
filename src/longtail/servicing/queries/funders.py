"""What a funder (or a guarantor) has, got and earned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F, QuerySet, Sum

from longtail.funding import queries as funding
from longtail.kernels.cashflows.yields import xirr
from longtail.servicing import models
from longtail.servicing.codec import decode
from longtail.servicing.dues import advance, coming_dues, days_past_due
from longtail.servicing.queries.borrowers import reasons
from longtail.servicing.queries.standing import business_day
from longtail.servicing.rules import Bucket, Status, bucket_of
from longtail.servicing.state import Due, Holder, State
from longtail.servicing.terms import terms_of
from longtail.terms.resolve import ResolvedTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A party's part of one agreement; amounts in minor units.

    Attributes:
        agreement_code, demand_code: What it is part of.
        enterprise_code, enterprise_name: Who owes it.
        mode_code, grade, rate_bps, maturity_date: As signed.
        currency: ISO 4217 code.
        status: Where the agreement stands.
        bucket, days_past_due: Its arrears.
        funded_minor: Principal paid in; 0 for a guarantor.
        outstanding_minor: Principal on the party's book.
        lost_minor: Principal written off and not recovered.
        paid_minor: Money that came (a guarantor's payments taken off).
        interest_minor: Interest, late interest and fees in it.
        expected_minor: Still to come if all is paid as agreed.
        next_due: The next instalment, the party's part of it.
        non_performing: Why the agreement is non-performing; empty if it performs.
    """

    agreement_code: str
    demand_code: str
    enterprise_code: str
    enterprise_name: str
    mode_code: str
    grade: str
    rate_bps: int
    maturity_date: date
    currency: str
    status: Status
    bucket: Bucket
    days_past_due: int
    funded_minor: int
    outstanding_minor: int
    lost_minor: int
    paid_minor: int
    interest_minor: int
    expected_minor: int
    next_due: Due | None
    non_performing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlow:
    """Money that left or reached a party on a day.

    Attributes:
        date: The value date.
        amount_minor: Negative when it was paid out, positive when it came.
        currency: ISO 4217 code.
        kind: funded, or the kind of event that moved it.
        agreement_code: The agreement it belongs to.
        principal_minor, interest_minor, penalty_minor: What it was for.
    """

    date: date
    amount_minor: int
    currency: str
    kind: str
    agreement_code: str
    principal_minor: int = 0
    interest_minor: int = 0
    penalty_minor: int = 0


def portfolio(funder_code: str, *, on: date | None = None) -> list[Position]:
    """Return a party's positions, the latest agreement first; in six queries.

    Args:
        funder_code: A funder, or a guarantor with what it took over.
        on: The day to look at; the business date if not given.
    """
    funded = {h.agreement_id: h.principal_minor for h in funding.holdings_of(funder_code)}
    given = _given(funder_code)
    rows = list(
        models.Snapshot.objects.filter(agreement_id__in={*funded, *given})
        .select_related("agreement__demand", "agreement__enterprise")
        .defer("agreement__terms")
        .order_by("-agreement_id")
    )
    terms = terms_of([row.agreement.code for row in rows])
    on = on or _today()
    why = reasons(rows, on=on or date.min)
    return [
        replace(
            _position(
                row,
                terms[row.agreement.code],
                funder_code,
                funded.get(row.agreement_id, 0),
                given.get(row.agreement_id, {}),
                on,
            ),
            non_performing=why[row.pk],
        )
        for row in rows
    ]


def _today() -> date | None:
    return models.ProcessingDate.objects.values_list("date", flat=True).first()


def _distributions_to(party: str) -> QuerySet[models.Distribution]:
    # By the index over all holders first; the view then takes the party's own parts.
    rows = models.Distribution.objects.filter(event__given__holders__contains=[party])
    return rows.filter(holder_id=party)


def _given(party: str) -> dict[int, dict[str, int]]:
    rows = (
        _distributions_to(party)
        .values("agreement_id")
        .annotate(
            paid=Sum("paid_minor"),
            earned=Sum(F("interest_minor") + F("penalty_minor") + F("fee_minor")),
            lost=Sum("loss_minor"),
        )
    )
    return {row["agreement_id"]: row for row in rows}


def _position(
    row: models.Snapshot,
    terms: ResolvedTerms,
    party: str,
    funded: int,
    given: dict[str, int],
    on: date | None,
) -> Position:
    agreement, last = row.agreement, decode(row.state)
    day = business_day(on, last)
    now, _ = advance(terms, last, day)
    holder = next((h for h in now.holders if h.party == party), Holder(party, 0, funded))
    late = days_past_due(terms, now, day)
    dues = [_part(due, now, holder) for due in coming_dues(terms, now)]
    overdue = sum(
        _of(o.interest_minor + o.penalty_minor + o.fee_minor, holder, now)
        for o in now.open
        if not o.payee
    ) + _principal_of(sum(o.principal_minor for o in now.open), holder, now)
    is_lost = now.status is Status.WRITTEN_OFF
    return Position(
        agreement_code=agreement.code,
        demand_code=agreement.demand.code,
        enterprise_code=agreement.enterprise.code,
        enterprise_name=agreement.enterprise.legal_name,
        mode_code=agreement.mode_code,
        grade=agreement.grade,
        rate_bps=agreement.rate_bps,
        maturity_date=agreement.maturity_date,
        currency=agreement.currency,
        status=now.status,
        bucket=bucket_of(late),
        days_past_due=late,
        funded_minor=funded,
        outstanding_minor=holder.position_minor - holder.lost_minor,
        lost_minor=given.get("lost", 0),
        paid_minor=given.get("paid", 0),
        interest_minor=given.get("earned", 0),
        expected_minor=0
        if is_lost
        else overdue + sum(d.principal_minor + d.interest_minor for d in dues),
        next_due=dues[0] if dues else None,
    )


def _of(amount: int, holder: Holder, state: State) -> int:
    units = sum(h.units for h in state.holders)
    return amount * holder.units // units if units else 0


def _principal_of(amount: int, holder: Holder, state: State) -> int:
    owed = state.owed_minor
    return amount * holder.position_minor // owed if owed else 0


def _part(due: Due, state: State, holder: Holder) -> Due:
    return Due(
        due.number,
        due.due_date,
        _of(due.interest_minor, holder, state),
        _principal_of(due.principal_minor, holder, state),
    )


def cash_flows(funder_code: str) -> list[CashFlow]:
    """Return all money that a party paid out for agreements and got from them, by date.

    Money pledged counts as paid out on the day the book closed, for from then on it
    earns for the party; a guarantor's payments count as paid out.
    """
    flows = [
        CashFlow(
            date=holding.at.date(),
            amount_minor=-holding.principal_minor,
            currency=holding.currency,
            kind="funded",
            agreement_code=holding.agreement.code,
            principal_minor=-holding.principal_minor,
        )
        for holding in funding.holdings_of(funder_code)
    ]
    rows = (
        _distributions_to(funder_code)
        .exclude(paid_minor=0)
        .values_list(
            "value_date",
            "paid_minor",
            "agreement__currency",
            "event__kind",
            "agreement__code",
            "principal_minor",
            "interest_minor",
            "penalty_minor",
        )
    )
    for day, paid, currency, kind, code, principal, interest, penalty in rows:
        flows.append(
            CashFlow(
                date=day,
                amount_minor=paid,
                currency=currency,
                kind=kind,
                agreement_code=code,
                principal_minor=principal,
                interest_minor=interest,
                penalty_minor=penalty,
            )
        )
    flows.sort(key=lambda flow: (flow.date, flow.agreement_code, flow.kind))
    return flows


def xirr_of(
    funder_code: str, *, currency: str | None = None, on: date | None = None
) -> float | None:
    """Return a party's annual return on its dated cash flows, as a fraction.

    What performing agreements still owe it counts at par on the day, and so does money
    in a full book that the enterprise has not drawn down yet; what is in default
    counts nothing until it comes in.

    Args:
        funder_code: The party.
        currency: Which flows; those of the currency with most of them if not given.
        on: The day on which what is left is valued; the business date if not given.

    Returns:
        The rate, or nothing when the flows have none.
    """
    flows = cash_flows(funder_code)
    if not flows:
        return None
    currency = currency or Counter(f.currency for f in flows).most_common(1)[0][0]
    dated = [(f.date, f.amount_minor) for f in flows if f.currency == currency]
    positions = portfolio(funder_code, on=on)
    left = _performing_minor(positions, currency) + _undrawn_minor(
        flows, positions, currency
    )
    if left:
        last = max(day for day, _ in dated)
        dated.append((max(on or _today() or last, last), left))
    return xirr([day for day, _ in dated], [amount for _, amount in dated])


def _performing_minor(positions: Iterable[Position], currency: str) -> int:
    return sum(
        p.outstanding_minor
        for p in positions
        if p.currency == currency and p.status in (Status.ACTIVE, Status.PENDING)
    )


def _undrawn_minor(
    flows: Iterable[CashFlow], positions: Iterable[Position], currency: str
) -> int:
    """Return what was funded for agreements that servicing does not know yet."""
    known = {p.agreement_code for p in positions}
    return -sum(
        f.amount_minor
        for f in flows
        if f.currency == currency and f.agreement_code not in known
    )
