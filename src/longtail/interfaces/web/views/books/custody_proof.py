"""The public proof of custody: what all clients are owed, what the bank holds, the root."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from longtail.interfaces.web import wording
from longtail.interfaces.web.tables import (
    Cell,
    Column,
    Table,
    asked_for,
    badge_cell,
    date_cell,
    money_cell,
)
from longtail.ledger.books import queries

SCRIPT = settings.ROOT / "docs/check_claim.py"


@require_safe
def custody_proof(request: HttpRequest) -> HttpResponse:
    """Show the published roots and how to check one's own claim. For everybody."""
    roots = queries.claims_roots(limit=200)
    table = Table(
        request,
        name="roots",
        rows=roots,
        columns=(
            Column(
                key="day",
                title=_("Day"),
                cell=lambda r: date_cell(r.on_date),
                order=("on_date",),
            ),
            Column(
                key="total",
                title=_("Clients are owed"),
                cell=lambda r: money_cell(r.total_minor, r.currency),
                is_number=True,
            ),
            Column(
                key="custodian",
                title=_("The bank's statement"),
                cell=lambda r: money_cell(_bank(r), r.currency),
                is_number=True,
            ),
            Column(key="backed", title=_("Backed"), cell=lambda r: badge_cell(_backed(r))),
            Column(
                key="claims",
                title=_("Accounts"),
                cell=lambda r: Cell(str(r.leaf_count)),
                is_number=True,
            ),
            Column(
                key="root",
                title=_("Root"),
                cell=lambda r: Cell(f"{r.root[:12]}…", raw=r.root),
            ),
        ),
        caption=_("Published roots"),
        default="-day",
    )
    context = {"latest": queries.latest_claims_roots(), "table": table}
    return asked_for(request, table) or render(request, "web/custody_proof.html", context)


def _bank(root: queries.ClaimsRoot) -> int | None:
    """Return the statement's closing balance as of the moment of publishing."""
    if root.custodian_minor is None:
        return None
    return root.custodian_minor + root.booked_since_minor


def _backed(root: queries.ClaimsRoot) -> wording.Word:
    return {
        True: wording.Word(_("In full"), "good"),
        False: wording.Word(_("Differs"), "bad"),
        None: wording.Word(_("No statement yet"), "warn"),
    }[root.is_backed]


@require_safe
def check_claim(_request: HttpRequest) -> HttpResponse:
    """Return the script that checks a proof offline. For everybody."""
    response = HttpResponse(
        SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="check_claim.py"'
    return response
