import hashlib

import pytest
from django.db import DatabaseError, transaction

from longtail.evidence import models, queries, services, verify
from longtail.evidence.rules import IllegalOrderStep
from longtail.parties import services as parties
from longtail.parties.queries import NotAdmitted, NotEntitled
from longtail.values.refusal import InvalidInput
from tests.evidence.cases import (
    CREDIT,
    FINDING,
    MATTER,
    NOW,
    attest,
    claims_for,
    later,
    mill,
    ordered,
    own_key,
    person,
    place,
    provider,
)
from tests.parties.cases import decide

pytestmark = pytest.mark.django_db


def deliver(order, key, private, /, *, at=NOW, **changes):
    signed = verify.sign(claims_for(order, **changes), kid=key.kid, private_jwk=private)
    return services.deliver(order_code=order.code, jws=signed, at=at)


def nothing_moved(order):
    return (
        queries.order(order.code).state == "requested"
        and not models.Attestation.objects.exists()
    )


def test_a_hosted_attestation_verifies_offline():
    order = ordered()
    attestation = attest(order, by="bureau", at=later(hours=1))
    claims = verify.verify(attestation.jws, queries.issuer_keys(order.provider.code))
    assert claims.sub == order.subject.code
    assert (claims.value, claims.scale) == ("72.5", "0-100")
    assert (
        claims.evidence_sha256 == hashlib.sha256(FINDING["statement"].encode()).hexdigest()
    )
    assert claims.jti == attestation.code
    assert str(attestation.liability_cap) == "USD 1,000.00"
    assert attestation.valid_until == later(hours=1, days=90)
    assert attestation.signed_by == "bureau"
    done = queries.order(order.code)
    assert (done.state, done.closed_at) == ("delivered", later(hours=1))
    assert done.attestation == attestation


def test_only_valid_attestations_reach_a_decision():
    order = ordered()
    attestation = attest(order, valid_days=30)

    def valid_at(at):
        return queries.valid_attestations(matter=MATTER, at=at)

    assert valid_at(later(days=29)) == [attestation]
    assert queries.outstanding_kinds(matter=MATTER, at=later(days=29)) == ()
    assert valid_at(later(days=30)) == []
    assert valid_at(later(seconds=-1)) == []
    assert queries.outstanding_kinds(matter=MATTER, at=later(days=30)) == (CREDIT,)
    assert list(queries.attestations_for(MATTER)) == [attestation]
    assert list(queries.attestations_by(order.provider.code)) == [attestation]
    assert list(queries.attestations_about(order.subject.code)) == [attestation]


def test_a_strangers_word_is_not_signed():
    order = ordered()
    person("eve", order.subject)
    with pytest.raises(NotEntitled):
        attest(order, by="eve")
    assert nothing_moved(order)


def test_a_bad_finding_is_not_signed():
    order = ordered()
    with pytest.raises(InvalidInput, match="value"):
        attest(order, value="101")
    assert nothing_moved(order)


def test_one_order_is_answered_once():
    order = ordered()
    attest(order)
    with pytest.raises(IllegalOrderStep, match="is delivered, so it cannot deliver"):
        attest(order)
    assert models.Attestation.objects.count() == 1


def test_a_provider_that_lost_its_standing_cannot_attest():
    order = ordered()
    key, private = own_key(order)
    decide(parties.suspend, order.provider)
    for act in (lambda: attest(order), lambda: deliver(order, key, private)):
        with pytest.raises(NotAdmitted, match="Bureau is suspended"):
            act()
    assert nothing_moved(order)


def test_without_a_hosted_key_it_must_sign_itself():
    order = ordered(has_key=False)
    with pytest.raises(services.NoHostedKey, match="Bureau has no key"):
        attest(order)
    key, private = own_key(order)
    attestation = deliver(order, key, private)
    assert queries.valid_attestations(matter=MATTER, at=NOW) == [attestation]
    assert attestation.jti == "2026-0001"
    assert attestation.signed_by == f"key {key.kid}"


