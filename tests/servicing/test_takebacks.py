"""A payer's bank takes a payment back: from the bank's entry to the next payment."""

from __future__ import annotations

import pytest

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, reconcile
from longtail.ledger.custodian.breaks import BreakKind
from longtail.ledger.custodian.models import CashEntry
from longtail.ledger.custodian.sandbox import services as bank
from longtail.servicing import models, queries, services
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db
WHY = "MD06 Refund requested by the payer"


def paid_once():
    """Return an agreement whose first instalment came in and went to its holders."""
    agreement = world.drawn()
    first = world.snapshot(agreement).next_due_date
    world.pay(agreement, 20_000, first)
    entry = CashEntry.objects.get(account=world.collection(agreement))
    return agreement, first, entry


def books(day):
    """Return what of the day's comparison does not fit."""
    made = reconcile.reconcile(on=day, currency="USD", at=at(day, hour=23))
    equal = made.ledger_minor == made.custodian_minor == made.claims_minor
    return equal, [(b.kind, b.difference_minor) for b in made.breaks.all()]


@pytest.mark.parametrize("is_named", [True, False])
def test_pay_in_distribute_charge_back_pay_again(is_named):
    agreement, first, entry = paid_once()
    if not is_named:
        # Without a name the payer's own end-to-end id is all there is.
        named_by_payer(entry)
    assert books(first) == (True, [])
    wallets = [world.wallet(code) for code in world.holders(agreement)]
    day = first + days(5)
    for _ in range(2):
        bank.take_back(
            entry_reference=entry.entry_reference,
            reason=WHY,
            at=at(day),
            is_named=is_named,
        )
        courier.exchange(at=at(day))
        services.take_receipts(at=at(day))
    (event,) = models.AgreementEvent.objects.filter(kind="chargeback")
    assert event.key == f"chargeback:receipt:{entry.pk}"
    assert (event.amount_minor, event.by) == (20_000, "system")
    assert event.reason.startswith(WHY)
    # No wallet is touched; the custodian has less until the next payment.
    assert [world.wallet(code) for code in world.holders(agreement)] == wallets
    assert books(day) == (False, [(BreakKind.CHARGED_BACK, -20_000)])
    later = day + days(10)
    world.pay(agreement, 15_000, later)
    assert books(later) == (False, [(BreakKind.CHARGED_BACK, -5_000)])
    world.pay(agreement, 8_000, later + days(1))
    assert books(later + days(1)) == (True, [])
    assert world.balance(world.collection(agreement)) == 0
    paid = sum(world.wallet(code) for code in world.holders(agreement)) - sum(wallets)
    assert paid == 15_000 + 8_000 - 20_000
    assert ledger.is_sound() == queries.refolded_differences() == []


def named_by_payer(entry):
    """Let the bank and us know the entry by its payer's end-to-end id."""
    from django.db import connection

    from longtail.ledger.custodian.sandbox.models import Entry

    rows = Entry.objects.filter(entry_reference=entry.entry_reference)
    rows.update(end_to_end_id="THEIR-OWN-1")
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table custodian_cashentry disable trigger user")
        CashEntry.objects.filter(pk=entry.pk).update(end_to_end_id="THEIR-OWN-1")
        cursor.execute("alter table custodian_cashentry enable trigger user")


def test_a_chargeback_of_a_reversed_payment_owes_its_payer_nothing_more():
    agreement, first, entry = paid_once()
    key = f"receipt:{entry.pk}"
    services.reverse_payment(
        event_key=key, by="ann", seconded_by="bob", reason="Wrong debtor", at=at(first)
    )
    day = first + days(2)
    bank.take_back(entry_reference=entry.entry_reference, reason=WHY, at=at(day))
    courier.exchange(at=at(day))
    services.take_receipts(at=at(day))
    world.pay(agreement, 30_000, day + days(1))
    with pytest.raises(services.NothingToRefund):
        services.return_payment(event_key=key, by="ann", at=at(day + days(1)))
    assert books(day + days(1)) == (True, [])
    given = sum(world.wallet(code) for code in world.holders(agreement))
    assert given + world.balance(world.collection(agreement)) == 30_000
    assert ledger.is_sound() == queries.refolded_differences() == []


def test_a_chargeback_recorded_by_people_is_not_taken_in_again():
    agreement, first, entry = paid_once()
    services.charge_back(
        event_key=f"receipt:{entry.pk}",
        value_date=first,
        by="ann",
        seconded_by="bob",
        reason="The bank called.",
        at=at(first),
    )
    bank.take_back(entry_reference=entry.entry_reference, reason=WHY, at=at(first))
    courier.exchange(at=at(first))
    services.take_receipts(at=at(first))
    assert models.AgreementEvent.objects.filter(kind="chargeback").count() == 1
    world.pay(agreement, 20_000, first + days(1))
    assert books(first + days(1)) == (True, [])


def test_news_of_a_chargeback_may_come_before_that_of_the_payment():
    agreement = world.drawn()
    first = world.snapshot(agreement).next_due_date
    bank.set_faults(lose=1000)
    world.send([(agreement, 20_000, first)], arrives=first)
    from longtail.ledger.custodian.sandbox.models import Entry

    theirs = Entry.objects.order_by("-id").first()
    bank.set_faults()
    bank.take_back(entry_reference=theirs.entry_reference, reason=WHY, at=at(first))
    courier.exchange(at=at(first))
    assert services.take_receipts(at=at(first)) == 0
    # The statement tells both: the payment is booked, then what took it back.
    reconcile.reconcile(on=first, currency="USD", at=at(first, hour=23))
    reconcile.reconcile(on=first + days(1), currency="USD", at=at(first + days(1), hour=23))
    assert services.take_receipts(at=at(first + days(1))) == 1
    kinds = models.AgreementEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["drawdown", "payment", "chargeback"]
    assert ledger.is_sound() == queries.refolded_differences() == []
