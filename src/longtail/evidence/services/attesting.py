"""Providers' answers: signed here with a hosted key, or taken in signed."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from longtail.evidence import models, queries, rules, verify
from longtail.evidence.rules import Finding, OrderEvent
from longtail.evidence.services.keys import hosted_key, private_jwk
from longtail.evidence.services.orders import locked
from longtail.evidence.verify import Claims
from longtail.parties import queries as parties
from longtail.parties.rules import text_problem
from longtail.values import codes
from longtail.values.money import MAX_MINOR
from longtail.values.refusal import InvalidInput, Refusal

CURRENCY = re.compile(r"[A-Z]{3}\Z")


class NoHostedKey(Refusal):
    """The provider has no hosted key to sign with."""


class AlreadyDelivered(Refusal):
    """The attestation was taken in before, for another order."""


class Said(TypedDict, total=False):
    """The fields of :class:`~longtail.evidence.rules.Finding`, by name."""

    value: str
    scale: str
    confidence_bps: int
    statement: str
    valid_days: int
    evidence_sha256: str


@transaction.atomic
def attest(
    *, order_code: str, by: str, at: datetime, **said: Unpack[Said]
) -> models.Attestation:
    """Sign a finding with the provider's hosted key and deliver it.

    Args:
        order_code: An open order; one not yet accepted is accepted with it.
        by: Username of one of the provider's people, or the system.
        at: When; the attestation is valid from here.
        **said: The fields of :class:`~longtail.evidence.rules.Finding`: ``value``,
            ``scale``, ``confidence_bps``, ``statement``, ``valid_days`` and, if there is
            a document, ``evidence_sha256``.

    Returns:
        The attestation.

    Raises:
        InvalidInput: If any field is wrong; it lists every one.
        IllegalOrderStep: If the order is closed.
        NotEntitled: If the person has no role at the provider.
        NotAdmitted: If the provider may no longer act.
        NoHostedKey: If the provider signs with keys of its own only.
    """
    finding = Finding(**said)  # type: ignore[typeddict-item]
    rules.require_sound(finding)
    order = locked(order_code)
    parties.require_acts_for(by, order.provider)
    rules.next_state(order.state, OrderEvent.DELIVER, code=order.code)
    parties.refuse_unless_admitted(order.provider)
    hosted = hosted_key(order.provider)
    if hosted is None:
        raise NoHostedKey(
            f"{order.provider.legal_name} has no key here to sign with. Create a hosted "
            "key, or sign with your own and deliver the result."
        )
    code = codes.mint("ATT")
    claims = _claims(order, finding, jti=code, at=at)
    key = hosted.key
    signed = verify.sign(claims, kid=key.kid, private_jwk=private_jwk(hosted))
    return _store(order, claims, code=code, key=key, jws=signed, signed_by=by, at=at)


@transaction.atomic
def deliver(*, order_code: str, jws: str, at: datetime) -> models.Attestation:
    """Take in an attestation that the provider signed with a key of its own.

    Safe to repeat: the same attestation for the same order is taken in once.

    Args:
        order_code: An open order; one not yet accepted is accepted with it.
        jws: The attestation, as :mod:`longtail.evidence.verify` describes it.
        at: When it arrived.

    Returns:
        The attestation.

    Raises:
        AttestationRefused: Its subclass says why it cannot be relied on.
        InvalidInput: If what it says cannot be kept; it lists every field.
        AlreadyDelivered: If the provider used this attestation's id before.
        IllegalOrderStep: If the order is closed.
        NotAdmitted: If the provider may no longer act.
    """
    kid = verify.key_id(jws)
    order = locked(order_code)
    delivered = models.Attestation.objects.filter(order=order).first()
    if delivered is not None and delivered.jws == jws:
        return delivered
    rules.next_state(order.state, OrderEvent.DELIVER, code=order.code)
    parties.refuse_unless_admitted(order.provider)
    known = models.Key.objects.select_related("provider")
    key = None if text_problem(kid, max_length=64) else known.filter(kid=kid).first()
    claims = verify.verify(jws, [queries.issuer_key(key)] if key else [])
    verify.require_answers(
        claims,
        order=order.code,
        issuer=order.provider.code,
        subject=order.subject.code,
        kind=order.kind,
        requested_at=order.requested_at,
    )
    verify.require_in_force(claims, at=at)
    _require_keepable(claims, order)
    assert key is not None, "an unknown key was refused"
    code, signed_by = codes.mint("ATT"), f"key {key.kid}"
    try:
        with transaction.atomic():
            return _store(
                order, claims, code=code, key=key, jws=jws, signed_by=signed_by, at=at
            )
    except IntegrityError as error:
        if "attestation_jti_once" not in str(error):
            raise
        raise AlreadyDelivered(
            f"{order.provider.legal_name} used the id {claims.jti} before. Issue the "
            "attestation anew under an id of its own."
        ) from error


def _claims(order: models.Order, finding: Finding, *, jti: str, at: datetime) -> Claims:
    issued = int(at.timestamp())
    until = int((at + timedelta(days=finding.valid_days)).timestamp())
    return Claims(
        iss=order.provider.code,
        sub=order.subject.code,
        jti=jti,
        order=order.code,
        kind=order.kind,
        value=finding.value,
        scale=finding.scale,
        confidence_bps=finding.confidence_bps,
        statement=finding.statement,
        evidence_sha256=finding.evidence_sha256
        or hashlib.sha256(finding.statement.encode()).hexdigest(),
        liability_cap_minor=order.liability_cap_minor,
        currency=order.currency,
        iat=issued,
        nbf=issued,
        exp=until,
    )


def _require_keepable(claims: Claims, order: models.Order) -> None:
    """Refuse genuine claims that break the rules hosted ones keep, naming every field."""
    problems = {
        "jti": text_problem(claims.jti, max_length=64)
        or ("" if claims.jti else "is empty"),
        "currency": "" if CURRENCY.match(claims.currency) else "must be an ISO 4217 code",
        "liability_cap_minor": ""
        if order.liability_cap_minor <= claims.liability_cap_minor <= MAX_MINOR
        else f"must be at least the {order.liability_cap_minor} agreed with the order",
    }
    if order.liability_cap_minor and claims.currency != order.currency:
        problems["currency"] = f"must be {order.currency}, as agreed with the order"
    found = {name: problem for name, problem in problems.items() if problem}
    days = (claims.exp - claims.nbf + 86_399) // 86_400
    try:
        rules.require_sound(
            Finding(
                value=claims.value,
                scale=claims.scale,
                confidence_bps=claims.confidence_bps,
                statement=claims.statement,
                valid_days=days,
                evidence_sha256=claims.evidence_sha256,
            )
        )
    except InvalidInput as error:
        found |= error.problems
    if found:
        raise InvalidInput(found)


def _store(
    order: models.Order,
    claims: Claims,
    *,
    code: str,
    key: models.Key,
    jws: str,
    signed_by: str,
    at: datetime,
) -> models.Attestation:
    """Keep an attestation and close its order."""
    order.state = rules.next_state(order.state, OrderEvent.DELIVER, code=order.code)
    order.accepted_at = order.accepted_at or at
    order.closed_at = at
    attestation = models.Attestation(
        code=code,
        order=order,
        matter=order.matter,
        kind=order.kind,
        subject=order.subject,
        provider=order.provider,
        key=key,
        jti=claims.jti,
        value=claims.value,
        scale=claims.scale,
        confidence_bps=claims.confidence_bps,
        statement=claims.statement,
        evidence_sha256=claims.evidence_sha256,
        liability_cap_minor=claims.liability_cap_minor,
        currency=claims.currency,
        issued_at=datetime.fromtimestamp(claims.iat, at.tzinfo),
        valid_from=claims.valid_from,
        valid_until=claims.valid_until,
        jws=jws,
        signed_by=signed_by,
        received_at=at,
    )
    attestation.save(force_insert=True)
    order.save(update_fields=["state", "accepted_at", "closed_at"])
    return attestation
