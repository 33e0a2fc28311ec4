import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from joserfc.util import urlsafe_b64encode

from longtail.evidence import sealing, verify
from longtail.evidence.verify import Claims, IssuerKey

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PUBLIC, PRIVATE = sealing.generate()
KEYS = [IssuerKey(kid="k1", issuer="PRV-A", jwk=PUBLIC)]
CLAIMS = Claims(
    iss="PRV-A",
    sub="ENT-A",
    jti="ATT-1",
    order="ORD-1",
    kind="credit-report",
    value="72.5",
    scale="0-100",
    confidence_bps=9_000,
    statement="Pünktlich 准时.",
    evidence_sha256="ab" * 32,
    liability_cap_minor=100_000,
    currency="USD",
    iat=int(AT.timestamp()),
    nbf=int(AT.timestamp()),
    exp=int(AT.timestamp()) + 86_400,
)
SIGNED = verify.sign(CLAIMS, kid="k1", private_jwk=PRIVATE)
ORDER = {
    "order": "ORD-1",
    "issuer": "PRV-A",
    "subject": "ENT-A",
    "kind": "credit-report",
    "requested_at": AT,
}


def signed_as(payload, header=None, key=None):
    """Sign any payload under any header, as a hostile provider could."""
    said = {"alg": "EdDSA", "typ": "vc+jwt", "kid": "k1"} if header is None else header
    parts = [json.dumps(said).encode(), payload]
    signing_input = b".".join(urlsafe_b64encode(part) for part in parts)
    private = OKPKey.import_key(key or PRIVATE).get_op_key("sign")
    return (signing_input + b"." + urlsafe_b64encode(private.sign(signing_input))).decode()


def payload_of(**changes):
    said = asdict(CLAIMS) | changes
    return json.dumps({k: v for k, v in said.items() if v is not None}).encode()


def test_what_was_signed_is_what_is_read():
    assert verify.verify(SIGNED, KEYS) == CLAIMS
    assert verify.verify(SIGNED.encode(), KEYS) == CLAIMS
    assert verify.key_id(SIGNED) == "k1"
    assert CLAIMS.valid_from == AT
    assert CLAIMS.valid_until == AT + timedelta(days=1)


def test_the_header_is_that_of_a_verifiable_credential():
    header = jws.extract_compact(SIGNED.encode()).headers()
    assert header == {"alg": "EdDSA", "typ": "vc+jwt", "kid": "k1"}


@settings(max_examples=400)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(place, flip):
    changed = bytearray(SIGNED.encode())
    changed[place] ^= flip
    with pytest.raises(verify.AttestationRefused):
        verify.verify(bytes(changed), KEYS)


def test_one_changed_bit_at_every_place_is_noticed():
    for place in range(len(SIGNED)):
        changed = bytearray(SIGNED.encode())
        changed[place] ^= 1
        with pytest.raises(verify.AttestationRefused):
            verify.verify(bytes(changed), KEYS)


@given(st.integers(0, len(SIGNED)), st.text(max_size=3))
def test_a_cut_or_an_addition_is_noticed(place, extra):
    for changed in (SIGNED[:place], SIGNED[:place] + extra + SIGNED[place:]):
        if changed == SIGNED:
            continue
        with pytest.raises(verify.AttestationRefused):
            verify.verify(changed, KEYS)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "é", "\ud800", "[]..", "e30.e30.e30", "x" * 200_000]
)
def test_what_is_no_attestation_is_refused(text):
    with pytest.raises(verify.Tampered):
        verify.verify(text, KEYS)
    with pytest.raises(verify.Tampered):
        verify.key_id(text)


def test_deep_nesting_is_refused():
    bomb = urlsafe_b64encode(b"[" * 300).decode()
    with pytest.raises(verify.Tampered):
        verify.verify(f"{bomb}.{bomb}.{bomb}", KEYS)
    with pytest.raises(verify.Tampered):
        verify.verify(signed_as(b"[" * 50_000), KEYS)


