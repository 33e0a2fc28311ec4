"""A wallet with money in the sandbox bank, and the two people who pay from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from longtail.ledger import chart, posting, queries
from longtail.ledger.custodian import courier, keyring, services
from longtail.ledger.custodian.messages import signing
from longtail.ledger.custodian.messages.signing import Letter
from longtail.ledger.custodian.models import Message
from longtail.ledger.custodian.sandbox import mail
from longtail.ledger.custodian.sandbox import services as bank
from longtail.values.money import Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = NOW.date()
USD = "USD"
ANN = chart.wallet("ANN", USD)
PAYEE = services.Payee(name="Bo's Bakery", account="GB82WEST12345698765432", bic="NWBKGB2L")


def usd(minor):
    return Money(minor, USD)


def days(n):
    return NOW + timedelta(days=n)


def open_wallet():
    posting.open_account(ANN)
    return services.assign_reference(account_code=ANN.code)


def pay_in(minor, *, reference=None, at=NOW, key=""):
    bank.pay_in(
        reference=reference or open_wallet(),
        amount=usd(minor),
        remitter="Ann Ltd",
        value_date=at.date(),
        at=at,
        key=key,
    )


def fund(minor, at=NOW):
    pay_in(minor, at=at)
    courier.exchange(at=at)


def prepare(minor=400, *, key="pay:1", payee=PAYEE, at=NOW):
    return services.prepare_payment(
        key=key,
        account_code=ANN.code,
        payee=payee,
        amount=usd(minor),
        reference="AGR-1",
        purpose="Drawdown",
        by="mia",
        at=at,
    )


def release(minor=400, *, key="pay:1", payee=PAYEE, at=NOW):
    code = prepare(minor, key=key, payee=payee, at=at).code
    services.release_payment(code=code, by="leo", at=at)
    return code


def balance():
    return queries.balance(ANN.code)


def untie_instructions():
    """Switch the triggers off, as an insider with rights on the database could."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table custodian_instruction disable trigger user")
        cursor.execute("set constraints all deferred")


def by_bank(xml, *, at=NOW):
    """Return bytes signed as the bank signs them."""
    return mail.signed(xml, at=at)


def by_platform(xml, *, at=NOW, approvals=()):
    """Return bytes signed with the platform's own key."""
    return signing.sign(xml, private_jwk=keyring.own_key(), at=at, approvals=approvals)


def letter_of(message):
    """Return a kept message as it travelled."""
    return Letter(bytes(message.body), message.signature)


def heard():
    """Return the first message taken in, as bytes."""
    return bytes(Message.objects.filter(way="in").order_by("id")[0].body)
