"""The sandbox bank misbehaves on demand, the same way for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.faults import VARIANTS, falls, garbled, regrouped
from tests.ledger.custodian.desk import NOW, TODAY, balance, days, fund, pay_in
from tests.ledger.custodian.test_breaks import book
from tests.ledger.custodian.test_messages import XML

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_whatever_the_line_does_to_messages_the_statement_sets_it_right(variant):
    bank.set_faults(corrupt=1000, variant=variant, seed=5)
    for n in range(3):
        pay_in(100 + n, key=f"k{n}")
    done = courier.exchange(at=NOW)
    assert (done.refused, done.booked) == (3, 0)
    assert len(queries.refused_messages()) == 3
    bank.set_faults()
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert balance().posted_minor == 303
    assert ledger.is_sound() == []


@pytest.mark.parametrize(("fault", "kind"), [("split", "split"), ("merge", "merged")])
def test_entries_booked_in_other_parts_are_breaks_and_never_booked_again(fault, kind):
    for n in range(4):
        pay_in(100 + n)
    courier.exchange(at=NOW)
    bank.set_faults(**{fault: 1000})
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert {x.kind for x in found.breaks.all()} == {kind}
    assert found.ledger_minor == found.custodian_minor == found.claims_minor
    bank.set_faults()
    assert courier.catch_up(on=TODAY, currency="USD", at=days(1)) == 0
    assert CashEntry.objects.count() == 4


@given(st.integers(0, 10**6), st.sampled_from(["", *VARIANTS]))
def test_garbling_always_changes_and_always_the_same(seed, variant):
    once = garbled(XML, variant=variant, seed=seed)
    assert once != XML
    assert once == garbled(XML, variant=variant, seed=seed)


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 100))
def test_regrouping_keeps_the_sum_and_the_seed_decides(split, merge, seed):
    lines = book(20)
    found = regrouped(lines, split=split, merge=merge, seed=seed)
    assert found == regrouped(lines, split=split, merge=merge, seed=seed)
    assert sum(x.signed_minor for x in found) == sum(x.signed_minor for x in lines)
    assert len({x.entry_reference for x in found}) == len(found)


def test_seeds_differ_and_faults_fall_as_often_as_they_should():
    digests = [f"{n:064x}" for n in range(4_000)]
    hit = [sum(falls(d, "lose", 250, seed=s) for d in digests) for s in (1, 2)]
    assert all(850 <= n <= 1_150 for n in hit)
    assert [falls(d, "lose", 250, seed=1) for d in digests] != [
        falls(d, "lose", 250, seed=2) for d in digests
    ]


@pytest.mark.parametrize(
    "wrong", [{"lose": 1001}, {"nothing": 1}, {"variant": "tear"}, {"lose": -1}]
)
def test_faults_that_do_not_exist_are_refused(wrong):
    with pytest.raises(ValueError, match=r"between|no faults"):
        bank.set_faults(**wrong)
    with pytest.raises(ValueError, match="none of"):
        garbled(XML, variant="tear")
    fund(10)
    assert balance().posted_minor == 10
