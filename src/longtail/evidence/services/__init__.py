"""Writes for evidence: capabilities, keys, orders, attestations and revocation."""

from longtail.evidence.services.attesting import (
    AlreadyDelivered,
    NoHostedKey,
    attest,
    deliver,
)
from longtail.evidence.services.capabilities import (
    offer_capability,
    withdraw_capability,
)
from longtail.evidence.services.keys import (
    KeyTaken,
    UnknownKeyId,
    create_hosted_key,
    register_key,
    rotate_hosted_key,
)
from longtail.evidence.services.orders import (
    ConflictOfInterest,
    NoProvider,
    accept_order,
    decline_order,
    place_orders,
    time_out_orders,
    withdraw_orders,
)
from longtail.evidence.services.revoking import revoke, revoke_key

__all__ = [
    "AlreadyDelivered",
    "ConflictOfInterest",
    "KeyTaken",
    "NoHostedKey",
    "NoProvider",
    "UnknownKeyId",
    "accept_order",
    "attest",
    "create_hosted_key",
    "decline_order",
    "deliver",
    "offer_capability",
    "place_orders",
    "register_key",
    "revoke",
    "revoke_key",
    "rotate_hosted_key",
    "time_out_orders",
    "withdraw_capability",
    "withdraw_orders",
]
