"""Random histories of a small ledger, and the slow way to know what is in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from hypothesis import strategies as st

from longtail.ledger import posting
from longtail.ledger.posting import LedgerRefusal, Resolve
from tests.ledger.books import BANK, WALLETS, deposit, entry, open_books, pay

FIRST = date(2026, 1, 1)
DAYS = 12
_keys = count(1)

amounts = st.integers(1, 500)
wallets = st.sampled_from(WALLETS)
days = st.integers(0, DAYS - 1)
commands = st.tuples(
    days,
    st.one_of(
        st.tuples(st.just("deposit"), wallets, amounts),
        st.tuples(st.just("withdraw"), wallets, amounts),
        st.tuples(st.sampled_from(["pay", "hold"]), wallets, wallets, amounts),
        st.tuples(st.sampled_from(["post", "void"]), st.integers(0, 9)),
        st.tuples(st.just("post part"), st.integers(0, 9), amounts),
    ),
)
histories = st.lists(commands, max_size=25)


def moment(day: int) -> datetime:
    """Return noon of a day of the history."""
    return datetime.combine(FIRST + timedelta(days=day), time(12), UTC)


def day(n: int) -> date:
    """Return a day of the history."""
    return FIRST + timedelta(days=n)


class History:
    """What was posted, kept in plain lists: (recorded order, day, effects on accounts).

    The oracle adds up lists; it knows nothing of SQL, indexes or closed periods.
    """

    def __init__(self):
        self.holds = {}
        self.effects = []
        self.refused = 0

    def play(self, commands):
        """Post every command that the ledger accepts."""
        for on, command in commands:
            self.post(on, command)

    def post(self, on, command):
        """Post one command as of a day; a refusal leaves no trace."""
        made = self._entry(on, command)
        if made is None:
            return
        try:
            ids = posting.post(made)
        except LedgerRefusal:
            self.refused += 1
            return
        for move, transfer_id in zip(made.moves, ids, strict=True):
            self._note(on, move, transfer_id)

    def _entry(self, on, command):
        key, at = f"history:{next(_keys)}", moment(on)
        open_holds = sorted(self.holds)
        match command:
            case "deposit", who, x:
                made = deposit(who, x, key=key)
            case "withdraw", who, x:
                made = pay(who, BANK, x, key=key)
            case ("pay" | "hold") as verb, a, b, x if a != b:
                made = pay(a, b, x, pending=verb == "hold", key=key)
            case ("post" | "void") as verb, n if open_holds:
                hold = open_holds[n % len(open_holds)]
                made = entry(Resolve(hold, post=verb == "post"), key=key)
            case "post part", n, x if open_holds:
                hold = open_holds[n % len(open_holds)]
                made = entry(Resolve(hold, post=True, amount_minor=x), key=key)
            case _:
                return None
        return posting.Entry(key=key, kind="test", effective_at=at, moves=made.moves)

    def _note(self, on, move, transfer_id):
        if isinstance(move, Resolve):
            debit, credit, held = self.holds.pop(move.hold_id)
            posted = 0
            if move.post:
                posted = held if move.amount_minor is None else move.amount_minor
            pending = -held
        else:
            debit, credit, amount = move.debit, move.credit, move.amount.minor
            pending, posted = (amount, 0) if move.pending else (0, amount)
            if move.pending:
                self.holds[transfer_id] = (debit, credit, amount)
        self.effects.append((transfer_id, on, debit, credit, pending, posted))

    def totals(self, account, *, on=None, known=None):
        """Return the four totals from the lists alone.

        Args:
            account: Its code.
            on: Only what counts up to this day.
            known: Only the first so many effects.
        """
        found = [0, 0, 0, 0]
        for _, when, debit, credit, pending, posted in self.effects[:known]:
            if on is not None and when > on:
                continue
            if account == debit:
                found[0] += pending
                found[1] += posted
            if account == credit:
                found[2] += pending
                found[3] += posted
        return tuple(found)


def new_history():
    """Open the books and return an empty history of them."""
    open_books()
    return History()
