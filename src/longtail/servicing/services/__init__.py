"""Writes for servicing. Callers pass the time; nothing here reads the clock."""

from __future__ import annotations

from longtail.servicing.rules import NotInService
from longtail.servicing.services.defaults import (
    NotActive,
    NotInDefault,
    StillInArrears,
    cure,
    declare_default,
    write_off,
)
from longtail.servicing.services.drawdown import (
    AlreadyDrawnDown,
    NoBankAccount,
    confirm_drawdowns,
    prepare_drawdown,
)
from longtail.servicing.services.eyes import FourEyesRequired
from longtail.servicing.services.guarantees import (
    IllegalCallStep,
    NotCallable,
    NotGuaranteed,
    UnknownCall,
    call_guarantee,
    pay_guarantee,
    verify_call,
)
from longtail.servicing.services.receipts import (
    take_receipts,
)
from longtail.servicing.services.refunds import (
    NothingToRefund,
    confirm_refunds,
    refund_unapplied,
)
from longtail.servicing.services.reversals import NotReversible, reverse_payment

__all__ = [
    "AlreadyDrawnDown",
    "FourEyesRequired",
    "IllegalCallStep",
    "NoBankAccount",
    "NotActive",
    "NotCallable",
    "NotGuaranteed",
    "NotInDefault",
    "NotInService",
    "NotReversible",
    "NothingToRefund",
    "StillInArrears",
    "UnknownCall",
    "call_guarantee",
    "confirm_drawdowns",
    "confirm_refunds",
    "cure",
    "declare_default",
    "pay_guarantee",
    "prepare_drawdown",
    "refund_unapplied",
    "reverse_payment",
    "take_receipts",
    "verify_call",
    "write_off",
]
