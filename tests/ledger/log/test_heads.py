"""A head says what was signed, by a key that is trusted, or it is refused."""

import json
from datetime import UTC, datetime

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from longtail.ledger.log import heads

KEY, EARLIER, FOREIGN = (OKPKey.generate_key("Ed25519") for _ in range(3))
HEAD = heads.Head(7, 3, bytes(range(32)), bytes(32), 812, datetime(2026, 1, 5, tzinfo=UTC))


def public(key):
    return OKPKey.import_key(key.as_dict(private=False))


def test_a_head_is_read_as_it_was_signed():
    signed = heads.sign(HEAD, key=KEY)
    assert heads.read(f"{signed}\n", keys=[public(KEY)]) == HEAD


def test_a_head_of_an_earlier_key_still_counts():
    signed = heads.sign(HEAD, key=EARLIER)
    assert heads.read(signed, keys=[public(KEY), public(EARLIER)]) == HEAD


def test_a_head_of_a_key_that_is_not_trusted_is_refused():
    with pytest.raises(heads.HeadRefused, match="not one of this site's"):
        heads.read(heads.sign(HEAD, key=FOREIGN), keys=[public(KEY)])


def test_every_character_of_a_signed_head_counts():
    signed = heads.sign(HEAD, key=KEY)
    for place, character in enumerate(signed):
        # The last character of a part holds bits that the encoding ignores.
        if character == "." or signed[place + 1 : place + 2] in ("", "."):
            continue
        other = "A" if character != "A" else "B"
        with pytest.raises(heads.HeadRefused):
            heads.read(signed[:place] + other + signed[place + 1 :], keys=[public(KEY)])


@pytest.mark.parametrize("text", ["", "a.b", "x" * 50, "é", "e30.e30.e30"])
def test_what_is_no_head_is_refused(text):
    with pytest.raises(heads.HeadRefused):
        heads.read(text, keys=[public(KEY)])


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"typ": "JWT"}, None),
        ({}, {"size": 1}),
        ({}, [1]),
        ({}, dict.fromkeys(heads.FIELDS, "x")),
    ],
)
def test_what_the_key_signed_besides_heads_is_refused(header, said):
    whole = {"alg": "Ed25519", "typ": heads.TYPE, "kid": KEY.thumbprint()} | header
    content = json.loads(_payload()) if said is None else said
    signed = jws.serialize_compact(whole, json.dumps(content), KEY, algorithms=["Ed25519"])
    with pytest.raises(heads.HeadRefused):
        heads.read(signed, keys=[public(KEY)])


def test_a_public_key_does_not_pass_as_a_shared_secret():
    secret = OctKey.import_key({"kty": "oct", "k": KEY.as_dict(private=False)["x"]})
    header = {"alg": "HS256", "typ": heads.TYPE, "kid": KEY.thumbprint()}
    signed = jws.serialize_compact(header, _payload(), secret)
    with pytest.raises(heads.HeadRefused):
        heads.read(signed, keys=[public(KEY)])


def _payload():
    return jws.extract_compact(heads.sign(HEAD, key=KEY).encode()).payload
