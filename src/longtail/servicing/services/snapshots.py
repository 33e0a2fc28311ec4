"""Snapshots: the fold of an agreement's events, and what the reports read off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection
from psycopg import sql

from longtail.servicing import models
from longtail.servicing.closed_form import COLUMNS, ClosedForm, closed_form
from longtail.servicing.codec import encode
from longtail.servicing.dues import late_dates
from longtail.servicing.state import State
from longtail.terms.resolve import ResolvedTerms

# Read off the state as they are.
COPIED = (
    "status",
    "outstanding_minor",
    "received_minor",
    "refundable_minor",
    "charged_off_minor",
    "recovered_minor",
    "guarantee_minor",
    "drawn_date",
    "defaulted_date",
    "forborne_date",
    "closed_date",
)
DERIVED = ("state", "unpaid_from", "paused_from", "paused_until", *COPIED)
# What an event may change; the bucket is the end of day's.
WRITTEN = (*DERIVED, *COLUMNS, "paid", "instruction_code", "refund_minor")
UPDATE = """
update servicing_snapshot s set unpaid = given.unpaid::bigint[], {columns}
from unnest(%s::bigint[], %s::text[], {given}) as given (id, unpaid, {names})
where s.id = given.id
"""


def derive(row: models.Snapshot, terms: ResolvedTerms, state: State) -> None:
    """Set a snapshot's columns from the state."""
    row.state = encode(state)
    row.unpaid_from, row.paused_from, row.paused_until = late_dates(terms, state)
    for name in COPIED:
        setattr(row, name, getattr(state, name))
    form = closed_form(terms, state)
    for name in COLUMNS:
        setattr(row, name, getattr(form, name))


def write_closed_forms(forms: Mapping[int, ClosedForm]) -> None:
    """Write only the columns from which arrays read a day's figures, in one statement.

    They change without an event when an instalment falls due, so they are no part of
    what a fold of the events is compared with.

    Args:
        forms: By snapshot id.
    """
    names = [name for name in COLUMNS if name != "unpaid"]
    columns = [[getattr(form, name) for form in forms.values()] for name in names]
    with connection.cursor() as cursor:
        kinds = [models.Snapshot._meta.get_field(n).db_type(connection) for n in names]
        given = sql.SQL(", ").join(
            sql.SQL("%s::{}[]").format(sql.SQL(str(kind))) for kind in kinds
        )
        statement = sql.SQL(UPDATE).format(
            given=given,
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            columns=sql.SQL(", ").join(
                sql.SQL("{0} = given.{0}").format(sql.Identifier(n)) for n in names
            ),
        )
        unpaid = ["{" + ",".join(map(str, f.unpaid)) + "}" for f in forms.values()]
        cursor.execute(statement, [list(forms), unpaid, *columns])


def write(
    worked: Sequence[tuple[models.Snapshot, ResolvedTerms, State, dict[str, int]]],
) -> None:
    """Write snapshots, each with its terms, state and money moved, in one statement."""
    for row, terms, state, paid in worked:
        derive(row, terms, state)
        row.paid = paid
    models.Snapshot.objects.bulk_create(
        [row for row, _, _, _ in worked],
        update_conflicts=True,
        unique_fields=["agreement"],
        update_fields=WRITTEN,
    )
