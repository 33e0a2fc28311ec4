"""Taking a signed word back: one attestation, or all that a key signed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.evidence import models, queries
from longtail.evidence.services.keys import UnknownKeyId
from longtail.notices import services as notices
from longtail.parties import queries as parties
from longtail.parties.rules import text_problem
from longtail.values.refusal import InvalidInput


@transaction.atomic
def revoke(
    *, attestation_code: str, reason: str, by: str, at: datetime
) -> models.Attestation:
    """Take an attestation back for good. Safe to repeat: the first reason stays.

    Args:
        attestation_code: Which.
        reason: Why.
        by: Username of one of its provider's people or the operator's, or the system.
        at: When; from here on no decision may rest on it.

    Returns:
        The attestation.

    Raises:
        UnknownAttestation: If there is none.
        NotEntitled: If the person acts for neither.
        InvalidInput: If the reason is empty or cannot be printed.
    """
    _require_reason(reason)
    found = queries.attestation(attestation_code)
    _require_may_revoke(by, found.provider)
    changed = models.Attestation.objects.filter(
        pk=found.pk, revoked_at__isnull=True
    ).update(revoked_at=at, revoked_by=by, revocation_reason=reason.strip())
    if changed:
        _tell_subjects([found], reason=reason, at=at)
    return queries.attestation(attestation_code)


@transaction.atomic
def revoke_key(*, kid: str, reason: str, by: str, at: datetime) -> int:
    """Revoke a key, and with it every attestation that it signed.

    Args:
        kid: Id of the key.
        reason: Why, such as that its private half became known.
        by: Username of one of its provider's people or the operator's, or the system.
        at: When.

    Returns:
        How many attestations fell with it; 0 when it was revoked before.

    Raises:
        UnknownKeyId: If there is no such key.
        NotEntitled: If the person acts for neither.
        InvalidInput: If the reason is empty or cannot be printed.
    """
    _require_reason(reason)
    keys = models.Key.objects.select_for_update(no_key=True, of=("self",))
    known = not text_problem(kid, max_length=64)
    key = keys.select_related("provider").filter(kid=kid).first() if known else None
    if key is None:
        raise UnknownKeyId(f"There is no key {kid!r}. Check its id.")
    _require_may_revoke(by, key.provider)
    if key.revoked_at is not None:
        return 0
    key.revoked_at, key.revoked_by, key.revocation_reason = at, by, reason.strip()
    key.save(update_fields=["revoked_at", "revoked_by", "revocation_reason"])
    standing = models.Attestation.objects.filter(key=key, revoked_at__isnull=True)
    fallen = list(standing.select_related("provider", "subject"))
    because = f"Signing key revoked: {reason.strip()}"
    standing.filter(pk__in=[a.pk for a in fallen]).update(
        revoked_at=at, revoked_by=by, revocation_reason=because
    )
    _tell_subjects(fallen, reason=because, at=at)
    return len(fallen)


def _require_may_revoke(by: str, provider: parties.Party) -> None:
    if not parties.is_operator(by):
        parties.require_acts_for(by, provider)


def _require_reason(reason: str) -> None:
    problem = text_problem(reason, max_length=2_000, is_multiline=True)
    if problem or not reason.strip():
        raise InvalidInput({"reason": problem or "must say why"})


def _tell_subjects(fallen: list[models.Attestation], *, reason: str, at: datetime) -> None:
    notices.notify_many(
        [
            notices.Message(
                party_code=attestation.subject.code,
                subject=f"{attestation.get_kind_display()} was revoked",
                body=(
                    f"{attestation.provider.legal_name} no longer stands by it: {reason} "
                    "It no longer counts; a new one can be ordered."
                ),
                link=f"/demands/{attestation.matter.partition('/')[0]}/",
            )
            for attestation in fallen
        ],
        at=at,
    )
