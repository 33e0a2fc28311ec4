"""Everything recomputed: what ``longtail verify`` and a signed head rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtail.interfaces import clock, site_key
from longtail.ledger.books import closing
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.log import heads, queries, services, verifying
from longtail.ledger.log.verifying import Finding, Tally
from longtail.servicing import queries as servicing


def seal() -> None:
    """Seal everything that is committed."""
    services.seal(at=clock.now(), key=site_key.private())


def signed_head() -> str:
    """Return the newest signed head, once everything committed is sealed.

    Raises:
        NothingSealed: If the log is empty.
    """
    seal()
    return queries.newest_head()


def verify(*, outside: Sequence[str], tally: Tally) -> Iterator[Finding]:
    """Yield every row that is not what it was, or what its like make it.

    Args:
        outside: Signed heads that were handed out before.
        tally: Counts what was looked at.

    Raises:
        HeadRefused: If an outside head is none of this site's.
    """
    keys = site_key.trusted()
    given = [heads.read(signed, keys=keys) for signed in outside]
    seal()
    with verifying.snapshot():
        yield from verifying.findings(keys=keys, outside=given, tally=tally)
        yield from _custody(tally)
        for problem in closing.closing_differences():
            yield Finding("ledger_books_periodclose", "", problem)
        for problem in servicing.refolded_differences():
            yield Finding("servicing_snapshot", "", problem)


def _custody(tally: Tally) -> Iterator[Finding]:
    """Yield the currencies whose last comparison with the custodian did not come out."""
    for found in custodian.latest_reconciliations():
        tally["currencies reconciled"] += 1
        if not found.is_balanced:
            problem = (
                f"{found.currency} on {found.on_date}: ledger {found.ledger_minor}, "
                f"custodian {found.custodian_minor}, claims {found.claims_minor} minor "
                f"units, {found.break_count} breaks."
            )
            yield Finding("custodian_reconciliation", str(found.pk), problem)
