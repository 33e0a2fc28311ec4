"""Finding a book, locked or not, and reading it as the rules do."""

from __future__ import annotations

from longtail.funding import models, rules
from longtail.parties.rules import Standing
from longtail.terms.catalogue import CATALOGUE

SYSTEM = "system"


def find_live(demand_code: str) -> models.Book | None:
    """Return a demand's live book, if it has one."""
    live = models.Book.objects.select_related("demand", "enterprise")
    return live.filter(demand__code=demand_code, state__in=rules.LIVE_BOOKS).first()


def is_stopped(book: models.Book) -> bool:
    """Return whether a book may not be filled now.

    It is frozen, or its enterprise may not act. Its commitments may be taken back
    meanwhile, and when its window ends they are released.
    """
    may_act = book.enterprise.standing == Standing.ADMITTED
    return book.state == rules.BookState.FROZEN or not may_act


def lock_latest(demand_code: str) -> models.Book | None:
    """Return a demand's latest book, locked until the transaction ends, if it has one."""
    return (
        models.Book.objects.select_for_update(no_key=True, of=("self",))
        .select_related("demand", "enterprise")
        .filter(demand__code=demand_code)
        .order_by("-id")
        .first()
    )


def room(book: models.Book) -> rules.Room:
    """Return a book as the funding rules see it."""
    return rules.Room(
        rule=CATALOGUE[book.mode_code, book.mode_version].funding,
        target_minor=book.target_minor,
        raised_minor=book.raised_minor,
        currency=book.currency,
    )
