"""How a table comes to be logged: by a migration of the room that owns it.

From then on a trigger notes each row that is written, in the writer's own transaction.
Attaching a table again, after its columns changed, records a new version and notes every
row anew, so that the new columns are covered too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations
from psycopg import sql

from longtail.ledger.log import digests

COLUMNS = """
select attname from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum
"""
TOPIC = """
insert into ledger_log_topic (table_name, version, columns, is_final)
select %s, coalesce(max(version), 0) + 1, %s, %s
from ledger_log_topic where table_name = %s returning id
"""
NOTE = """
insert into ledger_log_entry (topic_id, row_ids, row_digests, digest)
select {topic}, array_agg(id order by id), array_agg(digest order by id), {digest}
from ({rows}) as rows having count(*) > 0;
"""
# A row that an update left as it was is not noted again.
FUNCTION = """
create or replace function {name}() returns trigger language plpgsql
  set timezone = 'UTC' set bytea_output = 'hex' set extra_float_digits = 1 as $$
begin
  if tg_op = 'INSERT' then
    {inserted}
  else
    {updated}
  end if;
  return null;
end $$;
"""
CHANGED = "{added} except {removed}"


class Attach(migrations.RunPython):
    """A migration's step: log a table of the same room from now on.

    Args:
        table: The table; it has a whole-number ``id``.
        is_final: Whether its rows never change after they are written.
        without: Columns that are not covered: running figures or caches that something
            else verifies.
    """

    def __init__(self, table: str, *, is_final: bool, without: Sequence[str] = ()) -> None:
        self.table, self.is_final, self.without = table, is_final, tuple(without)
        super().__init__(self._attach, self._detach)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write this step into a migration."""
        kept = {"is_final": self.is_final, "without": self.without}
        return self.__class__.__name__, [self.table], kept

    def _attach(self, _: object, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            attach(cursor, self.table, is_final=self.is_final, without=self.without)

    def _detach(self, _: object, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            name = sql.Identifier(_function(self.table))
            cursor.execute(sql.SQL("drop function {} cascade").format(name))


def attach(cursor: Any, table: str, *, is_final: bool, without: Sequence[str] = ()) -> None:
    """Log a table from now on, beginning with the rows it has. See :class:`Attach`."""
    cursor.execute(COLUMNS, [table])
    columns = [name for (name,) in cursor.fetchall() if name not in without]
    cursor.execute(TOPIC, [table, columns, is_final, table])
    (topic,) = cursor.fetchone()
    cursor.execute(_function_text(table, columns, topic=topic))
    events = ("insert",) if is_final else ("insert", "update")
    for event in events:
        cursor.execute(_trigger(table, event))
    cursor.execute(digests.settings())
    cursor.execute(_note(topic, digests.row_digests(table, columns, source=table)))


def _function(table: str) -> str:
    return f"ledger_log_note_{table}"


def _note(topic: int, rows: sql.Composed) -> sql.Composed:
    digest = sql.SQL(digests.ROWS_DIGEST)
    return sql.SQL(NOTE).format(topic=sql.Literal(topic), digest=digest, rows=rows)


def _function_text(table: str, columns: Sequence[str], *, topic: int) -> sql.Composed:
    added, removed = (
        digests.row_digests(table, columns, source=name) for name in ("added", "removed")
    )
    changed = sql.SQL(CHANGED).format(added=added, removed=removed)
    return sql.SQL(FUNCTION).format(
        name=sql.Identifier(_function(table)),
        inserted=_note(topic, added),
        updated=_note(topic, changed),
    )


def _trigger(table: str, event: str) -> sql.Composed:
    before = "old table as removed " if event == "update" else ""
    return sql.SQL(
        "create or replace trigger {name} after {event} on {table} referencing {before}"
        "new table as added for each statement execute function {function}()"
    ).format(
        name=sql.Identifier(f"log_{event}"),
        event=sql.SQL(event),
        table=sql.Identifier(table),
        before=sql.SQL(before),
        function=sql.Identifier(_function(table)),
    )