@pytest.mark.parametrize(
    "header",
    [
        {},
        [],
        {"alg": "none", "typ": "vc+jwt", "kid": "k1"},
        {"alg": "HS256", "typ": "vc+jwt", "kid": "k1"},
        {"alg": "Ed25519", "typ": "vc+jwt", "kid": "k1"},
        {"alg": "EdDSA", "typ": "JWT", "kid": "k1"},
        {"alg": "EdDSA", "typ": "vc+jwt"},
        {"alg": "EdDSA", "typ": "vc+jwt", "kid": 1},
        {"alg": "EdDSA", "typ": "vc+jwt", "kid": "k1", "jwk": PUBLIC},
        {"alg": "EdDSA", "typ": "vc+jwt", "kid": "k1", "crit": ["b64"], "b64": False},
    ],
)
def test_a_header_that_says_anything_else_is_refused(header):
    with pytest.raises(verify.Tampered):
        verify.verify(signed_as(payload_of(), header), KEYS)


def test_the_public_key_is_no_shared_secret():
    header = {"alg": "HS256", "typ": "vc+jwt", "kid": "k1"}
    forged = jws.serialize_compact(
        header, payload_of(), OctKey.import_key(PUBLIC["x"].encode()), algorithms=["HS256"]
    )
    with pytest.raises(verify.Tampered):
        verify.verify(forged, KEYS)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        payload_of(value=None),
        payload_of(extra="x"),
        payload_of(value=72.5),
        payload_of(confidence_bps="9000"),
        payload_of(confidence_bps=True),
        payload_of(confidence_bps=float("nan")),
        payload_of(exp=10**30),
        payload_of(nbf=-1),
        payload_of(exp=CLAIMS.nbf),
    ],
)
def test_genuine_claims_out_of_form_are_refused(payload):
    with pytest.raises(verify.Tampered):
        verify.verify(signed_as(payload), KEYS)


def test_another_key_under_the_same_name_is_refused():
    _, other = sealing.generate()
    with pytest.raises(verify.Tampered, match="signature"):
        verify.verify(verify.sign(CLAIMS, kid="k1", private_jwk=other), KEYS)


def test_a_key_that_is_not_known_is_refused():
    with pytest.raises(verify.UnknownKey, match="k1"):
        verify.verify(SIGNED, [])


def test_a_revoked_key_is_refused():
    with pytest.raises(verify.KeyRevoked, match="02 March 2026"):
        verify.verify(SIGNED, [replace(KEYS[0], revoked_at=AT)])


def test_who_signs_in_anothers_name_is_refused():
    with pytest.raises(verify.WrongIssuer, match="signed by PRV-B"):
        verify.verify(SIGNED, [replace(KEYS[0], issuer="PRV-B")])


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"issuer": "PRV-B"}, verify.WrongIssuer),
        ({"subject": "ENT-B"}, verify.WrongSubject),
        ({"kind": "registration"}, verify.WrongKind),
        ({"order": "ORD-2"}, verify.WrongOrder),
        ({"requested_at": AT + timedelta(minutes=6)}, verify.BackDated),
    ],
)
def test_claims_that_do_not_answer_the_order_say_how(changes, refusal):
    verify.require_answers(CLAIMS, **ORDER)
    with pytest.raises(refusal):
        verify.require_answers(CLAIMS, **(ORDER | changes))


def test_claims_are_in_force_from_until_exclusive():
    verify.require_in_force(CLAIMS, at=AT)
    verify.require_in_force(CLAIMS, at=AT - verify.LEEWAY)
    verify.require_in_force(CLAIMS, at=CLAIMS.valid_until - timedelta(seconds=1))
    with pytest.raises(verify.NotYetValid, match="02 March 2026 09:00"):
        verify.require_in_force(CLAIMS, at=AT - timedelta(minutes=6))
    with pytest.raises(verify.Expired, match="03 March 2026"):
        verify.require_in_force(CLAIMS, at=CLAIMS.valid_until)
