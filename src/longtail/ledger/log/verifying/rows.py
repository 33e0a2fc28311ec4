"""Logged rows against what was noted when they were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from longtail.ledger.log import digests
from longtail.ledger.log.verifying.findings import Finding, Tally, stream

TOPICS = """
select t.id, t.table_name, t.columns, t.is_final,
  t.version = max(t.version) over (partition by t.table_name),
  t.columns <@ (select coalesce(array_agg(attname::text), '{}') from pg_attribute
    where attrelid = to_regclass(t.table_name) and attnum > 0 and not attisdropped)
from ledger_log_topic t where t.table_name <> 'ledger_batch'
order by t.table_name, t.version
"""
# Of a row that changes, what was noted last; writers of one row queue for it, so entries
# about it ascend, and nobody notes what did not change.
DIFFERING = """
with noted as (
  select row.id, array_agg(row.digest {newest_first}) as digests
  from (
    select id as entry, row_ids[1] as id, row_digests[1] as digest
    from ledger_log_entry where topic_id = {topic} and cardinality(row_ids) = 1
    union all
    select entry.id, listed.id, listed.digest from ledger_log_entry entry,
      unnest(entry.row_ids, entry.row_digests) as listed(id, digest)
    where topic_id = {topic} and cardinality(row_ids) <> 1
  ) as row group by row.id
), found as ({rows})
select coalesce(noted.id, found.id), noted.id is null, found.id is null,
  noted.digests[2] is not null and ({is_final} or noted.digests[1] = noted.digests[2])
from noted full join found on found.id = noted.id
where noted.digests[1] is distinct from found.digest
  or noted.digests[2] is not null and ({is_final} or noted.digests[1] = noted.digests[2])
order by 1
"""
COUNT = "select count(*) from {}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A version of what is noted about a table."""

    id: int
    table: str
    columns: list[str]
    is_final: bool
    is_newest: bool
    is_computable: bool


def findings(tally: Tally) -> Iterator[Finding]:
    """Yield each row that differs from its entry, is gone, or was never noted."""
    with connection.cursor() as cursor:
        cursor.execute(TOPICS)
        topics = [Topic(*row) for row in cursor.fetchall()]
    for topic in topics:
        if topic.is_computable and (topic.is_newest or topic.is_final):
            yield from _differing(topic, tally)
        elif topic.is_newest:
            yield Finding(topic.table, "", "the table or one of its columns is gone.")


def _differing(topic: Topic, tally: Tally) -> Iterator[Finding]:
    table = sql.Identifier(topic.table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(COUNT).format(table))
        tally["rows of record"] += cursor.fetchone()[0] if topic.is_newest else 0
    query = sql.SQL(DIFFERING).format(
        topic=sql.Literal(topic.id),
        rows=digests.row_digests(topic.table, topic.columns, source=topic.table),
        is_final=sql.Literal(topic.is_final),
        newest_first=sql.SQL("" if topic.is_final else "order by row.entry desc"),
    )
    for row_id, is_unnoted, is_gone, is_repeated in stream(query):
        if is_unnoted and not topic.is_newest:
            continue
        problem = _problem(is_unnoted, is_gone, is_repeated)
        yield Finding(topic.table, str(row_id), problem)


def _problem(is_unnoted: bool, is_gone: bool, is_repeated: bool) -> str:
    if is_unnoted:
        return "the row was written behind the platform's back; nothing was noted of it."
    if is_gone:
        return "the row is gone."
    if is_repeated:
        return "the row was noted once more without a change."
    return "the row differs from what was last noted of it."
