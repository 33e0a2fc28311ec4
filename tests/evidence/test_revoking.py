import pytest
from django.db import DatabaseError, transaction

from longtail.evidence import models, queries, services, verify
from longtail.notices import queries as notices
from longtail.parties.queries import NotEntitled
from longtail.parties.rules import Kind
from longtail.values.refusal import InvalidInput
from tests.evidence.cases import (
    CREDIT,
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
from tests.parties.cases import admitted

pytestmark = pytest.mark.django_db


def revoke(attestation, *, by="system", at=None, reason="The accounts were forged."):
    return services.revoke(
        attestation_code=attestation.code, reason=reason, by=by, at=at or later(days=1)
    )


def test_a_revoked_attestation_feeds_no_decision():
    order = ordered()
    attestation = attest(order)
    fallen = revoke(attestation, by="bureau")
    assert (fallen.revoked_by, fallen.revoked_at) == ("bureau", later(days=1))
    assert queries.valid_attestations(matter=MATTER, at=NOW) == []
    assert queries.outstanding_kinds(matter=MATTER, at=NOW) == (CREDIT,)
    assert list(queries.revoked_since(later(days=1))) == [attestation]
    assert list(queries.revoked_since(later(days=1, seconds=1))) == []
    notice = notices.unread([order.subject.code]).get()
    assert notice.subject == "Credit report was revoked"


def test_revoking_again_keeps_the_first_reason():
    attestation = attest(ordered())
    revoke(attestation)
    again = revoke(attestation, at=later(days=2), reason="Another.")
    assert again.revocation_reason == "The accounts were forged."
    assert again.revoked_at == later(days=1)
    assert notices.recent([attestation.subject.code]).count() == 1


def test_its_provider_and_the_operator_may_revoke_and_nobody_else():
    one = attest(ordered())
    person("olivia", admitted(kind=Kind.OPERATOR))
    person("mia", one.subject)
    for stranger in ("mia", "nobody"):
        with pytest.raises(NotEntitled):
            revoke(one, by=stranger)
    assert queries.attestation(one.code).revoked_at is None
    assert revoke(one, by="olivia").revoked_by == "olivia"


@pytest.mark.parametrize("reason", ["", " ", "a\x00"])
def test_revoking_needs_a_reason(reason):
    attestation = attest(ordered())
    key = attestation.key
    with pytest.raises(InvalidInput, match="reason"):
        revoke(attestation, reason=reason)
    with pytest.raises(InvalidInput, match="reason"):
        services.revoke_key(kid=key.kid, reason=reason, by="system", at=NOW)
    assert queries.attestation(attestation.code).revoked_at is None


def test_a_revocation_cannot_be_undone():
    attestation = revoke(attest(ordered()))
    rows = models.Attestation.objects.filter(pk=attestation.pk)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        rows.update(revoked_at=None, revoked_by="", revocation_reason="")
    assert rows.get().revoked_at == later(days=1)


def test_a_revoked_key_takes_all_it_signed_with_it():
    provider()
    orders = [place(mill(), matter=f"DEM-{n}/v1")[0] for n in range(3)]
    signed = [attest(order) for order in orders]
    revoke(signed[0], reason="Earlier.")
    kid = signed[0].key.kid
    count = services.revoke_key(kid=kid, reason="Stolen.", by="bureau", at=later(days=2))
    assert count == 2
    fallen = [queries.attestation(a.code).revocation_reason for a in signed]
    assert fallen == ["Earlier.", *["Signing key revoked: Stolen."] * 2]
    assert services.revoke_key(kid=kid, reason="Again.", by="bureau", at=later(days=3)) == 0
    keys = queries.issuer_keys(orders[0].provider.code)
    with pytest.raises(verify.KeyRevoked):
        verify.verify(signed[1].jws, keys)


def test_a_revoked_key_signs_nothing_more():
    order = ordered()
    key, private = own_key(order)
    services.revoke_key(kid=key.kid, reason="Stolen.", by="system", at=NOW)
    signed = verify.sign(claims_for(order), kid=key.kid, private_jwk=private)
    with pytest.raises(verify.KeyRevoked):
        services.deliver(order_code=order.code, jws=signed, at=NOW)
    (hosted,) = [k for k in queries.issuer_keys(order.provider.code) if k.kid != key.kid]
    services.revoke_key(kid=hosted.kid, reason="Stolen.", by="system", at=NOW)
    with pytest.raises(services.NoHostedKey):
        attest(order)
    fresh = services.create_hosted_key(provider_code=order.provider.code, at=NOW)
    assert attest(order).key.kid == fresh.kid


def test_strangers_revoke_no_key():
    order = ordered()
    person("mia", order.subject)
    (key,) = queries.issuer_keys(order.provider.code)
    with pytest.raises(NotEntitled):
        services.revoke_key(kid=key.kid, reason="Malice.", by="mia", at=NOW)
    assert queries.issuer_keys(order.provider.code) == [key]


@pytest.mark.parametrize("code", ["no", "x\x00", "\ud800"])
def test_what_is_not_there_cannot_be_revoked(code):
    with pytest.raises(queries.UnknownAttestation):
        services.revoke(attestation_code=code, reason="Why.", by="system", at=NOW)
    with pytest.raises(services.UnknownKeyId):
        services.revoke_key(kid=code, reason="Why.", by="system", at=NOW)
