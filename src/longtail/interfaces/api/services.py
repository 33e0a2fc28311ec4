"""Registration of machine clients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from django.db import transaction

from longtail.interfaces import clock
from longtail.interfaces.api import models
from longtail.parties import queries as parties
from longtail.values.refusal import Refusal

SCOPES = ("read", "write")


class NotAMember(Refusal):
    """The person does not act for the party."""


@transaction.atomic
def create_client(
    *,
    party_code: str,
    person: Any,
    name: str,
    scopes: tuple[str, ...] = SCOPES,
    at: datetime | None = None,
) -> tuple[str, str]:
    """Register a machine client that acts for a person at a party.

    Args:
        party_code: The party it acts for.
        person: The person whose name its acts carry; must have a role at the party.
        name: What people call the client.
        scopes: ``read``, ``write`` or both.
        at: When; by default now.

    Returns:
        Its id and its secret. The secret is stored as a hash and shown only here.

    Raises:
        NotAMember: If the person has no role at the party.
    """
    party = parties.party(party_code)
    if not parties.roles_of(person, party):
        raise NotAMember(
            f"{person} has no role at {party}. Give the person a role there first."
        )
    secret = get_adapter().generate_client_secret()
    client = Client(
        name=name[:100],
        owner=person,
        type=Client.Type.CONFIDENTIAL,
        grant_types=Client.GrantType.CLIENT_CREDENTIALS,
        response_types="",
    )
    client.set_scopes(list(scopes))
    client.set_default_scopes(list(scopes))
    client.set_secret(secret)
    client.save()
    models.ApiClient.objects.create(
        client=client, person=person, party=party, name=name, created_at=at or clock.now()
    )
    return client.pk, secret


def revoke_client(*, client_id: str) -> None:
    """Stop a client; its tokens stop with it. Safe to repeat."""
    models.ApiClient.objects.filter(client_id=client_id).update(is_active=False)
