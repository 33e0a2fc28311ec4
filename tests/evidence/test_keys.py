import pytest
from django.core import serializers
from django.db import DatabaseError, transaction
from joserfc.jwk import OKPKey, RSAKey, thumbprint

from longtail.evidence import models, queries, sealing, services
from longtail.evidence.services.keys import private_jwk
from longtail.parties.queries import NotEntitled
from longtail.values.refusal import InvalidInput
from tests.evidence.cases import NOW, attest, later, ordered, own_key, person, provider

SECRET = "a-secret-of-the-platform"


def test_a_sealed_key_opens_under_its_secret_only():
    _, private = sealing.generate()
    sealed = sealing.seal(private, kid="k1", secret=SECRET)
    assert private["d"] not in sealed
    assert sealing.unseal(sealed, kid="k1", secrets=[SECRET]) == private
    assert sealing.unseal(sealed, kid="k1", secrets=["new", SECRET]) == private
    for kid, secrets in (("k1", ["other"]), ("k2", [SECRET]), ("k1", [])):
        with pytest.raises(sealing.KeyUnreadable, match=kid):
            sealing.unseal(sealed, kid=kid, secrets=secrets)


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_a_sealed_key_that_was_touched_does_not_open(part):
    _, private = sealing.generate()
    parts = sealing.seal(private, kid="k1", secret=SECRET).split(".")
    first = parts[part][5]
    parts[part] = parts[part][:5] + ("B" if first != "B" else "C") + parts[part][6:]
    with pytest.raises(sealing.KeyUnreadable):
        sealing.unseal(".".join(parts), kid="k1", secrets=[SECRET])


@pytest.mark.django_db
def test_a_provider_has_one_hosted_key_however_often_it_is_asked_for():
    party = provider(has_key=False)
    one = services.create_hosted_key(provider_code=party.code, at=NOW)
    assert services.create_hosted_key(provider_code=party.code, at=later(days=1)) == one
    assert queries.issuer_keys(party.code) == [one]
    assert one.kid == thumbprint(dict(one.jwk))
    assert "d" not in one.jwk


@pytest.mark.django_db
def test_the_private_half_is_stored_encrypted_and_in_no_other_table():
    order = ordered()
    attestation = attest(order)
    hosted = models.SealedKey.objects.get(key=attestation.key)
    secret = private_jwk(hosted)["d"]
    rows = [
        *models.Key.objects.all(),
        *models.SealedKey.objects.all(),
        *models.Order.objects.all(),
        *models.Attestation.objects.all(),
    ]
    assert secret not in serializers.serialize("json", rows)


@pytest.mark.django_db
def test_after_a_change_of_secret_the_earlier_one_still_opens(settings):
    order = ordered()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a-new-secret"
    assert attest(order).jws


@pytest.mark.django_db
def test_without_its_secret_nothing_is_signed(settings):
    order = ordered()
    settings.SECRET_KEY = "a-new-secret"
    with pytest.raises(sealing.KeyUnreadable):
        attest(order)
    assert queries.order(order.code).state == "requested"
    assert not models.Attestation.objects.exists()


@pytest.mark.django_db
def test_a_rotated_key_signs_no_more_but_what_it_signed_stays():
    order = ordered()
    old = attest(order)
    new = services.rotate_hosted_key(provider_code=order.provider.code, at=later(days=1))
    assert new.kid != old.key.kid
    (valid,) = queries.valid_attestations(matter=order.matter, at=later(days=2))
    assert valid == old
    assert {key.kid for key in queries.issuer_keys(order.provider.code)} == {
        new.kid,
        old.key.kid,
    }


@pytest.mark.django_db
def test_a_provider_registers_the_public_half_of_its_own_key():
    order = ordered()
    key, _ = own_key(order)
    assert key in queries.issuer_keys(order.provider.code)
    with pytest.raises(services.KeyTaken), transaction.atomic():
        services.register_key(
            provider_code=order.provider.code, jwk=key.jwk, by="system", at=NOW
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "OKP"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": 1},
        OKPKey.generate_key("X25519", auto_kid=False).as_dict(private=False),
        OKPKey.generate_key("Ed448", auto_kid=False).as_dict(private=False),
        RSAKey.generate_key(2048, auto_kid=False).as_dict(private=False),
    ],
    ids=["empty", "no curve", "short", "no text", "x25519", "ed448", "rsa"],
)
def test_what_is_no_public_ed25519_key_is_refused(jwk):
    party = provider(has_key=False)
    with pytest.raises(InvalidInput, match="jwk: must be a public Ed25519 key"):
        services.register_key(provider_code=party.code, jwk=jwk, by="system", at=NOW)
    assert queries.issuer_keys(party.code) == []


@pytest.mark.django_db
def test_a_private_key_is_sent_back():
    party = provider(has_key=False)
    _, private = sealing.generate()
    with pytest.raises(InvalidInput, match="no longer private"):
        services.register_key(provider_code=party.code, jwk=private, by="system", at=NOW)
    assert queries.issuer_keys(party.code) == []


@pytest.mark.django_db
def test_nobody_registers_a_key_for_somebody_else():
    bureau, other = provider(), provider("Ratings")
    person("eve", other)
    public, _ = sealing.generate()
    with pytest.raises(NotEntitled):
        services.register_key(provider_code=bureau.code, jwk=public, by="eve", at=NOW)
    assert len(queries.issuer_keys(bureau.code)) == 1


@pytest.mark.django_db
def test_the_database_keeps_one_hosted_key_a_provider():
    party = provider()
    with pytest.raises(DatabaseError, match="key_hosted_once"), transaction.atomic():
        models.Key.objects.create(
            provider=party, kid="x", public_jwk={}, is_hosted=True, created_at=NOW
        )
