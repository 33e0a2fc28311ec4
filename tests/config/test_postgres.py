import pytest
from psycopg.conninfo import make_conninfo

from longtail.config import postgres


def test_a_durable_server_is_taken():
    postgres.refuse_unless_durable(postgres.url())


def test_a_server_that_may_lose_commits_is_refused_with_the_remedy():
    careless = make_conninfo(postgres.url(), options="-c synchronous_commit=off")
    with pytest.raises(postgres.NotDurable) as refusal:
        postgres.refuse_unless_durable(careless)
    assert "synchronous_commit off" in str(refusal.value)
    assert "ALTER SYSTEM SET synchronous_commit = on" in str(refusal.value)


def test_a_database_of_ones_own_is_never_dropped(monkeypatch):
    monkeypatch.setenv("LONGTAIL_DATABASE_URL", postgres.url())
    with pytest.raises(SystemExit, match="will not drop"):
        postgres.drop_database()
