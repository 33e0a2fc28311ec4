"""The end of a day publishes what clients are owed, once."""

from datetime import timedelta

import pytest

from longtail.interfaces import day_end
from longtail.ledger import queries as ledger
from longtail.ledger.books import queries
from tests.servicing import world


@pytest.mark.django_db
def test_the_end_of_a_day_publishes_the_claims_of_the_day_that_ended():
    world.drawn()
    day = world.scenarios.terms(principal=100_000, n_periods=6).instalments[0].due_date
    assert day_end.end_of_day(to=day)["date-moved"] == 1
    (root,) = queries.claims_roots()
    assert root.on_date == day - timedelta(days=1)
    assert root.total_minor == ledger.custodian_minor(root.currency)
    assert root.is_backed is True
    day_end.end_of_day(to=day)
    assert queries.claims_roots() == [root]
