"""What every test needs: a PostgreSQL that runs, and tables that can be emptied after."""

import os

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings

from longtail.config import postgres

# All but what is noted of the migrations' own rows, which no flush removes.
EMPTY_LOG = """
truncate ledger_log_leaf, ledger_log_subtree, ledger_log_head;
delete from ledger_log_entry where topic_id <>
  (select id from ledger_log_topic where table_name = 'ledger_log_topic')
"""
# No test asserts a time; in CI the same examples are tried every time.
settings.register_profile(
    "house", deadline=None, derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("house")


def pytest_sessionstart():
    try:
        postgres.refuse_unless_durable(postgres.url())
    except Exception as error:
        pytest.exit(f"PostgreSQL does not answer ({error}). Run: make test", returncode=3)


@pytest.fixture(autouse=True, scope="session")
def _may_empty_append_only_tables():
    """Let only the test runner's own flush pass the triggers, and reach every schema."""
    flush = DatabaseOperations.execute_sql_flush

    def unguarded(self, sql_list):
        sandbox = [m._meta.db_table for m in apps.get_app_config("sandbox").get_models()]
        with transaction.atomic(), self.connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")
            cursor.execute(f"truncate {', '.join(sandbox)}")
            cursor.execute(EMPTY_LOG)
            flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", unguarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _nobody_keeps_the_banks_desk():
    """Let the sandbox bank pay whom it is told; its own tests put people at its desk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "SANDBOX_IS_ATTENDED", False)
        yield
