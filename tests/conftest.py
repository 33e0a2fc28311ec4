"""What every test needs: a PostgreSQL that runs, and a clear word when it does not."""

import pytest

from longtail.config import postgres


def pytest_sessionstart():
    try:
        postgres.refuse_unless_durable(postgres.url())
    except Exception as error:
        pytest.exit(f"PostgreSQL does not answer ({error}). Run: make test", returncode=3)
