"""Couriers that crash between two steps, or run at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries
from longtail.ledger.custodian.models import CashEntry, Instruction, Message
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.models import Entry
from tests.ledger.custodian.desk import NOW, TODAY, balance, fund, pay_in, prepare, release


class Killed(BaseException):
    """The process died here."""


def die(**_):
    raise Killed


def crash(monkeypatch, owner, name):
    """Run an exchange that dies on reaching a step, then one that does not."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, lambda *_, **__: die())
        with pytest.raises(Killed):
            courier.exchange(at=NOW)
    courier.exchange(at=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (bank, "submit"),
        (Message, "save"),
        (bank, "collect"),
        (CashEntry.objects, "bulk_create"),
        (bank, "confirm"),
    ],
)
def test_an_exchange_that_dies_anywhere_is_finished_by_the_next(monkeypatch, owner, name):
    fund(1_000)
    codes = [release(100, key=f"pay:{n}") for n in range(3)]
    pay_in(50)
    crash(monkeypatch, owner, name)
    assert {queries.instruction(code).state for code in codes} == {"settled"}
    assert balance() == ledger.Balance(750, 0, 750, "USD")
    assert Entry.objects.count() == CashEntry.objects.count() == 5
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert ledger.is_sound() == []


def at_once(n, work):
    def attempt(i):
        try:
            return work(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(attempt, range(n)))


@pytest.mark.django_db(transaction=True)
def test_couriers_at_the_same_time_pay_and_book_once():
    fund(1_000)
    codes = [release(50, key=f"pay:{n}") for n in range(10)]
    pay_in(70)
    at_once(4, lambda _: courier.exchange(at=NOW))
    courier.exchange(at=NOW)
    assert {queries.instruction(code).state for code in codes} == {"settled"}
    assert balance() == ledger.Balance(570, 0, 570, "USD")
    assert Entry.objects.count() == 12
    assert queries.refused_messages() == []
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_prepared_at_the_same_time_is_held_once():
    fund(1_000)
    found = at_once(6, lambda _: prepare(400).code)
    assert len(set(found)) == 1
    assert balance().held_minor == 400
    assert Instruction.objects.count() == 1