def test_the_same_delivery_twice_is_one():
    order = ordered()
    key, private = own_key(order)
    assert deliver(order, key, private) == deliver(order, key, private, at=later(days=1))
    assert models.Attestation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"iss": "PRV-OTHER"}, verify.WrongIssuer),
        ({"sub": "ENT-OTHER"}, verify.WrongSubject),
        ({"kind": "registration"}, verify.WrongKind),
        ({"order": "ORD-OTHER"}, verify.WrongOrder),
        ({"iat": int(later(days=-1).timestamp())}, verify.BackDated),
        ({"nbf": int(later(days=1).timestamp())}, verify.NotYetValid),
        ({"nbf": 1, "exp": int(NOW.timestamp())}, verify.Expired),
        ({"value": "-1"}, InvalidInput),
        ({"statement": "a\x00"}, InvalidInput),
        ({"jti": ""}, InvalidInput),
        ({"jti": "x" * 65}, InvalidInput),
        ({"liability_cap_minor": 99_999}, InvalidInput),
        ({"currency": "EUR"}, InvalidInput),
        ({"exp": 253_402_300_799}, InvalidInput),
    ],
)
def test_a_delivery_that_does_not_fit_says_how(changes, refusal):
    order = ordered()
    key, private = own_key(order)
    with pytest.raises(refusal):
        deliver(order, key, private, **changes)
    assert nothing_moved(order)


def test_another_providers_signature_is_refused():
    order = ordered()
    provider("Ratings", kinds=())
    (other,) = place(mill(), matter="DEM-2/v1")
    other.provider = provider("Forger", kinds=())
    key, private = own_key(other)
    with pytest.raises(verify.WrongIssuer, match="is signed by"):
        deliver(order, key, private)
    assert nothing_moved(order)


def test_a_key_nobody_registered_is_refused():
    order = ordered()
    key, private = own_key(order)
    models.Key.objects.filter(kid=key.kid).delete()
    with pytest.raises(verify.UnknownKey):
        deliver(order, key, private)
    assert nothing_moved(order)


@pytest.mark.parametrize("jws", ["", "x", "a.b.c", "\x00", "\ud800", "e30.e30.e30"])
def test_noise_is_refused(jws):
    order = ordered()
    with pytest.raises(verify.Tampered):
        services.deliver(order_code=order.code, jws=jws, at=NOW)
    assert nothing_moved(order)


def test_an_id_is_used_once_a_provider():
    provider()
    (one,) = place(mill())
    (two,) = place(mill(), matter="DEM-2/v1")
    key, private = own_key(one)
    deliver(one, key, private)
    with pytest.raises(services.AlreadyDelivered, match="2026-0001"):
        deliver(two, key, private)
    assert queries.order(two.code).state == "requested"
    assert deliver(two, key, private, jti="2026-0002").order == two


@pytest.mark.parametrize(
    "change", [{"value": "99"}, {"jws": "x"}, {"valid_until": later(days=999)}, None]
)
def test_a_signed_word_cannot_be_rewritten(change):
    attestation = attest(ordered())
    rows = models.Attestation.objects.filter(pk=attestation.pk)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        rows.update(**change) if change else rows.delete()
    assert rows.values().get()["value"] == "72.5"


def test_placing_and_attesting_take_few_statements(django_assert_max_num_queries):
    order = ordered()
    with django_assert_max_num_queries(7):
        attest(order, by="bureau")


def test_a_key_id_that_cannot_be_stored_is_not_known():
    order = ordered()
    _, private = own_key(order)
    signed = verify.sign(claims_for(order), kid="k\x00", private_jwk=private)
    with pytest.raises(verify.UnknownKey):
        services.deliver(order_code=order.code, jws=signed, at=NOW)
    assert nothing_moved(order)
