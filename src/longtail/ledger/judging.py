"""Whether an entry may be posted, judged on running totals under lock. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from longtail.ledger.chart import Limit, Phase, describe
from longtail.ledger.entries import (
    AlreadyResolved,
    CurrencyDiffers,
    Entry,
    HoldExceeded,
    InsufficientFunds,
    InvalidEntry,
    LedgerRefusal,
    Move,
    Resolve,
    UnknownAccount,
    UnknownHold,
)
from longtail.values.money import Money

MAX_TOTAL = 2**63 - 1
DEBITS_PENDING, DEBITS_POSTED, CREDITS_PENDING, CREDITS_POSTED = range(4)


@dataclass(slots=True)
class Account:
    """An account under lock, with its totals as they are after the entries so far."""

    id: int
    code: str
    currency: str
    limit: str
    totals: list[int]

    def add(self, side: int, amount: int) -> None:
        self.totals[side] += amount


@dataclass(slots=True)
class Hold:
    id: int
    debit_id: int
    credit_id: int
    amount_minor: int
    currency: str
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer row to write."""

    key: str
    phase: Phase
    debit_id: int
    credit_id: int
    amount_minor: int
    currency: str
    resolves_id: int | None = None


class Books:
    """The locked accounts of a batch, as they are after the entries judged so far."""

    def __init__(self, accounts: list[Account], holds: dict[int, Hold]) -> None:
        self.holds = holds
        self.by_id = {account.id: account for account in accounts}
        self.by_code = {account.code: account for account in accounts}

    def judge(self, entry: Entry) -> list[Line]:
        """Apply an entry to the totals and return its rows, or refuse it.

        A refusal leaves the totals as they were.
        """
        lines: list[Line] = []
        ended: list[Hold] = []
        before: dict[int, tuple[int, ...]] = {}
        try:
            for move in entry.moves:
                if isinstance(move, Resolve):
                    lines.append(self._second(entry.key, move, before))
                    ended.append(self.holds[move.hold_id])
                else:
                    lines.append(self._first(entry.key, move, before))
            for account_id in before:
                _refuse_past_limit(self.by_id[account_id])
        except LedgerRefusal:
            for account_id, totals in before.items():
                self.by_id[account_id].totals = list(totals)
            for hold in ended:
                hold.is_resolved = False
            raise
        return lines

    def _first(self, key: str, move: Move, before: dict[int, tuple[int, ...]]) -> Line:
        debit, credit = self._account(move.debit), self._account(move.credit)
        amount = move.amount
        for account in (debit, credit):
            if account.currency != amount.currency:
                raise CurrencyDiffers(
                    f"{describe(account.code)} is in {account.currency}; {amount} cannot "
                    "be booked on it."
                )
        _remember(before, debit, credit)
        debit.add(DEBITS_PENDING if move.pending else DEBITS_POSTED, amount.minor)
        credit.add(CREDITS_PENDING if move.pending else CREDITS_POSTED, amount.minor)
        phase = Phase.PENDING if move.pending else Phase.SINGLE
        return Line(key, phase, debit.id, credit.id, amount.minor, amount.currency)

    def _second(self, key: str, move: Resolve, before: dict[int, tuple[int, ...]]) -> Line:
        hold = self.holds.get(move.hold_id)
        if hold is None:
            raise UnknownHold(f"There is no held amount number {move.hold_id}.")
        held = Money(hold.amount_minor, hold.currency)
        if hold.is_resolved:
            raise AlreadyResolved(
                f"The hold of {held} (number {hold.id}) was already taken or released; "
                "look at its latest state."
            )
        taken = hold.amount_minor if move.amount_minor is None else move.amount_minor
        if taken > hold.amount_minor:
            raise HoldExceeded(
                f"{Money(taken, hold.currency)} cannot be taken from a hold of {held}; "
                "take no more than was held."
            )
        hold.is_resolved = True
        debit, credit = self.by_id[hold.debit_id], self.by_id[hold.credit_id]
        _remember(before, debit, credit)
        debit.add(DEBITS_PENDING, -hold.amount_minor)
        credit.add(CREDITS_PENDING, -hold.amount_minor)
        if move.post:
            debit.add(DEBITS_POSTED, taken)
            credit.add(CREDITS_POSTED, taken)
        phase = Phase.POST if move.post else Phase.VOID
        return Line(key, phase, debit.id, credit.id, taken, hold.currency, hold.id)

    def _account(self, code: str) -> Account:
        if code not in self.by_code:
            raise UnknownAccount(f"{describe(code)} is not open; open it first.")
        return self.by_code[code]


def _remember(before: dict[int, tuple[int, ...]], *accounts: Account) -> None:
    for account in accounts:
        before.setdefault(account.id, tuple(account.totals))


def _refuse_past_limit(account: Account) -> None:
    debits_pending, debits, credits_pending, credits = account.totals
    if max(account.totals) > MAX_TOTAL:
        raise InvalidEntry(f"{describe(account.code)} cannot count so much money.")
    if account.limit == Limit.DEBITS_MUST_NOT_EXCEED_CREDITS:
        short = debits_pending + debits - credits
    elif account.limit == Limit.CREDITS_MUST_NOT_EXCEED_DEBITS:
        short = credits_pending + credits - debits
    else:
        return
    if short > 0:
        raise InsufficientFunds(
            f"{describe(account.code)} is {Money(short, account.currency)} short of what "
            "is to be paid or held from it; pay money in or choose a smaller amount."
        )
