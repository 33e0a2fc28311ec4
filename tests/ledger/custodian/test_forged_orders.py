"""T1: an owner with the application and the database cannot move clients' money."""

import base64
import json
from dataclasses import replace

import pytest
from django.db import connection
from joserfc import jws
from joserfc.jwk import OctKey

from longtail.ledger.custodian import courier, keyring, queries
from longtail.ledger.custodian.messages import orders, signing
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    MessageRefused,
    Payee,
    PaymentOrder,
)
from longtail.ledger.custodian.messages.signing import Approval, Letter, payment_digest
from longtail.ledger.custodian.models import Instruction, Message
from longtail.ledger.custodian.sandbox import desk as clerks
from longtail.ledger.custodian.sandbox import services as bank
from longtail.ledger.custodian.sandbox.models import Entry, PlatformKey
from longtail.values.eyes import FourEyesRequired
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from tests.ledger.custodian.desk import (
    NOW,
    PAYEE,
    balance,
    by_platform,
    days,
    fund,
    letter_of,
    release,
    untie_instructions,
    usd,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attended")]
MALLORY = Payee(name="Mallory", account="GB33BUKB20201555555555", bic="BUKBGB22")


def confirm(reference="AGR-1", payee=PAYEE, limit=400):
    """Let two of the bank's people confirm a payee."""
    found = clerks.propose_payee(
        reference=reference,
        payee=payee,
        limit=usd(limit),
        paid_in_by="",
        by="carl",
        at=NOW,
    )
    clerks.confirm_payee(payee_id=found.pk, by="dora", at=NOW)


@pytest.fixture
def honest():
    """A released payment of 400 to the confirmed payee: signed, not handed over yet."""
    fund(10_000)
    confirm()
    release()
    courier._write_order(at=NOW)
    return letter_of(Message.objects.get(way="out"))


def paid():
    return list(
        Entry.objects.filter(direction="DBIT").values_list("amount_minor", flat=True)
    )


def transfer(**changes):
    known = {
        "end_to_end_id": "PAY-FORGED",
        "amount": usd(400),
        "payee": PAYEE,
        "remittance": "AGR-1 Drawdown",
        "reference": "AGR-1",
    }
    return CreditTransfer(**known | changes)


def signed(*transfers, message_id="ORD-FORGED", people=("mia", "leo"), approvals=None):
    """Return an order signed with the platform's own key, as its owner could."""
    order = PaymentOrder(message_id=message_id, created_at=NOW, transfers=transfers)
    named = [
        Approval(
            end_to_end_id=t.end_to_end_id,
            sha256=payment_digest(t),
            prepared_by=people[0],
            released_by=people[1],
        )
        for t in transfers
    ]
    xml = orders.write_order(order)
    return by_platform(xml, approvals=named if approvals is None else approvals)


# Bytes changed after signing.
CHANGES = {
    "another payee account": (b"GB82WEST12345698765432", b"GB33BUKB20201555555555"),
    "another payee name": (b"Bo's Bakery", b"Mallory"),
    "another bank": (b"NWBKGB2L", b"BUKBGB22"),
    "another amount": (b">4.00</InstdAmt>", b">9.00</InstdAmt>"),
    "another amount and sum": (b">4.00<", b">9.00<"),
    "another currency": (b'"USD"', b'"EUR"'),
    "another end-to-end id": (b"<EndToEndId>PAY-", b"<EndToEndId>PAX-"),
    "another message id": (b"<MsgId>ORD-", b"<MsgId>ORX-"),
    "another reference": (b"<Ref>AGR-1", b"<Ref>AGR-2"),
    "another purpose": (b"AGR-1 Drawdown", b"AGR-1 Gift"),
    "another trust account": (b"TRUST-USD", b"TRUST-CNY"),
    "another day": (b"<ReqdExctnDt><Dt>2026", b"<ReqdExctnDt><Dt>2025"),
    "a space at the end": (b"</Document>", b"</Document> "),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_after_signing_is_not_executed(honest, name):
    old, new = CHANGES[name]
    assert old in honest.body
    changed = Letter(honest.body.replace(old, new), honest.signature)
    with pytest.raises(MessageRefused, match="changed after it was signed"):
        bank.submit(changed, at=NOW)
    assert paid() == []


def parts(signature):
    return signature.split(".")


def encoded(thing):
    return base64.urlsafe_b64encode(json.dumps(thing).encode()).rstrip(b"=").decode()


def with_header(honest, **changes):
    _, payload, tag = parts(honest.signature)
    header = {
        "alg": "Ed25519",
        "typ": signing.TYPE,
        "kid": signing.key_id(keyring.own_key()),
    }
    return f"{encoded(header | changes)}.{payload}.{tag}"


def by_shared_secret(honest):
    """Sign with the public key as a shared secret, the classic confusion."""
    public = signing.public_part(keyring.own_key())
    key = OctKey.import_key(public["x"].encode())
    header = {"alg": "HS256", "typ": signing.TYPE, "kid": signing.key_id(public)}
    payload = base64.urlsafe_b64decode(parts(honest.signature)[1] + "==")
    return jws.serialize_compact(header, payload, key)


def by_another(honest):
    return signing.sign(honest.body, private_jwk=signing.new_key(), at=NOW).signature


def with_own_key(honest):
    return with_header(honest, jwk=signing.public_part(signing.new_key()))


SIGNATURES = {
    "none": lambda _: "",
    "not a signature": lambda _: "yes",
    "no tag": lambda x: ".".join(parts(x.signature)[:2]) + ".",
    "another key": by_another,
    "another message's": lambda _: by_platform(b"<other/>").signature,
    "no algorithm": lambda x: with_header(x, alg="none"),
    "a shared secret": by_shared_secret,
    "an unknown key id": lambda x: with_header(x, kid="me"),
    "a key of its own": with_own_key,
    "another type": lambda x: with_header(x, typ="JWT"),
    "half of the tag": lambda x: x.signature[:-40],
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_what_the_platform_did_not_sign_is_not_executed(honest, name):
    forged = Letter(honest.body, SIGNATURES[name](honest))
    with pytest.raises(MessageRefused):
        bank.submit(forged, at=NOW)
    assert paid() == []


# Signed with the platform's own key: what the bank itself has to refuse.
RESIGNED = {
    "another payee account": lambda: signed(transfer(payee=MALLORY)),
    "the payee's name, another account": lambda: signed(
        transfer(payee=replace(PAYEE, account=MALLORY.account))
    ),
    "an unknown reference": lambda: signed(transfer(reference="AGR-9")),
    "no reference": lambda: signed(transfer(reference="")),
    "above what the agreement is for": lambda: signed(transfer(amount=usd(401))),
    "another currency": lambda: signed(transfer(amount=Money(400, "EUR"))),
    "in two parts, above it together": lambda: signed(
        transfer(amount=usd(401), end_to_end_id="A"),
        transfer(amount=usd(402), end_to_end_id="B"),
    ),
    "an entry, to another account": lambda: signed(
        transfer(reference="LSBUSD000000000001", payee=MALLORY)
    ),
    "more than the entry that goes back": lambda: signed(
        transfer(
            reference="LSBUSD000000000001",
            payee=replace(PAYEE, account=came_from(), bic=""),
            amount=usd(10_001),
        )
    ),
    "nobody's approval": lambda: signed(transfer(), approvals=()),
    "one person alone": lambda: signed(transfer(), people=("mia", "mia")),
    "prepared, never released": lambda: signed(transfer(), people=("mia", "")),
    "released, never prepared": lambda: signed(transfer(), people=("", "leo")),
    "the approval of another amount": lambda: signed(
        transfer(), approvals=approval_of(transfer(amount=usd(1)))
    ),
    "the approval of another payee": lambda: signed(
        transfer(), approvals=approval_of(transfer(payee=MALLORY))
    ),
    "one approval for two payments": lambda: signed(
        transfer(), transfer(end_to_end_id="B"), approvals=approval_of(transfer())
    ),
    "the same payment twice": lambda: signed(transfer(), transfer()),
}


def came_from():
    return Entry.objects.get(entry_reference="LSBUSD000000000001").counterparty_account


def approval_of(found):
    return [
        Approval(
            end_to_end_id=found.end_to_end_id,
            sha256=payment_digest(found),
            prepared_by="mia",
            released_by="leo",
        )
    ]


@pytest.mark.parametrize("name", RESIGNED)
def test_what_the_owner_signs_himself_is_not_executed(honest, name):
    assert honest.signature
    try:
        bank.submit(RESIGNED[name](), at=NOW)
    except MessageRefused:
        assert bank.collect(at=NOW) == []
    assert paid() == []


def test_at_least_thirty_forgeries_were_tried():
    assert len(CHANGES) + len(SIGNATURES) + len(RESIGNED) >= 40


def test_the_honest_order_is_executed_once_however_often_it_is_sent(honest):
    for n in range(3):
        bank.submit(honest, at=days(n))
    again = by_platform(honest.body, at=days(4))
    assert again.signature != honest.signature
    bank.submit(again, at=days(4))
    assert paid() == [400]


@pytest.mark.parametrize("changes", [{}, {"amount": usd(1)}])
def test_a_used_payment_or_message_id_is_not_executed_again(honest, changes):
    bank.submit(honest, at=NOW)
    code = Instruction.objects.get().code
    confirm(limit=10_000)
    bank.submit(signed(transfer(end_to_end_id=code, **changes)), at=NOW)
    used = Message.objects.get(way="out").message_id
    with pytest.raises(MessageRefused, match="DU01"):
        bank.submit(signed(transfer(end_to_end_id="NEW"), message_id=used), at=NOW)
    assert paid() == [400]
    # The refusal of the copy does not undo the payment itself.
    courier.exchange(at=NOW)
    assert queries.instruction(code).state == "settled"
    assert balance().posted_minor == 9_600


def test_an_order_changed_in_the_database_is_refused_and_the_money_stays_held(honest):
    assert honest.signature
    untie_instructions()
    with connection.cursor() as cursor:
        cursor.execute("alter table custodian_message disable trigger user")
    forged = honest.body.replace(b"GB82WEST12345698765432", b"GB33BUKB20201555555555")
    Message.objects.filter(way="out").update(body=forged)
    courier.exchange(at=NOW)
    assert paid() == []
    (refused,) = queries.refused_orders()
    assert "changed after it was signed" in refused.reason
    assert balance().held_minor == 400


def test_a_payment_released_by_one_person_behind_the_database_is_refused():
    fund(1_000)
    confirm()
    code = release()
    untie_instructions()
    with connection.cursor() as cursor:
        cursor.execute(
            "alter table custodian_instruction drop constraint instruction_four_eyes"
        )
    Instruction.objects.update(released_by="mia")
    courier.exchange(at=NOW)
    assert paid() == []
    assert "two people" in queries.refused_orders()[0].reason
    assert queries.instruction(code).state == "sent"


def test_a_payee_is_confirmed_by_a_second_of_the_banks_people():
    fund(1_000)
    found = clerks.propose_payee(
        reference="AGR-1", payee=PAYEE, limit=usd(400), paid_in_by="", by="carl", at=NOW
    )
    with pytest.raises(FourEyesRequired):
        clerks.confirm_payee(payee_id=found.pk, by="carl", at=NOW)
    with pytest.raises(clerks.UnknownPayee):
        clerks.confirm_payee(payee_id=0, by="dora", at=NOW)
    first = release(key="first")
    courier.exchange(at=NOW)
    assert "MD01" in queries.instruction(first).reason
    assert balance().available_minor == 1_000
    clerks.confirm_payee(payee_id=found.pk, by="dora", at=NOW)
    second = release(key="second")
    courier.exchange(at=NOW)
    assert queries.instruction(second).state == "settled"
    assert paid() == [400]
    third = release(1, key="third")
    courier.exchange(at=NOW)
    assert "AM02" in queries.instruction(third).reason
    with pytest.raises(InvalidInput):
        clerks.propose_payee(
            reference="", payee=Payee(name="X", account="?"), limit=usd(-1), paid_in_by="",
            by="carl", at=NOW,
        )  # fmt: skip


def test_a_new_key_counts_once_two_people_registered_it_and_the_old_still_verifies(
    settings,
):
    fund(1_000)
    confirm(limit=1_000)
    release(100, key="old")
    courier.exchange(at=NOW)
    old = letter_of(Message.objects.filter(way="out").first())
    fresh = signing.new_key()
    settings.CUSTODIAN_KEY = json.dumps(fresh)
    code = release(50, key="new", at=days(1))
    courier.exchange(at=days(1))
    assert "not registered" in queries.refused_orders()[0].reason
    kid = keyring.propose(PlatformKey, signing.public_part(fresh), by="carl", at=days(1))
    with pytest.raises(FourEyesRequired):
        keyring.confirm(PlatformKey, kid, by="carl", at=days(1))
    courier.catch_up(on=NOW.date(), currency="USD", at=days(1))
    assert queries.instruction(code).state == "sent"
    keyring.confirm(PlatformKey, kid, by="dora", at=days(1))
    # What waited goes through as it was signed.
    courier.catch_up(on=NOW.date(), currency="USD", at=days(1))
    courier.exchange(at=days(1))
    assert queries.instruction(code).state == "settled"
    assert queries.refused_orders() == []

    first = json.loads(settings.SANDBOX_TRUSTED_KEY)
    old_kid = keyring.propose(PlatformKey, first, by="carl", at=days(2))
    keyring.confirm(PlatformKey, old_kid, by="dora", at=days(2))
    assert not keyring.retire(PlatformKey, old_kid, by="carl", at=days(2))
    assert keyring.retire(PlatformKey, old_kid, by="dora", at=days(2))
    # Signed before it was retired: still evidence. After: nothing.
    assert signing.verify(old, clerks.platform_keys(), at=days(1))
    with pytest.raises(MessageRefused, match="retired"):
        signing.verify(old, clerks.platform_keys(), at=days(3))
    with pytest.raises(keyring.UnknownKey):
        keyring.retire(PlatformKey, "nobody's", by="carl", at=days(2))


def test_a_private_key_is_never_registered():
    with pytest.raises(InvalidInput):
        keyring.propose(PlatformKey, signing.new_key(), by="carl", at=NOW)
    assert not PlatformKey.objects.exists()
    assert not signing.is_public_key({"kty": "OKP", "crv": "Ed25519", "x": "short"})
