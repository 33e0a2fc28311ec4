"""The books' writes: closing a period, publishing what clients are owed."""

from longtail.ledger.books.claims import publish_claims
from longtail.ledger.books.closing import close_period

__all__ = ["close_period", "publish_claims"]
