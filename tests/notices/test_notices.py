from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from longtail.notices import queries, services
from tests.parties.cases import admitted

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tell(party, subject="Your demand was funded", **changes):
    said = {"body": "See its page.", "link": "/demands/DEM-1/", "at": NOW}
    return services.notify(party_code=party.code, subject=subject, **(said | changes))


def test_a_party_reads_its_own_notices_only():
    mill, club = admitted(), admitted()
    tell(mill, "First")
    tell(mill, "Second")
    tell(club, "Other")
    assert [str(n) for n in queries.unread([mill.code])] == ["Second", "First"]
    assert queries.unread_count([mill.code]) == 2
    assert queries.unread_count([mill.code, club.code]) == 3
    assert queries.unread_count([]) == 0


def test_reading_keeps_the_first_time_and_leaves_others_alone():
    mill, club = admitted(), admitted()
    mine, theirs = tell(mill), tell(club)
    later = NOW + timedelta(hours=1)
    ids = [mine.pk, theirs.pk]
    assert services.mark_read(party_codes=[mill.code], notice_ids=ids, at=later) == 1
    assert services.mark_read(party_codes=[mill.code], at=later + timedelta(1)) == 0
    assert queries.recent([mill.code]).get().read_at == later
    assert queries.unread_count([mill.code]) == 0
    assert queries.unread_count([club.code]) == 1


def test_one_statement_tells_many(django_assert_num_queries):
    parties = [admitted(), admitted()]
    messages = [
        services.Message(party_code=p.code, subject="x" * 300, body="") for p in parties
    ]
    with django_assert_num_queries(1):
        services.notify_many(messages, at=NOW)
    assert len(queries.unread([p.code for p in parties])[0].subject) == 200


@pytest.mark.parametrize("link", ["https://evil.example", "//evil.example", "/\\evil", "x"])
def test_a_notice_leads_nowhere_else(link):
    party = admitted()
    with pytest.raises(ValueError, match="inside this site"):
        tell(party, link=link)
    assert queries.unread_count([party.code]) == 0


def test_a_job_exists_only_if_its_transaction_commits():
    def rolled_back():
        with transaction.atomic():
            services.defer("longtail.end_of_day", to="2026-03-02")
            raise RuntimeError("the money did not move")

    with pytest.raises(RuntimeError):
        rolled_back()
    assert not ProcrastinateJob.objects.exists()
    job_id = services.defer("longtail.end_of_day", to="2026-03-02")
    job = ProcrastinateJob.objects.get()
    assert (job.pk, job.task_name, job.args) == (
        job_id,
        "longtail.end_of_day",
        {"to": "2026-03-02"},
    )
