"""No table of the platform's is left out of the log by oversight."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db
# Why a table is not logged.
BY_BATCH = "its batch's digest covers it"
CACHE = "folded again from logged events by the verification"
LOCK = "it carries no fact; its row is a lock"
OUTSIDE = "the sandbox bank's own, which the platform does not answer for"
NOT_LOGGED = {
    "ledger_batch": "it is an entry of the log by itself",
    "ledger_journal": BY_BATCH,
    "ledger_transfer": BY_BATCH,
    "ledger_books_closedbalance": "the digest of its close covers it",
    "custodian_channel": LOCK,
    "funding_exposure": LOCK,
    "servicing_snapshot": CACHE,
    "servicing_receiptcursor": "a place to read on from; events are keyed by receipt",
    "evidence_sealedkey": "bound to its key by its own encryption",
    "notices_notice": "what parties were told is no ground for any decision",
    "parties_person_groups": "no group has rights",
    "parties_person_user_permissions": "no permission is asked for",
    "api_apiclient": "machines' credentials",
    "api_idempotentrequest": "answers, to be given once more",
}
NOT_COVERED = {
    "ledger_account": {
        "debits_pending",
        "debits_posted",
        "credits_pending",
        "credits_posted",
    },
    "parties_person": {"last_login"},
}
COLUMNS = """
select attname::text from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""
NEWEST = """
select distinct on (table_name) table_name, columns from ledger_log_topic
order by table_name, version desc
"""


def rows(query, params=None):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def own_tables():
    return {
        model._meta.db_table
        for config in apps.get_app_configs()
        if config.name.startswith("longtail.") and config.label != "sandbox"
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed
    }


def test_every_table_is_logged_or_says_why_not():
    logged = {name for name, _ in rows(NEWEST)}
    assert own_tables() - logged - set(NOT_LOGGED) == set()
    assert logged & set(NOT_LOGGED) == {"ledger_batch"}
    assert set(NOT_LOGGED) <= own_tables()


@pytest.mark.parametrize("event", ["insert", "update"])
def test_every_logged_table_has_its_trigger(event):
    logged = dict(
        rows(
            "select table_name, bool_and(is_final) from ledger_log_topic"
            " where table_name <> 'ledger_batch' group by table_name"
        )
    )
    found = {
        table
        for (table,) in rows(
            "select tgrelid::regclass::text from pg_trigger where tgname = %s"
            " and tgenabled = 'O'",
            [f"log_{event}"],
        )
    }
    expected = {
        name for name, is_final in logged.items() if event == "insert" or not is_final
    }
    assert found == expected


def test_every_column_of_a_logged_table_is_covered():
    missing = {}
    for table, covered in rows(NEWEST):
        if table in NOT_LOGGED:
            continue
        found = {name for (name,) in rows(COLUMNS, [table])}
        if left_out := found - set(covered) - NOT_COVERED.get(table, set()):
            missing[table] = left_out
    assert missing == {}, "attach the table again, in the migration that adds the column"
