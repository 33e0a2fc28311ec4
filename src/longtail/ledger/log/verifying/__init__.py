"""Everything that is recorded, recomputed from the rows themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from joserfc.jwk import OKPKey

from longtail.ledger.log.heads import Head
from longtail.ledger.log.verifying import batches, rows, totals, tree
from longtail.ledger.log.verifying.findings import Finding, Tally, snapshot

__all__ = ["Finding", "Tally", "findings", "snapshot"]


def findings(
    *, keys: Iterable[OKPKey], outside: Iterable[Head] = (), tally: Tally
) -> Iterator[Finding]:
    """Yield every row that is not what was recorded of it, the log's own last.

    Args:
        keys: The public keys that heads may be signed with.
        outside: Heads that were handed out, already checked for their signature.
        tally: Counts what was looked at.

    Returns:
        Nothing if all is as it was recorded.
    """
    yield from rows.findings(tally)
    yield from batches.findings(tally)
    yield from totals.findings(tally)
    yield from tree.findings(keys=list(keys), outside=list(outside), tally=tally)
