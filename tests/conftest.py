"""What every test needs: a PostgreSQL that runs, and tables that can be emptied after."""

import os

import pytest
from django.apps import apps
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings

from longtail.config import postgres

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
            flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", unguarded)
        yield
