"""Fees charged to the enterprise."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longtail.deals.services import logs_refusals
from longtail.ledger import chart, posting
from longtail.notices.services import Message, notify_many
from longtail.parties import queries as parties
from longtail.servicing.events import FeeCharged
from longtail.servicing.rules import CLAIMABLE, Status
from longtail.servicing.services.amending.base import next_key, require_status
from longtail.servicing.services.cases import Happening, locked_case, record
from longtail.values.eyes import require_reason, require_two_people
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput


@logs_refusals
@transaction.atomic
def charge_fee(
    *,
    agreement_code: str,
    amount_minor: int,
    name: str,
    payee: str,
    by: str,
    seconded_by: str,
    at: datetime,
) -> str:
    """Charge a fee that the agreement provides for; it is due today.

    Args:
        agreement_code: The agreement.
        amount_minor: The fee, minor units of its currency.
        name: What it is for, as the enterprise reads it.
        payee: Code of the admitted party entitled to it; empty for the holders.
        by: Username of who asks.
        seconded_by: Username of who confirms; another person.
        at: When.

    Returns:
        The event's key, by which it can be waived.

    Raises:
        FourEyesRequired: If both are the same person.
        InvalidInput: If it has no name or is not more than nothing.
        NotAdmitted: If the payee may not act at present.
        NotAmendable: If nothing is owed on the agreement.
    """
    require_two_people(by, seconded_by, what="Charging a fee")
    if amount_minor < 1:
        raise InvalidInput({"amount": "must be more than zero"})
    name = require_reason(name)
    case = locked_case(agreement_code)
    require_status(case, (Status.ACTIVE, *CLAIMABLE), act="be charged a fee")
    if payee:
        party = parties.require_admitted(payee)
        posting.open_account(chart.wallet(party.code, case.terms.currency))
    event = FeeCharged(
        key=next_key("fee", agreement_code),
        value_date=at.date(),
        amount_minor=amount_minor,
        name=name,
        payee=payee,
    )
    happening = Happening(
        case=case, event=event, by=by, seconded_by=seconded_by, reason=name
    )
    record([happening], at=at)
    fee = Money(amount_minor, case.terms.currency)
    message = Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="A fee was charged",
        body=f"{fee} was charged on agreement {agreement_code}: {name}. It is due now.",
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )
    notify_many([message], at=at)
    return event.key
