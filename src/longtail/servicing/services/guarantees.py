"""The guarantee call: notice, verification by another person, payment, subrogation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from longtail.ledger import chart, posting
from longtail.notices.services import Message, notify_many
from longtail.parties import queries as parties
from longtail.servicing import models
from longtail.servicing.claims import guarantee_due_minor
from longtail.servicing.events import GuaranteePayment
from longtail.servicing.rules import CLAIMABLE, CallState
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_case,
    record,
)
from longtail.values import codes
from longtail.values.eyes import require_two_people
from longtail.values.money import Money
from longtail.values.refusal import Refusal


class NotGuaranteed(Refusal):
    """Nobody guarantees the agreement."""


class NotCallable(Refusal):
    """The guarantee cannot be called now."""


class UnknownCall(Refusal):
    """No guarantee call has this code."""


class IllegalCallStep(Refusal):
    """The call is not at the point where this can be done."""


@transaction.atomic
def call_guarantee(*, agreement_code: str, by: str, at: datetime) -> models.GuaranteeCall:
    """Give the guarantor notice of what it owes for a defaulted agreement.

    Idempotent: an agreement is called once; asking again returns the call.

    Args:
        agreement_code: An agreement in default or written off.
        by: Username of who gives notice.
        at: When.

    Returns:
        The call, in state notice.

    Raises:
        NotGuaranteed: If it has no guarantor or no cover.
        NotCallable: If it is not in default.
    """
    case = locked_case(agreement_code)
    before = models.GuaranteeCall.objects.filter(agreement=case.snapshot.agreement).first()
    if before:
        return before
    if not case.terms.guarantor_code or not case.terms.cover_bps:
        raise NotGuaranteed(
            f"Agreement {agreement_code} has no guarantor; its holders bear its losses."
        )
    if case.state.status not in CLAIMABLE:
        raise NotCallable(
            f"Agreement {agreement_code} is {case.state.status}. A guarantee is called "
            "once the agreement is in default; declare that first."
        )
    (call,) = give_notice([case], by=by, at=at)
    return call


def give_notice(
    cases: Sequence[Case], *, by: str, at: datetime
) -> list[models.GuaranteeCall]:
    """Write the calls of locked, defaulted, guaranteed cases and tell the guarantors."""
    calls = [
        models.GuaranteeCall(
            code=codes.mint("GCL"),
            agreement_id=case.snapshot.agreement_id,
            guarantor_id=case.snapshot.agreement.guarantor_id,
            noticed_minor=guarantee_due_minor(case.state, case.terms.cover_bps),
            noticed_by=by,
            noticed_at=at,
        )
        for case in cases
    ]
    models.GuaranteeCall.objects.bulk_create(calls)
    notify_many(
        [_notice(case, call) for case, call in zip(cases, calls, strict=True)], at=at
    )
    return calls


def _notice(case: Case, call: models.GuaranteeCall) -> Message:
    owed = Money(call.noticed_minor, case.terms.currency)
    return Message(
        party_code=str(case.terms.guarantor_code),
        subject="A guarantee is called",
        body=(
            f"Agreement {case.code} of {case.snapshot.agreement.enterprise} is in default. "
            f"Your cover of {case.terms.cover_bps / 100:g} % of the claim is {owed}. It is "
            "verified by a second person before you are asked to pay."
        ),
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )


def _locked_call(code: str, wanted: CallState) -> models.GuaranteeCall:
    calls = models.GuaranteeCall.objects.select_for_update(no_key=True, of=("self",))
    call = calls.select_related("agreement", "guarantor").filter(code=code).first()
    if call is None:
        raise UnknownCall(f"There is no guarantee call {code}. Check the code.")
    if call.state != wanted:
        raise IllegalCallStep(
            f"Guarantee call {code} is at '{call.state}'; this needs it at '{wanted}'."
        )
    return call


@transaction.atomic
def verify_call(*, call_code: str, by: str, at: datetime) -> models.GuaranteeCall:
    """Confirm that a call is owed; another person than the one who gave notice.

    Args:
        call_code: A call in state notice.
        by: Username of who verifies.
        at: When.

    Returns:
        The call, verified.

    Raises:
        UnknownCall: If no call has this code.
        IllegalCallStep: If it is not at notice.
        FourEyesRequired: If the verifier gave the notice.
    """
    call = _locked_call(call_code, CallState.NOTICE)
    require_two_people(call.noticed_by, by, what="A guarantee call")
    call.state, call.verified_by, call.verified_at = CallState.VERIFIED, by, at
    call.save(update_fields=["state", "verified_by", "verified_at"])
    return call


@transaction.atomic
def pay_guarantee(*, call_code: str, by: str, at: datetime) -> models.GuaranteeCall:
    """Pay a verified call from the guarantor's wallet to the holders.

    What is paid is the cover of the claim as it stands now. The guarantor takes over
    that part of the claim and shares in every later recovery (subrogation).

    Args:
        call_code: A verified call.
        by: Username of who pays for the guarantor.
        at: When.

    Returns:
        The call, subrogated.

    Raises:
        UnknownCall: If no call has this code.
        IllegalCallStep: If it is not verified.
        NotEntitled: If the person does not act for the guarantor.
        NotCallable: If the agreement is no longer in default, or owes nothing any more.
        InsufficientFunds: If the wallet holds too little; the call stays verified.
    """
    agreement_code = (
        models.GuaranteeCall.objects.filter(code=call_code)
        .values_list("agreement__code", flat=True)
        .first()
    )
    case = locked_case(agreement_code) if agreement_code else None
    call = _locked_call(call_code, CallState.VERIFIED)
    assert case is not None
    parties.require_acts_for(by, call.guarantor)
    amount = guarantee_due_minor(case.state, case.terms.cover_bps)
    if case.state.status not in CLAIMABLE or not amount:
        raise NotCallable(
            f"Agreement {case.code} is {case.state.status} and its guarantor owes nothing "
            "at present."
        )
    posting.open_account(chart.wallet(call.guarantor.code, case.terms.currency))
    payment = GuaranteePayment(
        key=f"guarantee:{call.code}",
        value_date=at.date(),
        amount_minor=amount,
        guarantor=call.guarantor.code,
    )
    record([Happening(case=case, event=payment, by=by)], at=at)
    call.state, call.paid_minor = CallState.SUBROGATED, amount
    call.paid_by, call.paid_at = by, at
    call.save(update_fields=["state", "paid_minor", "paid_by", "paid_at"])
    return call
