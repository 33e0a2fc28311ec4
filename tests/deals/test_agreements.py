"""An agreement freezes what was offered, once."""

from datetime import date

import pytest

from longtail.deals import queries, services
from longtail.deals.lifecycle import IllegalTransition
from longtail.terms.resolve import freeze, thaw
from tests.deals.cases import NOW, days, snapshot

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 31)


def sign(demand, day=DAY, at=NOW):
    return services.sign_agreement(demand_code=demand.code, drawdown_date=day, at=at)


def test_the_terms_are_those_of_the_offer(scene):
    demand = scene.reported("list", "fill")
    offer = queries.offer(demand.code)
    signed = sign(demand)
    terms = thaw(signed.terms)
    assert freeze(terms) == signed.terms
    assert (signed.principal_minor, signed.rate_bps) == (offer.amount_minor, offer.rate_bps)
    assert (terms.principal_minor, terms.rate_bps) == (offer.amount_minor, offer.rate_bps)
    assert (terms.mode_code, terms.mode_version) == ("p2p-guaranteed", 1)
    assert (terms.cover_bps, terms.guarantor_code) == (7_500, scene.guarantor.code)
    assert terms.regime_code == signed.regime_code == "open-sandbox"
    assert sum(i.principal_minor for i in terms.instalments) == offer.amount_minor
    assert len(terms.instalments) == 36
    assert signed.maturity_date == terms.instalments[-1].due_date
    assert (signed.enterprise, signed.guarantor) == (scene.enterprise, scene.guarantor)
    assert (signed.grade, signed.drawdown_date) == (offer.grade, DAY)


def test_signing_again_returns_the_same_agreement(scene):
    demand = scene.reported("list", "fill")
    first = sign(demand)
    again = sign(demand, day=date(2026, 5, 1), at=days(3))
    assert again.pk == first.pk
    assert again.drawdown_date == DAY
    services.record(demand_code=demand.code, event="draw_down", by="system", at=NOW)
    assert sign(demand).pk == first.pk


@pytest.mark.parametrize("events", [(), ("list",), ("list", "fail")])
def test_only_what_is_funded_is_signed(scene, events):
    demand = scene.reported(*events)
    before = snapshot(demand.code)
    with pytest.raises(IllegalTransition):
        sign(demand)
    assert snapshot(demand.code) == before
    assert queries.agreement_of(demand.code) is None
    assert queries.transitions(demand.code).last().event == "sign"


def test_agreements_are_found_by_party_and_state(scene):
    demand = scene.reported("list", "fill")
    signed = sign(demand)
    assert queries.agreement(signed.code) == signed
    assert queries.agreement_of(demand.code) == signed
    by = {
        "enterprise_code": scene.enterprise.code,
        "guarantor_code": scene.guarantor.code,
        "states": ["funded"],
    }
    assert list(queries.agreements(**by)) == [signed]
    for name in ("enterprise_code", "guarantor_code"):
        assert list(queries.agreements(**by | {name: "NOBODY"})) == []
    assert list(queries.agreements(states=["active"])) == []
