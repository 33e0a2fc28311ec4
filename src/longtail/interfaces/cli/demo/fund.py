"""Steps 5 and 6 of the replay: funders commit, and the money goes out."""

from __future__ import annotations

from datetime import date, datetime

from longtail.deals import queries as deals_queries
from longtail.funding import queries as funding_queries
from longtail.funding import services as funding
from longtail.funding.rules import CommitmentRefused
from longtail.interfaces.cli.demo.cast import (
    CHECKER,
    CLERK,
    CURRENCY,
    MAKER,
    SECOND_CLERK,
    Cast,
)
from longtail.interfaces.cli.demo.plan import Loan, draw, mode_of
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier
from longtail.ledger.custodian import services as custodian
from longtail.ledger.custodian.messages.contents import Payee
from longtail.ledger.custodian.sandbox import desk as clerks
from longtail.ledger.custodian.sandbox import services as sandbox
from longtail.market import queries as market
from longtail.servicing import services as servicing
from longtail.values.money import Money


def commit(cast: Cast, demand, loan: Loan, *, on: date, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """Step 5: those to whom the demand was pushed commit, each on a day of its own."""
    book = funding_queries.book(demand.code)
    pushed = [push.funder.code for push in market.pushes_for(demand.code)]
    bank = cast.banks[loan.bank]
    for rank, funder in enumerate(pushed):
        amount = _ticket(cast, loan, funder, rank, target=book.target_minor)
        wait = 1 + draw(loan.number, f"wait-{rank}", 5 if funder == bank else 10)
        days = (on - book.opens_at.date()).days
        if amount and days >= wait:
            _fund(demand.code, funder, Money(amount, CURRENCY), on=on, at=at)


def _ticket(cast: Cast, loan: Loan, funder: str, rank: int, *, target: int) -> int:
    """Return what a funder wants of a book: the lending bank half or all, others part."""
    is_bank = funder == cast.banks[loan.bank]
    if mode_of(loan) == "bank-loan":
        return target if is_bank else 0
    if is_bank:
        return _tickets(target // 2)
    if funder in cast.clubs and draw(loan.number, f"wants-{rank}", 10) < 7:
        return _tickets(target // 4)
    return 0


def _tickets(amount_minor: int) -> int:
    """Round up to whole tickets of a hundred."""
    return -(-amount_minor // 100_00) * 100_00


def _fund(code: str, funder: str, amount: Money, *, on: date, at: datetime) -> None:
    """Commit, after topping the wallet up from the funder's own bank when it is short."""
    key = f"demo:{code}"
    if any(
        c.key == key for c in funding_queries.commitments(code) if c.funder.code == funder
    ):
        return
    wallet = chart.wallet(funder, CURRENCY)
    short = amount.minor - ledger.balance(wallet.code).available_minor
    if short > 0:
        top_up(wallet, Money(short, CURRENCY), on=on, at=at)
    try:
        funding.commit(
            demand_code=code,
            funder_code=funder,
            amount=amount,
            key=key,
            by="system",
            at=at,
            accepts_part=True,
        )
    except (CommitmentRefused, funding.BookNotOpen):
        # Somebody was faster; the money stays in the wallet for the next book.
        return


def top_up(wallet: chart.AccountSpec, amount: Money, *, on: date, at: datetime) -> None:
    """A client pays into its wallet from outside, and the custodian reports it."""
    sandbox.pay_in(
        reference=custodian.assign_reference(account_code=wallet.code),
        amount=amount,
        remitter="Client's own bank",
        value_date=on,
        at=at,
    )
    courier.exchange(at=at)


def _confirm_payee(agreement, *, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """Two of the bank's people confirm, from the agreement, whom it pays."""
    enterprise = agreement.enterprise
    collection = chart.collection(agreement.code, agreement.currency)
    found = clerks.propose_payee(
        reference=agreement.code,
        payee=Payee(name=enterprise.legal_name, account=enterprise.bank_account),
        limit=Money(agreement.principal_minor, agreement.currency),
        paid_in_by=custodian.assign_reference(account_code=collection.code),
        by=CLERK,
        at=at,
    )
    clerks.confirm_payee(payee_id=found.pk, by=SECOND_CLERK, at=at)


def draw_down(code: str, *, at: datetime) -> None:
    """Step 6: one person prepares the payment, another releases it."""
    agreement = deals_queries.agreement_of(code)
    instruction = servicing.prepare_drawdown(agreement_code=agreement.code, by=MAKER, at=at)
    if instruction.state == "prepared":
        _confirm_payee(agreement, at=at)
        custodian.release_payment(code=instruction.code, by=CHECKER, at=at)
