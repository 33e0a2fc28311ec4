"""Journals and transfers against the digest of the batch that they were posted in.

The digest is that of ``ledger.sealing``, whose columns and types this reads, so that its
definition is in one place; here it is computed for all batches at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtail.ledger import sealing
from longtail.ledger.log.verifying.findings import Finding, Tally, count, stream

CASTS = {
    sealing.WHOLE_NUMBER: ("coalesce({}::bigint, 0)", "bigint[]"),
    sealing.TEXT: ("{}::text", "text[]"),
    sealing.TIME: ("{}", "timestamptz[]"),
}
DIFFERING = """
with journals as (
  select row.batch_id as id, count(*) as rows, {journals} as digest
  from ledger_journal row group by row.batch_id
), transfers as (
  select j.batch_id as id, count(*) as rows, {transfers} as digest
  from ledger_transfer row left join ledger_journal j on j.id = row.journal_id
  group by j.batch_id
), found as (
  select id, coalesce(journals.rows, 0) as journals,
    coalesce(transfers.rows, 0) as transfers,
    sha256(coalesce(journals.digest, {no_journals})
      || coalesce(transfers.digest, {no_transfers})) as digest
  from journals full join transfers using (id)
)
select coalesce(found.id, batch.id), batch.id is null, found.id is null,
  found.journals - batch.journal_count, found.transfers - batch.transfer_count
from ledger_batch batch full join found on found.id = batch.id
where batch.digest is distinct from found.digest
  or batch.journal_count <> found.journals or batch.transfer_count <> found.transfers
order by 1
"""


def findings(tally: Tally) -> Iterator[Finding]:
    """Yield each batch whose journals and transfers are not those it was sealed with."""
    tally["journals"] += count("select count(*) from ledger_journal")
    tally["transfers"] += count("select count(*) from ledger_transfer")
    for batch, is_unknown, is_empty, journals, transfers in stream(_query()):
        yield _finding(batch, is_unknown or is_empty, journals, transfers)


def _finding(
    batch: int | None, is_alone: bool, journals: int | None, transfers: int | None
) -> Finding:
    if batch is None:
        return Finding("ledger_transfer", "", "transfers of no journal were slipped in.")
    if is_alone:
        problem = "its row, or all of its journals, are gone or were slipped in."
    elif journals or transfers:
        problem = (
            f"{journals:+d} journals and {transfers:+d} transfers since it was posted."
        )
    else:
        problem = "one of its journals or transfers differs from what was posted."
    return Finding("ledger_batch", str(batch), problem)


def _query() -> str:
    journals = sealing.SealedJournal._fields, sealing.JOURNAL_TYPES
    transfers = sealing.SealedTransfer._fields, sealing.TRANSFER_TYPES
    return DIFFERING.format(
        journals=_digests(*journals),
        transfers=_digests(*transfers),
        no_journals=_no_digests(journals[1]),
        no_transfers=_no_digests(transfers[1]),
    )


def _digests(names: Sequence[str], types: Sequence[int]) -> str:
    """Return SQL for the digests of a group's columns, joined."""
    return " || ".join(
        f"sha256(array_send(array_agg({CASTS[kind][0].format(f'row.{name}')} "
        "order by row.id)))"
        for name, kind in zip(names, types, strict=True)
    )


def _no_digests(types: Sequence[int]) -> str:
    """Return SQL for the digests of the columns of no row."""
    return " || ".join(f"sha256(array_send('{{}}'::{CASTS[kind][1]}))" for kind in types)
