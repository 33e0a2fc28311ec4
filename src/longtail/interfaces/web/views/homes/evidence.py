"""The pages of those who answer for something: providers and guarantors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.interfaces import clock
from longtail.interfaces.web import demand_page, formats, wording
from longtail.interfaces.web.money_desk import may_simulate, wallets
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.servicing import queries as servicing


def provider(request: HttpRequest) -> HttpResponse:
    """Show a provider its work by deadline, and what it delivered."""
    code = request.acting.code
    queue, delivered = _queue(request, code), _delivered(request, code)
    capabilities = list(evidence.capabilities(provider_code=code))
    context = {"queue": queue, "delivered": delivered, "capabilities": capabilities}
    return asked_for(request, queue, delivered) or render(
        request, "web/home_provider.html", context
    )


def guarantor(request: HttpRequest) -> HttpResponse:
    """Show a guarantor what it stands for, what is called, and what it is to attest."""
    code = request.acting.code
    exposures, queue = _exposures(request, code), _queue(request, code)
    calls = list(servicing.calls(guarantor_code=code))
    context = {
        "exposures": exposures,
        "queue": queue,
        "calls": calls,
        "wallets": wallets(code),
        "may_simulate": may_simulate(),
        "exposed": _exposed(code),
    }
    return asked_for(request, exposures, queue) or render(
        request, "web/home_guarantor.html", context
    )


def _queue(request: HttpRequest, code: str) -> Table:
    now = clock.now()
    return Table(
        request,
        name="queue",
        rows=evidence.work_queue(code),
        columns=(
            Column(
                key="kind",
                title=_("What is asked"),
                cell=lambda o: Cell(
                    wording.word("evidence", o.kind).text,
                    href=reverse("web:order", args=[o.code]),
                ),
                order=("kind",),
            ),
            Column(
                key="subject",
                title=_("About"),
                cell=lambda o: Cell(o.subject.legal_name),
                order=("subject__legal_name",),
            ),
            Column(
                key="fee",
                title=_("Fee"),
                cell=lambda o: money_cell(o.fee_minor, o.currency),
                order=("fee_minor",),
                is_number=True,
            ),
            Column(
                key="due",
                title=_("Due"),
                cell=lambda o: Cell(
                    formats.day(o.due_at),
                    note=formats.distance(o.due_at, now=now),
                    raw=o.due_at.date().isoformat(),
                ),
                order=("due_at",),
            ),
            Column(
                key="state",
                title=_("State"),
                cell=lambda o: badge_cell(wording.word("order", o.state)),
                order=("state",),
            ),
        ),
        caption=_("Work queue"),
        default="due",
    )


def _delivered(request: HttpRequest, code: str) -> Table:
    return Table(
        request,
        name="delivered",
        rows=evidence.attestations_by(code),
        columns=(
            Column(
                key="kind",
                title=_("Kind"),
                cell=lambda a: Cell(
                    wording.word("evidence", a.kind).text,
                    href=reverse("web:attestation", args=[a.code]),
                ),
                order=("kind",),
            ),
            Column(
                key="subject",
                title=_("About"),
                cell=lambda a: Cell(a.subject.legal_name),
                order=("subject__legal_name",),
            ),
            Column(
                key="finding",
                title=_("Finding"),
                cell=lambda a: Cell(demand_page.finding(a)),
            ),
            Column(
                key="issued",
                title=_("Issued"),
                cell=lambda a: date_cell(a.issued_at.date()),
                order=("issued_at",),
            ),
            Column(
                key="until",
                title=_("Valid until"),
                cell=lambda a: date_cell(a.valid_until.date()),
                order=("valid_until",),
            ),
        ),
        caption=_("Delivered"),
        default="-issued",
    )


def _exposures(request: HttpRequest, code: str) -> Table:
    return Table(
        request,
        name="exposures",
        rows=deals.agreements(guarantor_code=code),
        columns=(
            Column(
                key="enterprise",
                title=_("Enterprise"),
                cell=lambda a: Cell(
                    a.enterprise.legal_name,
                    href=reverse("web:demand", args=[a.demand.code]),
                ),
                order=("enterprise__legal_name",),
            ),
            Column(
                key="principal",
                title=_("Lent"),
                cell=lambda a: money_cell(a.principal_minor, a.currency),
                order=("principal_minor",),
                is_number=True,
            ),
            Column(
                key="cover",
                title=_("Your share of a loss"),
                cell=lambda a: Cell(formats.percent(a.cover_bps)),
                order=("cover_bps",),
                is_number=True,
            ),
            Column(
                key="until",
                title=_("Until"),
                cell=lambda a: date_cell(a.maturity_date),
                order=("maturity_date",),
            ),
            Column(
                key="state",
                title=_("State"),
                cell=lambda a: badge_cell(wording.word("demand", a.demand.state)),
                order=("demand__state",),
            ),
        ),
        caption=_("Guarantees given"),
        default="-until",
    )


def _exposed(code: str) -> list[tuple[str, int]]:
    """Return the most that could still be called, by currency."""
    live: dict[str, int] = {}
    rows: Any = deals.agreements(
        guarantor_code=code, states=("funded", "active", "defaulted")
    )
    for agreement in rows:
        cover = agreement.principal_minor * agreement.cover_bps // 10_000
        live[agreement.currency] = live.get(agreement.currency, 0) + cover
    return sorted(live.items())
