"""A subject, providers with people and keys, and orders of them."""

from datetime import UTC, datetime, timedelta

from longtail.evidence import sealing, services
from longtail.evidence.verify import Claims
from longtail.parties import services as parties
from longtail.parties.rules import Kind, Role
from longtail.terms.primitives import Evidence
from tests.parties.cases import admitted

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MATTER = "DEM-1/v1"
CREDIT = Evidence.CREDIT_REPORT
REGISTER = Evidence.REGISTRATION
UNDERTAKING = Evidence.GUARANTEE_UNDERTAKING
FINDING = {
    "value": "72.5",
    "scale": "0-100",
    "confidence_bps": 9_000,
    "statement": "Pays its suppliers on time.",
    "valid_days": 90,
}


def later(**span):
    return NOW + timedelta(**span)


def mill():
    return admitted(legal_name="Mill Ltd")


def provider(name="Bureau", *, kinds=(CREDIT,), kind=Kind.PROVIDER, has_key=True, **terms):
    """Admit a provider with a person named after it, a key and capabilities."""
    party = admitted(kind=kind, legal_name=name)
    person(name.lower(), party)
    said = {"fee_minor": 5_000, "sla_days": 5, "liability_cap_minor": 100_000} | terms
    if kinds:
        services.offer_capability(provider_code=party.code, kinds=kinds, **said)
    if has_key:
        services.create_hosted_key(provider_code=party.code, at=NOW)
    return party


def person(username, party):
    return parties.register_person(
        username=username,
        full_name=username.title(),
        password=None,
        party_code=party.code,
        role=Role.MAKER,
    )


def place(subject, *kinds, matter=MATTER, at=NOW, **more):
    return services.place_orders(
        matter=matter, subject_code=subject.code, kinds=kinds or (CREDIT,), at=at, **more
    )


def ordered(**terms):
    """Return one credit report ordered of a fresh bureau about a fresh mill."""
    provider(**terms)
    (order,) = place(mill())
    return order


def attest(order, *, by="system", at=NOW, **changes):
    return services.attest(order_code=order.code, by=by, at=at, **(FINDING | changes))


def own_key(order):
    """Register a key that the order's provider keeps itself; return (key, private)."""
    public, private = sealing.generate()
    key = services.register_key(
        provider_code=order.provider.code, jwk=public, by="system", at=NOW
    )
    return key, private


def claims_for(order, /, **changes):
    issued = int(NOW.timestamp())
    said = {
        "iss": order.provider.code,
        "sub": order.subject.code,
        "jti": "2026-0001",
        "order": order.code,
        "kind": order.kind,
        "value": "72.5",
        "scale": "0-100",
        "confidence_bps": 9_000,
        "statement": "Pays its suppliers on time.",
        "evidence_sha256": "ab" * 32,
        "liability_cap_minor": 100_000,
        "currency": "USD",
        "iat": issued,
        "nbf": issued,
        "exp": issued + 90 * 86_400,
    }
    return Claims(**(said | changes))
