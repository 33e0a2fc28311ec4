"""T5: what the bank did not say is refused; what it said wrong stands as a break."""

import json
from random import Random

import pytest

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, intake, keyring
from longtail.ledger.custodian.messages import signing
from longtail.ledger.custodian.messages.contents import MessageRefused
from longtail.ledger.custodian.messages.signing import Letter
from longtail.ledger.custodian.models import CashEntry, CustodianKey, Message, Statement
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import mail
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.faults import VARIANTS, garbled
from tests.ledger.custodian.desk import (
    NOW,
    TODAY,
    balance,
    by_bank,
    by_platform,
    days,
    fund,
    pay_in,
    release,
)

pytestmark = pytest.mark.django_db


def letters():
    """Return a notification of a credit, one of a debit, an answer and a statement."""
    fund(1_000)
    release()
    courier._write_order(at=NOW)
    courier._deliver(at=NOW)
    pay_in(70)
    return [*bank.collect(at=NOW), *bank.statement(on=TODAY, currency="USD")]


def books():
    return ledger.balances(), CashEntry.objects.count(), Statement.objects.count()


def test_no_mutation_of_a_hundred_and_more_is_taken_in():
    found = letters()
    before, tried = books(), 0
    for letter in found:
        for variant in VARIANTS:
            for seed in range(6):
                body = garbled(letter.body, variant=variant, seed=seed)
                with pytest.raises(MessageRefused, match="changed after it was signed"):
                    intake.take_in(Letter(body, letter.signature), at=NOW)
                tried += 1
    assert tried >= 100
    assert books() == before


def test_what_others_signed_is_not_taken_in():
    found = letters()
    before = books()
    for letter in found:
        for signature in (
            "",
            "x.y.z",
            by_platform(letter.body).signature,
            signing.sign(letter.body, private_jwk=signing.new_key(), at=NOW).signature,
            next(x for x in found if x is not letter).signature,
        ):
            with pytest.raises(MessageRefused):
                intake.take_in(Letter(letter.body, signature), at=NOW)
    assert books() == before
    for letter in found:
        assert intake.take_in(letter, at=NOW).is_new
    assert balance().posted_minor == 670


@pytest.mark.parametrize("variant", ["sign", "amount", "currency", "account", "reference"])
def test_a_mistake_that_the_bank_signs_is_refused_or_stands_as_a_break(variant):
    fund(1_000)
    bank.set_faults(mistake=1000, variant=variant, seed=3)
    pay_in(70)
    courier.exchange(at=NOW)
    bank.set_faults()
    found = reconcile(on=TODAY, currency="USD", at=NOW)
    assert ledger.is_sound() == []
    assert found.is_balanced or found.breaks.exists()
    assert (
        ledger.custodian_minor("USD")
        + sum(found.breaks.values_list("difference_minor", flat=True))
        == 1_070
    )


def test_five_hundred_random_changes_of_a_signed_statement_book_nothing():
    fund(1_000)
    pay_in(70)
    bank.collect(at=NOW)
    (letter,) = bank.statement(on=TODAY, currency="USD")
    random, refused = Random(5), 0
    before = books()
    for _ in range(500):
        xml = bytearray(letter.body)
        for _ in range(random.randint(1, 3)):
            xml[random.randrange(len(xml))] ^= random.randrange(1, 256)
        if bytes(xml) == letter.body:
            continue
        with pytest.raises(MessageRefused):
            intake.take_in(Letter(bytes(xml), letter.signature), at=NOW)
        refused += 1
    assert refused > 490
    assert books() == before


def test_a_second_key_of_the_banks_counts_when_two_people_registered_it(settings):
    fund(1_000)
    fresh = signing.new_key()
    old = settings.SANDBOX_BANK_KEY
    settings.SANDBOX_BANK_KEY = json.dumps(fresh)
    pay_in(50)
    assert courier.exchange(at=NOW).refused == 1
    public = signing.public_part(fresh)
    kid = keyring.propose(CustodianKey, public, by="mia", at=NOW)
    keyring.confirm(CustodianKey, kid, by="leo", at=NOW)
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert balance().posted_minor == 1_050
    settings.SANDBOX_BANK_KEY = old
    pay_in(5, at=days(1))
    courier.exchange(at=days(1))
    assert balance().posted_minor == 1_055
    kept = Message.objects.filter(way="in").exclude(signature="")
    for message in kept:
        letter = Letter(bytes(message.body), message.signature)
        signing.verify(letter, intake.custodian_keys(), at=message.at)


def test_a_signature_is_over_the_very_bytes():
    letter = by_bank(b"<Document/>")
    assert mail.signed(b"<Document/>", at=NOW).body == letter.body
    with pytest.raises(MessageRefused, match="changed"):
        signing.verify(
            Letter(letter.body + b"\n", letter.signature), intake.custodian_keys(), at=NOW
        )
