"""Reads over books, commitments and holdings. No writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import QuerySet, Sum

from longtail.deals.lifecycle import State
from longtail.funding import models
from longtail.funding.rules import LIVE_BOOKS, CommitmentState
from longtail.values.refusal import Refusal

# An agreement in one of these may still owe its holders principal.
OWING = (State.FUNDED, State.ACTIVE, State.DEFAULTED)


class UnknownCommitment(Refusal):
    """No commitment has this code."""


def book(demand_code: str) -> models.Book | None:
    """Return a demand's latest book, or None before it was ever listed."""
    return _books().filter(demand__code=demand_code).order_by("-id").first()


def books(demand_codes: Iterable[str]) -> dict[str, models.Book]:
    """Return the latest book of each of several demands that has one, by demand code."""
    found = _books().filter(demand__code__in=list(demand_codes)).order_by("id")
    return {book.demand.code: book for book in found}


def open_books() -> QuerySet[models.Book]:
    """Return the books that are open or frozen, the first to close first."""
    return _books().filter(state__in=LIVE_BOOKS).order_by("closes_at", "id")


def commitments(demand_code: str) -> QuerySet[models.Commitment]:
    """Return the commitments of a demand's latest book, oldest first."""
    latest = models.Book.objects.filter(demand__code=demand_code).order_by("-id")[:1]
    return _commitments().filter(book__in=latest).order_by("id")


def commitment(code: str) -> models.Commitment:
    """Return a commitment.

    Raises:
        UnknownCommitment: If no commitment has this code.
    """
    if found := _commitments().filter(code=code).first():
        return found
    raise UnknownCommitment(f"There is no commitment {code}. Check the code.")


def commitments_of(funder_code: str) -> QuerySet[models.Commitment]:
    """Return a funder's commitments with their books, newest first."""
    return _commitments().filter(funder__code=funder_code).order_by("-id")


def holdings(agreement_code: str) -> QuerySet[models.Holding]:
    """Return who holds an agreement, in the order of commitment."""
    return _holdings().filter(agreement__code=agreement_code).order_by("id")


def holdings_by_agreement(
    agreement_codes: Iterable[str],
) -> dict[str, list[models.Holding]]:
    """Return who holds each of several agreements, by agreement code, in one query."""
    codes = list(agreement_codes)
    found: dict[str, list[models.Holding]] = {code: [] for code in codes}
    for holding in _holdings().filter(agreement__code__in=codes).order_by("id"):
        found[holding.agreement.code].append(holding)
    return found


def holdings_of(funder_code: str) -> QuerySet[models.Holding]:
    """Return a funder's holdings with their agreements, newest first."""
    return _holdings().filter(funder__code=funder_code).order_by("-id")


def exposure_minor(funder_code: str, enterprise_code: str, currency: str) -> int:
    """Return what a funder has with one enterprise; see :func:`exposures_minor`."""
    return exposures_minor(
        enterprise_code=enterprise_code, currency=currency, funder_code=funder_code
    ).get(funder_code, 0)


def exposures_minor(
    *, enterprise_code: str, currency: str, funder_code: str | None = None
) -> dict[str, int]:
    """Return what funders have with one enterprise: held commitments and live holdings.

    Holdings count at the principal funded, whatever was repaid since, so a cap is never
    passed.

    Args:
        enterprise_code: The enterprise.
        currency: ISO 4217 code.
        funder_code: Only this funder; None for all.

    Returns:
        Minor units by funder code; absent where nothing.
    """
    held = models.Commitment.objects.filter(
        state=CommitmentState.HELD,
        book__enterprise__code=enterprise_code,
        book__currency=currency,
    )
    owned = models.Holding.objects.filter(
        currency=currency,
        agreement__enterprise__code=enterprise_code,
        agreement__demand__state__in=OWING,
    )
    if funder_code is not None:
        held, owned = (rows.filter(funder__code=funder_code) for rows in (held, owned))
    total: Counter[str] = Counter()
    for rows, column in ((held, "amount_minor"), (owned, "principal_minor")):
        sums = rows.values_list("funder__code").annotate(sum=Sum(column)).order_by()
        total.update(dict(sums))
    return dict(total)


def _books() -> QuerySet[models.Book]:
    return models.Book.objects.select_related("demand", "enterprise")


def _commitments() -> QuerySet[models.Commitment]:
    return models.Commitment.objects.select_related(
        "funder", "book__demand", "book__enterprise"
    )


def _holdings() -> QuerySet[models.Holding]:
    return models.Holding.objects.select_related(
        "funder", "agreement__demand", "agreement__enterprise"
    )
