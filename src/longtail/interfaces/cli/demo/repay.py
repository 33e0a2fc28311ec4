"""Step 7 of the replay: borrowers pay, stop paying, and losses fall where they fell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from longtail.interfaces.cli.demo import calendar, plan
from longtail.interfaces.cli.demo.cast import CHECKER, CURRENCY, MAKER, Cast
from longtail.interfaces.cli.demo.fund import top_up
from longtail.interfaces.cli.demo.plan import Due, Loan
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import services as payments
from longtail.ledger.custodian.sandbox import services as sandbox
from longtail.ledger.custodian.sandbox.services import PayIn
from longtail.servicing import queries as servicing
from longtail.servicing import services
from longtail.terms.resolve import thaw
from longtail.values.money import Money


@dataclass(slots=True)
class Borrower:
    """What one agreement's borrower still means to do.

    Attributes:
        dues: Payments to come, last first.
        is_over: Whether its loss has been booked.
    """

    agreement: str
    loan: Loan
    reference: str
    name: str
    dues: list[Due]
    is_over: bool = False


@dataclass(slots=True)
class Borrowers:
    """Everyone who owes, by agreement code."""

    by_agreement: dict[str, Borrower] = field(default_factory=dict)

    def join(self, agreement, loan: Loan) -> None:  # type: ignore[no-untyped-def]
        """Add an agreement that was drawn down."""
        if agreement.code in self.by_agreement:
            return
        account = chart.collection(agreement.code, CURRENCY)
        self.by_agreement[agreement.code] = Borrower(
            agreement=agreement.code,
            loan=loan,
            reference=payments.assign_reference(account_code=account.code),
            name=agreement.enterprise.legal_name,
            dues=[*reversed(plan.payments(loan, thaw(agreement.terms).instalments))],
        )

    def pay(self, *, until: date, at: datetime) -> int:
        """Pay everything that falls due up to a day; return how many payments.

        Each carries its own end-to-end id, so after a crash none is made twice.
        """
        batch = [
            PayIn(
                reference=borrower.reference,
                amount=Money(due.amount_minor, CURRENCY),
                remitter=borrower.name,
                value_date=due.date,
                key=f"{borrower.loan.number}/{due.date}",
            )
            for borrower in self.by_agreement.values()
            for due in _falling(borrower, until)
        ]
        if batch:
            sandbox.pay_in_many(batch, at=at)
        return len(batch)

    def lose(self, cast: Cast, *, on: date, at: datetime) -> bool:
        """Let guarantor, collateral and write-off happen on their days.

        Returns:
            Whether money is on its way that is to be taken in.
        """
        for call in servicing.calls().exclude(state="subrogated"):
            _honour(call, cast, on=on, at=at)
        losing = [
            borrower
            for borrower in self.by_agreement.values()
            if not borrower.is_over
            and (day := calendar.collateral_date(borrower.loan))
            and on >= day
        ]
        paid_in = [_lose(borrower, on=on, at=at) for borrower in losing]
        return any(paid_in)


def _falling(borrower: Borrower, until: date) -> Iterator[Due]:
    while borrower.dues and borrower.dues[-1].date <= until:
        yield borrower.dues.pop()


def _honour(call, cast: Cast, *, on: date, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """The guarantor has a call verified, tops its wallet up and pays."""
    if call.state == "notice":
        services.verify_call(call_code=call.code, by=CHECKER, at=at)
    wallet = chart.wallet(cast.guarantor, CURRENCY)
    short = call.noticed_minor - ledger.balance(wallet.code).available_minor
    if short > 0:
        top_up(wallet, Money(short, CURRENCY), on=on, at=at)
    services.pay_guarantee(call_code=call.code, by=cast.providers[cast.guarantor], at=at)


def _lose(borrower: Borrower, *, on: date, at: datetime) -> bool:
    """Pay in what the collateral fetched, or write the rest off; say if money came."""
    loan, code = borrower.loan, borrower.agreement
    state = servicing.state(code)
    if state.status == "active":
        services.declare_default(
            agreement_code=code, reason="Payments have stopped.", by=MAKER, at=at
        )
        state = servicing.state(code)
    if state.status != "defaulted":
        borrower.is_over = state.status != "active"
        return False
    proceeds = state.claim_minor - loan.charge_off_minor
    if state.owed_minor > loan.charge_off_minor:
        sandbox.pay_in(
            reference=borrower.reference,
            amount=Money(proceeds, CURRENCY),
            remitter=f"Liquidator of {borrower.name}",
            value_date=on,
            key=f"{loan.number}/collateral",
            at=at,
        )
        return True
    if loan.charge_off_date and on >= loan.charge_off_date:
        services.write_off(
            agreement_code=code,
            by=MAKER,
            seconded_by=CHECKER,
            reason="Collateral realised; nothing more is expected.",
            at=at,
        )
    return False
