"""The operator's form that changes a loan in service, as two people."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from longtail.interfaces.web.forms.changes import NEEDS, ChangeForm
from longtail.interfaces.web.views.homes import changes
from longtail.servicing import queries
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db


class Operator:
    """Somebody of the operator's; colleagues are not needed to ask what is missing."""

    code, username = "OPR-1", "ann"


@pytest.mark.parametrize("act", sorted(NEEDS))
def test_a_change_asks_for_what_it_needs(act):
    form = ChangeForm(
        {"act": act, "reason": "Agreed with everybody."},
        request=RequestFactory().get("/"),
        acting=Operator(),
        events=[],
        currency="USD",
    )
    assert not form.is_valid()
    needed = {n for n in NEEDS[act] if n in form.errors}
    assert needed == set(NEEDS[act])


def said(act, **more):
    """Return a cleaned form."""
    empty = dict.fromkeys(("event", "amount_minor", "rate", "count", "day"))
    two = {"reason": "Agreed with everybody.", "seconded_by": "bob"}
    return {"act": act, "is_capitalised": False} | empty | two | more


def test_every_change_reaches_its_service():
    agreement = world.drawn()
    day = world.START + days(3)
    world.pay(agreement, 1_000, day)
    world.pay(agreement, 1_000, day)
    first, second = [e.key for e in queries.events(agreement.code)][1:]
    late = world.START + days(60)

    def change(act, **more):
        changes.carry(agreement.code, said(act, **more), by="ann", at=at(late))
        return queries.events(agreement.code).order_by("-id").first()

    assert change("fee", amount_minor=500).kind == "fee"
    fee = queries.events(agreement.code).order_by("-id").first()
    assert change("waive", event=fee.key).kind == "reversal"
    assert change("reverse", event=first).kind == "reversal"
    assert change("charge_back", event=second, day=late).kind == "chargeback"
    assert change("rate", rate=900, day=late).kind == "rate-change"
    assert change("holiday", count=1).kind == "holiday"
    assert change("re_age").kind == "re-ageing"
    first_due = late + days(30)
    assert change("re_amortise", count=6, day=first_due).kind == "re-amortisation"
    assert change("write_off_part", amount_minor=1_000).kind == "partial-write-off"
    more = {"amount_minor": 2_000, "rate": 600, "count": 9, "day": first_due}
    row = change("restructure", **more)
    assert (row.kind, row.by, row.seconded_by) == ("restructuring", "ann", "bob")
    assert queries.refolded_differences() == []
