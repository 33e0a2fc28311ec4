"""Public keys of the other side: installed at set-up, added and retired by two people.

The platform keeps the custodian's, and the sandbox custodian keeps the platform's, each
in a table of its own. Private keys are in files of the installation, never in a table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from longtail.ledger.custodian.messages import signing
from longtail.ledger.custodian.messages.signing import TrustedKey
from longtail.ledger.custodian.rules import CustodyRefusal
from longtail.values.eyes import require_two_people
from longtail.values.refusal import InvalidInput


class UnknownKey(CustodyRefusal):
    """No key with this id was proposed."""


class RegisteredKey(models.Model):
    """A public key of the other side's, and the two people who vouch for it."""

    kid = models.CharField(max_length=64, unique=True)
    jwk = models.JSONField()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    # From when it signs nothing new; who asked for that, and who agreed.
    retiring_by = models.CharField(max_length=150, blank=True)
    retired_by = models.CharField(max_length=150, blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_four_eyes",
                condition=~Q(confirmed_by=F("proposed_by"))
                & (Q(retired_by="") | ~Q(retired_by=F("retiring_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.kid


Register = type[RegisteredKey]


def own_key() -> dict[str, str]:
    """Return the private key that the platform signs its orders with."""
    return dict(json.loads(settings.CUSTODIAN_KEY))


def trusted(register: Register, installed: str) -> list[TrustedKey]:
    """Return the other side's keys: the installed one and those that two people added.

    Args:
        register: The table of this side.
        installed: The public key that was exchanged at set-up, as JSON.
    """
    rows: list[Any] = list(register._default_manager.exclude(confirmed_by=""))
    retired = {row.kid: row.retired_at for row in rows}
    first = json.loads(installed)
    kid = signing.key_id(first)
    keys = [TrustedKey(kid=kid, jwk=first, retired_at=retired.get(kid))]
    return keys + [
        TrustedKey(kid=row.kid, jwk=row.jwk, retired_at=row.retired_at)
        for row in rows
        if row.kid != kid
    ]


def propose(register: Register, jwk: Mapping[str, str], *, by: str, at: datetime) -> str:
    """Propose a public key of the other side's; it counts once another person confirms.

    Returns:
        Its id.

    Raises:
        InvalidInput: If it is no public Ed25519 key, or a private one.
    """
    if not signing.is_public_key(jwk):
        raise InvalidInput({"jwk": "must be a public Ed25519 key: kty, crv and x"})
    kid = signing.key_id(jwk)
    register._default_manager.get_or_create(
        kid=kid, defaults={"jwk": dict(jwk), "proposed_by": by, "proposed_at": at}
    )
    return kid


@transaction.atomic
def confirm(register: Register, kid: str, *, by: str, at: datetime) -> None:
    """Let a proposed key count from now on.

    Raises:
        UnknownKey: If it was not proposed.
        FourEyesRequired: If the same person proposed it.
    """
    row = _locked(register, kid)
    if row.confirmed_by:
        return
    require_two_people(row.proposed_by, by, what="Registering a key")
    row.confirmed_by, row.confirmed_at = by, at
    row.save(update_fields=["confirmed_by", "confirmed_at"])


@transaction.atomic
def retire(register: Register, kid: str, *, by: str, at: datetime) -> bool:
    """Ask that a key sign nothing new, or agree to what another person asked.

    Returns:
        Whether it is retired; what it signed before still verifies.

    Raises:
        UnknownKey: If it is not registered.
    """
    row = _locked(register, kid)
    if row.retired_at is not None:
        return True
    if row.retiring_by in ("", by):
        row.retiring_by = by
    else:
        row.retired_by, row.retired_at = by, at
    row.save(update_fields=["retiring_by", "retired_by", "retired_at"])
    return row.retired_at is not None


def _locked(register: Register, kid: str) -> Any:
    rows = register._default_manager.select_for_update(no_key=True)
    found = rows.filter(kid=kid).first()
    if found is None:
        raise UnknownKey(f"No key {kid} was proposed; propose it first.")
    return found
