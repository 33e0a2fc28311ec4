"""What the end of day does before and after this room's own steps, each in one piece."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from longtail.deals import services as deals_services
from longtail.evidence import services as evidence_services
from longtail.funding import services as funding_services
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import reconcile as custodian_reconcile

Work = Callable[[date, datetime], int]


def _time_out_orders(_to: date, at: datetime) -> int:
    done = evidence_services.time_out_orders(at=at)
    return done if isinstance(done, int) else len(done or ())


def _expire_offers(_to: date, at: datetime) -> int:
    return deals_services.expire_due(at=at)


def _freeze_revoked(_to: date, at: datetime) -> int:
    return funding_services.freeze_revoked(at=at).steps


def _close_books(_to: date, at: datetime) -> int:
    return funding_services.close_due(at=at).steps


def _reconcile(to: date, at: datetime) -> int:
    """Compare ledger, custodian and claims at the close of the day before ``to``."""
    closed = to - timedelta(days=1)
    done = 0
    for currency in ledger.currencies():
        latest = custodian.reconciliations(currency, limit=1)
        # The bank closes a day once; a later reconciliation covers it.
        if not latest or latest[0].on_date < closed:
            made = custodian_reconcile.reconcile(on=closed, currency=currency, at=at)
            if made.break_count:
                # A lost notification: the statement says the same, and clears the break.
                courier.catch_up(on=closed, currency=currency, at=at)
            done += 1
    return done


# Steps of the rooms below: each demand or order in its own transaction, done once each.
OTHERS: dict[str, Work] = {
    "evidence-time-outs": _time_out_orders,
    "offers-expired": _expire_offers,
    "evidence-revoked": _freeze_revoked,
    "books-closed": _close_books,
}
CHECKS: dict[str, Work] = {"reconciled": _reconcile}
