"""Orders and attestations as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from longtail.deals.rules import demand_code_of
from longtail.evidence.rules import MAX_VALID_DAYS, attestation_state
from longtail.interfaces.api.schemas.types import (
    AmountOut,
    Bps,
    Page,
    PartyRef,
    Strict,
    one_of,
    prose,
    whole,
)


class OrderOut(Schema):
    """An order for an attestation."""

    code: str
    demand_code: str
    kind: str
    state: str
    subject: PartyRef
    provider: PartyRef
    fee: AmountOut
    requested_at: datetime
    due_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, order: Any) -> OrderOut:
        """Return an order as the API shows it."""
        return cls(
            code=order.code,
            demand_code=demand_code_of(order.matter),
            kind=order.kind,
            state=order.state,
            subject=PartyRef.of(order.subject),
            provider=PartyRef.of(order.provider),
            fee=AmountOut.of(order.fee_minor, order.currency),
            requested_at=order.requested_at,
            due_at=order.due_at,
            accepted_at=order.accepted_at,
            closed_at=order.closed_at,
        )


class OrderPage(Page):
    """A page of orders."""

    results: list[OrderOut]


class AttestIn(Strict):
    """A finding, to be signed with the provider's hosted key."""

    value: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{1,20}(\.[0-9]{1,8})?$"),
        Field(description="Plain decimal digits, within the scale.", examples=["82"]),
    ]
    scale: Annotated[
        str,
        StringConstraints(pattern=r"^([0-9]{1,7}-[0-9]{1,7}|[A-Z]{3}|yes-no)$"),
        Field(description="A range, a currency, or `yes-no`.", examples=["0-100", "USD"]),
    ]
    confidence_bps: Bps
    statement: prose(least=1, most=4_000)
    valid_days: whole(least=1, most=MAX_VALID_DAYS)
    evidence_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""


class DeliverIn(Strict):
    """An attestation that the provider signed with its own key."""

    jws: Annotated[
        str,
        StringConstraints(
            pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", max_length=16_000
        ),
        Field(description="Compact JWS, `typ` vc+jwt, signed with EdDSA."),
    ]


class JwkIn(Strict):
    """The public half of an Ed25519 key (RFC 8037)."""

    kty: one_of(["OKP"])
    crv: one_of(["Ed25519"])
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class KeyOut(Schema):
    """A provider's public key; its attestations name it as `kid`."""

    kid: str
    kty: str
    crv: str
    x: str
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: Any) -> KeyOut:
        """Return a key as the API shows it."""
        jwk = key.jwk
        return cls(
            kid=key.kid,
            kty=jwk["kty"],
            crv=jwk["crv"],
            x=jwk["x"],
            revoked_at=key.revoked_at,
        )


class KeysOut(Schema):
    """A provider's public keys, newest first."""

    results: list[KeyOut]


class ReasonIn(Strict):
    """Why."""

    reason: prose(least=1, most=2_000)


class AttestationOut(Schema):
    """A signed finding; `jws` can be verified offline."""

    code: str
    order_code: str
    demand_code: str
    kind: str
    state: str
    subject: PartyRef
    provider: PartyRef
    value: str
    scale: str
    confidence_bps: int
    statement: str
    evidence_sha256: str
    liability_cap: AmountOut
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    revocation_reason: str
    jws: str

    @classmethod
    def of(cls, found: Any, *, at: datetime) -> AttestationOut:
        """Return an attestation as the API shows it.

        Args:
            found: The attestation.
            at: When its state is asked.
        """
        same = (
            "code",
            "kind",
            "value",
            "scale",
            "confidence_bps",
            "statement",
            "evidence_sha256",
            "valid_from",
            "valid_until",
            "revoked_at",
            "revocation_reason",
            "jws",
        )
        return cls(
            order_code=found.order.code,
            demand_code=demand_code_of(found.matter),
            state=attestation_state(
                valid_from=found.valid_from,
                valid_until=found.valid_until,
                revoked_at=found.revoked_at,
                at=at,
            ),
            subject=PartyRef.of(found.subject),
            provider=PartyRef.of(found.provider),
            liability_cap=AmountOut.of(found.liability_cap_minor, found.currency),
            **{name: getattr(found, name) for name in same},
        )


class AttestationPage(Page):
    """A page of attestations."""

    results: list[AttestationOut]
