"""The line to the bank delays, loses, repeats, reorders and corrupts; money does not."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, intake, queries
from longtail.ledger.custodian.messages.contents import MessageRefused, Payee
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.models import Mail
from longtail.values.refusal import Refusal
from tests.ledger.custodian.desk import (
    NOW,
    TODAY,
    balance,
    by_bank,
    days,
    fund,
    heard,
    letter_of,
    pay_in,
    release,
)

pytestmark = pytest.mark.django_db


def state(code):
    return queries.instruction(code).state


def test_a_delayed_message_is_taken_in_when_it_comes():
    bank.set_faults(delay=timedelta(days=2))
    fund(1_000)
    assert ledger.balances().get("custodian:USD") is None
    courier.exchange(at=days(2))
    assert balance().posted_minor == 1_000


def test_a_repeated_message_changes_nothing():
    bank.set_faults(repeat=1000)
    fund(1_000)
    code = release()
    courier.exchange(at=NOW)
    assert (state(code), balance().posted_minor) == ("settled", 600)
    assert CashEntry.objects.count() == 2
    again = Mail.objects.order_by("id")[0]
    assert intake.take_in(letter_of(again), at=days(3)).is_new is False
    assert ledger.is_sound() == []


def test_answers_that_overtake_each_other_end_the_same():
    fund(1_000)
    code = release()
    courier._write_order(at=NOW)
    courier._deliver(at=NOW)
    report, notification = bank.collect(at=NOW)
    intake.take_in(notification, at=NOW)
    assert state(code) == "settled"
    intake.take_in(report, at=NOW)
    assert state(code) == "settled"


def test_a_lost_notification_is_caught_up_when_the_statement_comes():
    fund(1_000)
    code = release()
    bank.set_faults(lose=1000)
    pay_in(50)
    courier.exchange(at=NOW)
    assert (state(code), balance().posted_minor) == ("sent", 1_000)

    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert found.is_balanced, list(found.breaks.values())
    assert (found.custodian_minor, found.ledger_minor) == (650, 650)
    assert (state(code), balance().posted_minor) == ("settled", 650)
    bank.set_faults()
    assert courier.catch_up(on=TODAY, currency="USD", at=days(1)) == 0
    assert reconcile(on=days(1).date(), currency="USD", at=days(1)).is_balanced


def test_a_lost_rejection_is_asked_for_again():
    fund(1_000)
    code = release(payee=Payee(name="Bo", account="?"))
    bank.set_faults(lose=1000)
    courier.exchange(at=NOW)
    assert state(code) == "sent"
    bank.set_faults()
    courier.catch_up(on=TODAY, currency="USD", at=NOW)
    courier.exchange(at=NOW)
    assert (state(code), balance().available_minor) == ("rejected", 1_000)


def test_a_corrupt_message_is_kept_as_evidence_and_caught_up():
    bank.set_faults(corrupt=1000)
    fund(1_000)
    (refused,) = queries.refused_messages()
    assert refused.reason == "The message was changed after it was signed."
    assert courier.exchange(at=NOW).refused == 0
    assert courier.catch_up(on=TODAY, currency="USD", at=NOW) == 1
    assert balance().posted_minor == 1_000


def test_a_message_that_contradicts_an_earlier_one_is_refused():
    fund(1_000)
    taken = heard()
    changed = taken.replace(b"10.00", b"99.00")
    with pytest.raises(MessageRefused, match="other contents"):
        intake.take_in(by_bank(changed), at=NOW)
    renamed = changed.replace(b"NTF-", b"NEW-")
    with pytest.raises(MessageRefused, match=r"booked as USD 10\.00"):
        intake.take_in(by_bank(renamed), at=NOW)
    assert balance().posted_minor == 1_000


def test_an_entry_told_twice_in_different_messages_is_booked_once():
    fund(1_000)
    taken = heard()
    result = intake.take_in(by_bank(taken.replace(b"NTF-", b"NEW-")), at=NOW)
    assert (result.is_new, result.booked) == (True, 0)
    assert balance().posted_minor == 1_000


def test_a_notification_of_a_foreign_account_is_refused():
    fund(1_000)
    taken = heard()
    changed = taken.replace(b"NTF-", b"NEW-").replace(b"TRUST-USD", b"TRUST-EUR")
    with pytest.raises(MessageRefused, match="holds no USD"):
        intake.take_in(by_bank(changed), at=NOW)


def test_a_debit_that_nobody_asked_for_touches_no_client():
    fund(1_000)
    taken = heard()
    forged = taken.replace(b"CRDT", b"DBIT").replace(b"LSBUSD", b"XXXUSD")
    result = intake.take_in(by_bank(forged.replace(b"NTF-", b"NEW-")), at=NOW)
    assert result.booked == 0
    assert "Not booked" in result.message.reason
    assert balance().posted_minor == 1_000


class TestWorstLine(TestCase):
    """However the line fails, catching up from statements makes everything agree."""

    amounts = st.integers(1, 900)
    faults = st.fixed_dictionaries(
        {name: st.integers(0, 1000) for name in ("lose", "repeat", "corrupt")},
        optional={
            "reorder": st.booleans(),
            "delay": st.integers(0, 3).map(lambda n: timedelta(days=n)),
        },
    )

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.tuples(faults, st.integers(1, 900), st.integers(1, 900)), max_size=4)
    )
    def test_the_three_sides_agree_in_the_end(self, story):
        fund(1_000)
        for n, (faults, paid_in, paid_out) in enumerate(story, start=1):
            bank.set_faults(**faults)
            pay_in(paid_in, at=days(n))
            try:
                release(paid_out, key=f"pay:{n}", at=days(n))
            except Refusal:
                assert balance().available_minor < paid_out
            courier.exchange(at=days(n))
            assert ledger.is_sound() == []
        bank.set_faults()
        end = days(len(story) + 5)
        courier.catch_up(on=end.date(), currency="USD", at=end)
        courier.exchange(at=end)
        found = reconcile(on=end.date(), currency="USD", at=end)
        assert found.is_balanced, list(found.breaks.values())
        assert {i.state for i in queries.instructions()} <= {"settled", "rejected"}
        assert balance().held_minor == 0
        assert ledger.is_sound() == []
