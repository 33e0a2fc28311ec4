"""Two callers at the same moment: one gets what both cannot have."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from longtail.deals import queries, services
from longtail.values.refusal import Refusal
from tests.deals import cases
from tests.deals.cases import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run calls at the same moment, each on its own connection; refusals are answers."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as callers:
        return list(callers.map(run, calls))


def test_one_of_several_twins_is_published():
    scene = cases.scene()
    twins = [scene.draft().code for _ in range(4)]
    at_once(
        *(
            lambda code=code: services.submit(demand_code=code, by="system", at=NOW)
            for code in twins
        )
    )
    states = sorted(queries.demand(code).state for code in twins)
    assert states == ["attesting", "draft", "draft", "draft"]


def test_an_offer_is_accepted_or_taken_back_but_not_both():
    cases.install_model()
    code = cases.scene().assessed().code
    at_once(
        lambda: services.accept_offer(demand_code=code, by="ann", at=NOW),
        lambda: services.accept_offer(demand_code=code, by="ann", at=NOW),
        lambda: services.expire_due(at=cases.days(30)),
    )
    demand = queries.demand(code)
    taken = [t.event for t in queries.transitions(code) if t.is_taken]
    assert taken.count("accept") + taken.count("expire") <= 1 + (demand.state == "expired")
    offer = queries.offers(code).get()
    if demand.state == "accepted":
        assert (offer.accepted_by, offer.withdrawn_at) == ("ann", None)
    else:
        assert demand.state == "expired"
        assert offer.withdrawn_at == cases.days(30)
