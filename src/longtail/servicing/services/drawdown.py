"""Paying out: the drawdown to the enterprise's own bank account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from longtail.deals import queries as deals
from longtail.deals import services as deals_services
from longtail.funding import queries as funding
from longtail.ledger import chart, posting
from longtail.ledger.custodian import queries as custodian
from longtail.ledger.custodian import services as custodian_services
from longtail.ledger.custodian.services import Payee
from longtail.notices.services import Message, notify_many
from longtail.parties import queries as parties
from longtail.servicing import models
from longtail.servicing.events import Drawdown
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import (
    Case,
    Happening,
    locked_cases,
    record,
)
from longtail.servicing.services.snapshots import derive
from longtail.servicing.state import State
from longtail.terms.resolve import thaw
from longtail.values.money import Money
from longtail.values.refusal import Refusal

# The custodian will not pay these any more, so another instruction may take their place.
DEAD = ("rejected", "cancelled", "returned")


class AlreadyDrawnDown(Refusal):
    """The enterprise has its money already."""


class NoBankAccount(Refusal):
    """The enterprise has named no bank account to pay to."""


@transaction.atomic
def prepare_drawdown(*, agreement_code: str, by: str, at: datetime) -> Any:
    """Prepare the payment of the book's money to the enterprise's own bank account.

    Another person releases it at the custodian's desk. Opens the agreement's collection
    account. Idempotent: a payment under way is returned as it is; one that the bank
    rejected is prepared anew.

    Args:
        agreement_code: A signed agreement.
        by: Username of who prepares it.
        at: When.

    Returns:
        The custodian's payment instruction.

    Raises:
        AlreadyDrawnDown: If the agreement has been drawn down.
        NotAdmitted: If the enterprise may not act at present.
        NoBankAccount: If it has named no account.
        InsufficientFunds: If the book does not hold the principal.
    """
    agreement = deals.agreement(agreement_code)
    row = _opened(agreement)
    if row.status != Status.PENDING:
        raise AlreadyDrawnDown(
            f"Agreement {agreement_code} was drawn down on {row.drawn_date}; "
            "nothing is left to pay out."
        )
    before = row.instruction_code and custodian.instruction(row.instruction_code)
    if before and before.state not in DEAD:
        return before
    enterprise = parties.require_admitted(agreement.enterprise.code)
    book = chart.book(agreement.demand.code, agreement.currency)
    instruction = custodian_services.prepare_payment(
        key=":".join(filter(None, ("drawdown", agreement_code, row.instruction_code))),
        account_code=book.code,
        payee=payee(enterprise),
        amount=Money(agreement.principal_minor, agreement.currency),
        reference=agreement_code,
        purpose="drawdown",
        by=by,
        at=at,
    )
    row.instruction_code = instruction.code
    row.save(update_fields=["instruction_code"])
    return instruction


def _opened(agreement: Any) -> models.Snapshot:
    """Return the agreement's locked snapshot; make it and its account if need be."""
    rows = models.Snapshot.objects.select_for_update(no_key=True)
    row = rows.filter(agreement_id=agreement.pk).first()
    if row:
        return row
    account = chart.collection(agreement.code, agreement.currency)
    posting.open_account(account)
    custodian_services.assign_reference(account_code=account.code)
    row = models.Snapshot(agreement_id=agreement.pk)
    derive(row, thaw(agreement.terms), State())
    models.Snapshot.objects.bulk_create([row], ignore_conflicts=True)
    return rows.get(agreement_id=agreement.pk)


def payee(enterprise: Any) -> Payee:
    """Return where an enterprise is paid.

    Raises:
        NoBankAccount: If it has named no account.
    """
    if not enterprise.bank_account:
        raise NoBankAccount(
            f"{enterprise} has named no bank account, so nothing can be paid to it. "
            "Add the account to its admission file."
        )
    return Payee(
        name=enterprise.legal_name,
        account=enterprise.bank_account,
        bic=enterprise.bank_bic,
    )


def confirm_drawdowns(*, at: datetime) -> int:
    """Take the drawdowns that the custodian has settled into service.

    Args:
        at: When.

    Returns:
        How many agreements became active.
    """
    waiting = models.Snapshot.objects.filter(status=Status.PENDING).exclude(
        instruction_code=""
    )
    paid = _settled(dict(waiting.values_list("agreement__code", "instruction_code")))
    return _confirm_drawdowns(paid, at) if paid else 0


def _settled(instruction_codes: dict[str, str]) -> dict[str, datetime]:
    """Return when each payment was settled, by agreement code, for those that were."""
    found = {a: custodian.instruction(code) for a, code in instruction_codes.items()}
    return {a: i.ended_at for a, i in found.items() if i.state == "settled"}


@transaction.atomic
def _confirm_drawdowns(paid: dict[str, datetime], at: datetime) -> int:
    cases = [
        case for case in locked_cases(paid).values() if case.state.status is Status.PENDING
    ]
    holdings = funding.holdings_by_agreement([case.code for case in cases])
    record(
        [
            Happening(
                case=case,
                event=Drawdown(
                    key=_key(case),
                    value_date=paid[case.code].date(),
                    holdings=tuple(
                        (h.funder.code, h.principal_minor) for h in holdings[case.code]
                    ),
                ),
                by="system",
            )
            for case in cases
        ],
        at=at,
    )
    deals_services.record_many(
        demand_codes=[case.snapshot.agreement.demand.code for case in cases],
        event="draw_down",
        by="system",
        at=at,
    )
    notify_many([_drawn_message(case) for case in cases], at=at)
    return len(cases)


def _key(case: Case) -> str:
    """Return the drawdown's key; one after a return is another event."""
    key = f"drawdown:{case.code}"
    rows = models.AgreementEvent.objects.filter(key=key)
    return f"{key}:{case.snapshot.instruction_code}" if rows.exists() else key


def _drawn_message(case: Case) -> Message:
    first = case.terms.instalments[0]
    amount = Money(first.total_minor, case.terms.currency)
    account = chart.collection(case.code, case.terms.currency).code
    return Message(
        party_code=case.snapshot.agreement.enterprise.code,
        subject="Your money has been paid out",
        body=(
            f"{Money(case.terms.principal_minor, case.terms.currency)} went to your bank "
            f"account. The first instalment, {amount}, is due on {first.due_date}. Quote "
            f"the reference {custodian.reference_of(account)} with every payment."
        ),
        link=f"/demands/{case.snapshot.agreement.demand.code}/",
    )
