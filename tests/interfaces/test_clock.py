from datetime import UTC, date, datetime

import pytest

from longtail.interfaces import clock
from longtail.servicing import queries


class Wall(datetime):
    """A wall clock that stands still."""

    reading = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.reading.astimezone(tz)


@pytest.mark.parametrize(
    ("business", "expected"),
    [
        (None, datetime(2026, 3, 1, 15, 30, tzinfo=UTC)),
        (date(2026, 3, 1), datetime(2026, 3, 1, 15, 30, tzinfo=UTC)),
        (date(2014, 12, 31), datetime(2014, 12, 31, 15, 30, tzinfo=UTC)),
        # After midnight, before the end-of-day job: never back to the old day's start.
        (date(2026, 2, 28), datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)),
        (date(2026, 2, 25), datetime(2026, 2, 25, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_the_business_time_is_the_business_date_at_the_walls_time(
    monkeypatch, business, expected
):
    monkeypatch.setattr(clock, "datetime", Wall)
    monkeypatch.setattr(queries, "processing_date", lambda: business)
    assert clock.now() == expected
