"""The resolution pack: what is in it, and how it is written."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from longtail.deals import queries as deals
from longtail.funding import queries as funding
from longtail.interfaces.cli.resolution import recompute
from longtail.ledger import queries as ledger
from longtail.parties import queries as parties
from longtail.servicing import queries as servicing
from longtail.servicing.rules import Status
from longtail.terms.resolve import thaw
from longtail.values.refusal import Refusal

FORMAT = 1
# Log-ins and machinery, letters, secrets: nobody needs them to know or collect what is
# owed. The bank's own books are in another schema.
LEFT_OUT = (
    "account_",
    "allauth_",
    "api_",
    "auth_",
    "django_",
    "evidence_sealedkey",
    "notices_",
    "parties_membership",
    "parties_person",
    "procrastinate_",
)
NAMED = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where nspname = 'public' and relkind::text = any(%s) and not relispartition order by 1
"""
STORED, DERIVED = ["r", "p"], ["v"]
COLUMNS = """
select column_name from information_schema.columns
where table_schema = 'public' and table_name = %s and is_generated = 'NEVER'
order by ordinal_position
"""
PLAIN = """
set local timezone = 'UTC'; set local bytea_output = 'hex'; set local datestyle = 'ISO';
set local extra_float_digits = 1
"""
AMOUNTS = ("principal_minor", "interest_minor")
SCHEDULE = ("agreement", "number", "due_date", "currency", *AMOUNTS)
HERE = Path(__file__).parent


class FolderTaken(Refusal):
    """Something is in the folder already."""


def write(folder: Path, *, at: datetime, head: str) -> str:
    """Write the pack of everything as it is in one moment.

    Args:
        folder: Does not exist yet, or is empty.
        at: Now, timezone-aware.
        head: The log's signed head; empty without one.

    Returns:
        The SHA-256 of the manifest, which stands for the whole pack.

    Raises:
        FolderTaken: If the folder is not empty; nothing is written then.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderTaken(f"{folder} is not empty. Name a new folder for the pack.")
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "tables").mkdir(parents=True, mode=0o700)
    draft.chmod(0o700)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute(PLAIN)
        for table in tables(cursor, kinds=[*STORED, *DERIVED]):
            _copy_out(cursor, table, draft / "tables" / f"{table}.csv")
        _write_rows(draft / "claims.csv", recompute.FIELDS, claims())
        _write_rows(draft / "schedules.csv", SCHEDULE, _schedules())
        said = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "business_date": str(servicing.processing_date() or ""),
            "migrations": migrations(),
        }
    shutil.copyfile(HERE / "recompute.py", draft / "recompute.py")
    shutil.copyfile(HERE / "administrator.md", draft / "README.md")
    if head:
        (draft / "head.txt").write_text(head)
    said["files"] = {
        str(file.relative_to(draft)): {
            "sha256": recompute.digest(file),
            "bytes": file.stat().st_size,
        }
        for file in sorted(draft.rglob("*"))
        if file.is_file()
    }
    (draft / "MANIFEST.json").write_text(json.dumps(said, indent=1))
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    return recompute.digest(folder / "MANIFEST.json")


def tables(cursor: Any, *, kinds: list[str] = STORED) -> list[str]:
    """Return the tables that a pack holds, or the views that it holds for reading."""
    cursor.execute(NAMED, [kinds])
    return [name for (name,) in cursor.fetchall() if not name.startswith(LEFT_OUT)]


def columns(cursor: Any, table: str) -> list[str]:
    """Return the columns of a table that can be written, in their order."""
    cursor.execute(COLUMNS, [table])
    return [name for (name,) in cursor.fetchall()]


def migrations() -> list[str]:
    """Return the schema's version: the migrations of the platform's rooms applied here."""
    applied = MigrationRecorder(connection).applied_migrations()
    rooms = {app for app, _ in applied} - {"auth", "contenttypes", "sessions", "account"}
    rooms -= {"procrastinate", "allauth_idp_oidc"}
    return sorted(f"{app}.{name}" for app, name in applied if app in rooms)


def _copy_out(cursor: Any, table: str, file: Path) -> None:
    names = columns(cursor, table)
    # In the order of the first column, which is the key: so that what refers to an
    # earlier row of the same table finds it when it is read back.
    query = sql.SQL("copy (select {} from {} order by 1) to stdout (format csv, header)")
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    with (
        file.open("wb") as stream,
        cursor.copy(query.format(fields, sql.Identifier(table))) as copy,
    ):
        for block in copy:
            stream.write(block)


def _write_rows(file: Path, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(names)
        out.writerows(rows)


def claims() -> Iterable[tuple[str, str, str, str, str, int]]:
    """Yield what the platform says, from its running totals and its folded states."""
    names = {party.code: party.legal_name for party in parties.parties()}
    for code, balance in ledger.balances_of(ledger.balances()).items():
        if balance.posted_minor and not code.startswith(recompute.CASH):
            kind, owner, currency = recompute.parts(code)
            funders = _funders(owner) if kind == "book" else ()
            what = recompute.OWNERS.get(kind, kind)
            for client, part in recompute.shares(owner, balance.posted_minor, funders):
                yield client, names.get(client, ""), what, code, currency, part
    for party, name in names.items():
        for place in servicing.portfolio(party):
            if place.outstanding_minor and place.status != Status.PENDING:
                minor = place.outstanding_minor
                code = place.agreement_code
                yield party, name, recompute.OWED, code, place.currency, minor


def _funders(demand_code: str) -> list[tuple[str, int]]:
    agreement = deals.agreement_of(demand_code)
    if agreement is None:
        return []
    found = funding.holdings_by_agreement([agreement.code])[agreement.code]
    return [(holding.funder.code, holding.principal_minor) for holding in found]


def _schedules() -> Iterable[tuple[object, ...]]:
    for agreement in deals.agreements():
        terms = thaw(agreement.terms)
        for part in terms.instalments:
            amounts = (part.principal_minor, part.interest_minor)
            yield agreement.code, part.number, part.due_date, terms.currency, *amounts
