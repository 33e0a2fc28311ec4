"""The daily comparison of ledger, custodian and client claims."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from longtail.interfaces.api.schemas.payments import ReconciliationOut, ReconciliationsOut
from longtail.interfaces.api.schemas.types import Currency
from longtail.ledger.custodian import queries

TAG = "Reconciliation"
router = Router()
READERS = ("regulator", "operator", "custodian")


@router.get("/reconciliations", response=ReconciliationsOut)
def list_reconciliations(
    request: HttpRequest, currency: Currency | None = None
) -> ReconciliationsOut:
    """List the latest of each currency, or those of one. For those who supervise."""
    request.auth.require_kind(*READERS)
    rows = (
        queries.reconciliations(currency) if currency else queries.latest_reconciliations()
    )
    return ReconciliationsOut(results=[ReconciliationOut.of(row) for row in rows])
