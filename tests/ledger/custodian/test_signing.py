"""A signature beside a message: whose it is, what it covers, how it refuses; pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from longtail.ledger.custodian.breaks import AGES, OLDEST, age_bucket
from longtail.ledger.custodian.messages.contents import CreditTransfer, Payee
from longtail.ledger.custodian.messages.signing import (
    ALGORITHM,
    REGISTRY,
    TYPE,
    Approval,
    Letter,
    SignatureRefused,
    TrustedKey,
    is_public_key,
    key_id,
    new_key,
    payment_digest,
    public_part,
    require_approved,
    sign,
    verify,
)
from longtail.values.money import Money

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
BODY = b"<Document/>"
# The key of RFC 8037, appendix A.1, and its thumbprint of appendix A.3.
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
PUBLIC = {name: KEY[name] for name in ("kty", "crv", "x")}
TRUSTED = TrustedKey(kid=KID, jwk=PUBLIC)
OTHER = new_key()
PAYEE = Payee(name="Ann", account="DE89370400440532013000", bic="COBADEFFXXX")
TRANSFER = CreditTransfer(
    end_to_end_id="PAY-1",
    amount=Money(400, "USD"),
    payee=PAYEE,
    remittance="AGR-1 Drawdown",
    reference="AGR-1",
)


def approved(transfer, prepared="mia", released="leo"):
    return Approval(
        end_to_end_id=transfer.end_to_end_id,
        sha256=payment_digest(transfer),
        prepared_by=prepared,
        released_by=released,
    )


APPROVAL = approved(TRANSFER)
SIGNED = sign(BODY, private_jwk=KEY, at=NOW, approvals=[APPROVAL])


def with_(header=None, payload=None, key=KEY):
    """Return the letter signed with another header or over another payload."""
    found = jws.extract_compact(SIGNED.signature.encode(), registry=REGISTRY)
    header = found.headers() if header is None else header
    payload = found.payload if payload is None else payload
    signed = jws.serialize_compact(
        header,
        payload,
        OKPKey.import_key(dict(key)),
        registry=jws.JWSRegistry(
            algorithms=[ALGORITHM, "EdDSA"], strict_check_header=False
        ),
    )
    return Letter(BODY, signed)


HEADER = {"alg": ALGORITHM, "typ": TYPE, "kid": KID}


def test_a_key_is_named_by_its_thumbprint():
    assert key_id(KEY) == key_id(PUBLIC) == KID
    assert public_part(KEY) == PUBLIC
    assert is_public_key(public_part(new_key()))
    assert set(OTHER) >= {"kty", "crv", "x", "d"}


@pytest.mark.parametrize(
    "jwk",
    [
        KEY,
        {},
        PUBLIC | {"kid": KID},
        PUBLIC | {"kty": "EC"},
        PUBLIC | {"crv": "X25519"},
        PUBLIC | {"x": "short"},
        PUBLIC | {"x": 5},
    ],
)
def test_only_a_bare_public_key_is_one(jwk):
    assert not is_public_key(jwk)


def test_what_was_signed_is_read_back():
    assert verify(SIGNED, [TrustedKey(kid="x", jwk=OTHER), TRUSTED], at=NOW) == (APPROVAL,)
    assert verify(sign(BODY, private_jwk=KEY, at=NOW), [TRUSTED], at=NOW) == ()
    found = jws.extract_compact(SIGNED.signature.encode(), registry=REGISTRY)
    assert found.headers() == HEADER
    east = sign(BODY, private_jwk=KEY, at=NOW.astimezone(timezone(timedelta(hours=8))))
    said = jws.extract_compact(east.signature.encode(), registry=REGISTRY).payload
    digest = sha256(BODY).hexdigest()
    assert said.decode() == (
        f'{{"sha256":"{digest}","signed_at":"2026-01-05T10:00:00+00:00","approvals":[]}}'
    )


@pytest.mark.parametrize(
    ("letter", "keys", "words"),
    [
        (Letter(BODY, ""), [TRUSTED], "^The message is not signed"),
        (Letter(BODY, "a.b.c"), [TRUSTED], "^The signature cannot be read"),
        (Letter(BODY, "ü"), [TRUSTED], "^The signature cannot be read"),
        (Letter(BODY + b" ", SIGNED.signature), [TRUSTED], "changed after it was signed"),
        (SIGNED, [], f"^Key '{KID}' is not registered"),
        (SIGNED, [replace(TRUSTED, jwk=public_part(OTHER))], f"not that of key {KID}"),
        (SIGNED, [replace(TRUSTED, retired_at=NOW)], "is retired since 05 January 2026"),
        (with_(HEADER | {"typ": "JWT"}), [TRUSTED], "says Ed25519 and bank-manifest"),
        (with_(HEADER | {"jwk": PUBLIC}), [TRUSTED], "has alg, typ and kid, nothing"),
        (with_({"alg": ALGORITHM, "typ": TYPE}), [TRUSTED], "has alg, typ and kid"),
        (with_(payload=b"[]"), [TRUSTED], "^The signature cannot be read"),
        (with_(payload=b"{}"), [TRUSTED], "^The signature cannot be read"),
        (with_(payload=b"no"), [TRUSTED], "^The signature cannot be read"),
    ],
)
def test_any_other_letter_is_refused(letter, keys, words):
    with pytest.raises(SignatureRefused, match=words):
        verify(letter, keys, at=NOW)


def test_a_shared_secret_signs_nothing():
    secret = OctKey.import_key(b"s" * 32)
    forged = jws.serialize_compact(HEADER | {"alg": "HS256"}, b"{}", secret)
    with pytest.raises(SignatureRefused, match="says Ed25519 and bank"):
        verify(Letter(BODY, forged), [TRUSTED], at=NOW)


def test_a_key_counts_until_it_is_retired():
    later = replace(TRUSTED, retired_at=NOW + timedelta(seconds=1))
    assert verify(SIGNED, [later], at=NOW)


def test_a_manifest_may_name_a_thousand_payments():
    many = [approved(replace(TRANSFER, end_to_end_id=f"PAY-{n:030}")) for n in range(1_000)]
    letter = sign(BODY, private_jwk=KEY, at=NOW, approvals=many)
    assert verify(letter, [TRUSTED], at=NOW) == tuple(many)


def test_whatever_a_payment_asks_for_is_in_its_digest():
    others = [
        replace(TRANSFER, end_to_end_id="PAY-2"),
        replace(TRANSFER, amount=Money(401, "USD")),
        replace(TRANSFER, amount=Money(400, "EUR")),
        *(
            replace(TRANSFER, payee=replace(PAYEE, **{name: "X"}))
            for name in ("name", "account", "bic")
        ),
        replace(TRANSFER, remittance="X"),
        replace(TRANSFER, reference="X"),
    ]
    assert len({payment_digest(t) for t in (TRANSFER, *others)}) == 1 + len(others)
    for other in others:
        with pytest.raises(SignatureRefused, match="not those that were approved"):
            require_approved([other], [APPROVAL])


def test_each_payment_is_let_go_by_two_people():
    second = replace(TRANSFER, end_to_end_id="PAY-2")
    require_approved([second, TRANSFER], [APPROVAL, approved(second)])
    require_approved([], [])
    for transfers, approvals in (
        ([TRANSFER], []),
        ([], [APPROVAL]),
        ([TRANSFER, TRANSFER], [APPROVAL]),
    ):
        with pytest.raises(SignatureRefused, match="not those that were approved"):
            require_approved(transfers, approvals)
    for people in (("mia", "mia"), ("mia", ""), ("", "leo"), ("", "")):
        with pytest.raises(SignatureRefused, match="PAY-2 was not let go by two people"):
            require_approved([TRANSFER, second], [APPROVAL, approved(second, *people)])


def test_a_break_ages_by_its_buckets():
    for last, name in AGES:
        assert age_bucket(last) == name
        assert age_bucket(last + 1) != name
    assert age_bucket(AGES[-1][0] + 1) == OLDEST
