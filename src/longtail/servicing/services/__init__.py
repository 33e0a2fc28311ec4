"""Writes for servicing. Callers pass the time; nothing here reads the clock."""

from __future__ import annotations

from longtail.servicing.rules import NotInService
from longtail.servicing.services.amending import (
    Act,
    Forgiveness,
    NewSchedule,
    NotAmendable,
    change_rate,
    declare_moratorium,
    grant_holiday,
    re_age,
    re_amortise,
    restructure,
)
from longtail.servicing.services.cures import (
    NotCurable,
    NotInDefault,
    StillInArrears,
    cure,
    withdraw_default,
)
from longtail.servicing.services.defaults import NotActive, declare_default
from longtail.servicing.services.drawdown import (
    AlreadyDrawnDown,
    NoBankAccount,
    confirm_drawdowns,
    prepare_drawdown,
)
from longtail.servicing.services.fees import charge_fee
from longtail.servicing.services.guarantees import (
    IllegalCallStep,
    NotCallable,
    NotGuaranteed,
    UnknownCall,
    call_guarantee,
    pay_guarantee,
    verify_call,
)
from longtail.servicing.services.receipts import take_receipts
from longtail.servicing.services.refunds import (
    NothingToRefund,
    confirm_refunds,
    refund_unapplied,
    return_payment,
)
from longtail.servicing.services.undoing.chargebacks import charge_back
from longtail.servicing.services.undoing.returns import take_returns
from longtail.servicing.services.undoing.reversals import (
    NotReversible,
    reverse_payment,
    waive_fee,
)
from longtail.servicing.services.write_offs import write_off, write_off_part

__all__ = [
    "Act",
    "AlreadyDrawnDown",
    "Forgiveness",
    "IllegalCallStep",
    "NewSchedule",
    "NoBankAccount",
    "NotActive",
    "NotAmendable",
    "NotCallable",
    "NotCurable",
    "NotGuaranteed",
    "NotInDefault",
    "NotInService",
    "NotReversible",
    "NothingToRefund",
    "StillInArrears",
    "UnknownCall",
    "call_guarantee",
    "change_rate",
    "charge_back",
    "charge_fee",
    "confirm_drawdowns",
    "confirm_refunds",
    "cure",
    "declare_default",
    "declare_moratorium",
    "grant_holiday",
    "pay_guarantee",
    "prepare_drawdown",
    "re_age",
    "re_amortise",
    "refund_unapplied",
    "restructure",
    "return_payment",
    "reverse_payment",
    "take_receipts",
    "take_returns",
    "verify_call",
    "waive_fee",
    "withdraw_default",
    "write_off",
    "write_off_part",
]
