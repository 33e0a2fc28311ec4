"""Any sequence of commands, accepted or refused, leaves the books sound."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.ledger import models, posting, queries
from longtail.ledger.entries import refuse_impossible
from longtail.ledger.posting import Resolve
from tests.ledger.books import BANK, WALLETS, deposit, entry, open_books, pay

amounts = st.integers(1, 500)
wallets = st.sampled_from(WALLETS)
commands = st.one_of(
    st.tuples(st.just("deposit"), wallets, amounts),
    st.tuples(st.just("withdraw"), wallets, amounts),
    st.tuples(st.sampled_from(["pay", "hold"]), wallets, wallets, amounts),
    st.tuples(st.sampled_from(["post", "void"]), st.integers(0, 9)),
    st.tuples(st.just("post part"), st.integers(0, 9), amounts),
    st.tuples(st.sampled_from(["replay", "replay changed"]), st.integers(0, 9)),
)
scripts = st.lists(commands, max_size=20)


class Script:
    """Turns commands into entries that refer to what earlier commands did."""

    def __init__(self):
        self.holds, self.done, self.count = [], [], 0

    def entry(self, command):
        self.count += 1
        key = f"key:{self.count}"
        match command:
            case "deposit", who, x:
                return deposit(who, x, key=key)
            case "withdraw", who, x:
                return pay(who, BANK, x, key=key)
            case ("pay" | "hold") as verb, a, b, x:
                return pay(a, b, x, pending=verb == "hold", key=key)
            case ("post" | "void") as verb, n if self.holds:
                hold = self.holds[n % len(self.holds)]
                return entry(Resolve(hold, post=verb == "post"), key=key)
            case "post part", n, x if self.holds:
                hold = self.holds[n % len(self.holds)]
                return entry(Resolve(hold, post=True, amount_minor=x), key=key)
            case "replay", n if self.done:
                return self.done[n % len(self.done)]
            case "replay changed", n if self.done:
                return deposit(WALLETS[0], 501, key=self.done[n % len(self.done)].key)
        return None

    def accepted(self, found, ids):
        moves = zip(found.moves, ids, strict=True)
        self.holds += [i for m, i in moves if getattr(m, "pending", False)]
        self.done.append(found)


def state():
    return (
        queries.balances(),
        models.Journal.objects.count(),
        models.Transfer.objects.count(),
    )


def assert_sound():
    after = queries.balances()
    assert after == queries.replayed_balances()
    assert sum(b[1] for b in after.values()) == sum(b[3] for b in after.values())
    assert sum(b[0] for b in after.values()) == sum(b[2] for b in after.values())
    assert all(after[w][0] + after[w][1] <= after[w][3] for w in WALLETS)
    assert queries.is_sound() == []


class TestLedgerInvariants(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(scripts)
    def test_books_stay_sound(self, commands):
        open_books()
        script = Script()
        for command in commands:
            before = state()
            found = script.entry(command)
            if found is None:
                continue
            is_replay = found in script.done
            try:
                ids = posting.post(found)
            except posting.LedgerRefusal:
                assert not is_replay
                assert state() == before  # A refusal changes nothing.
            else:
                assert command[0] != "replay changed"
                if is_replay:
                    assert state() == before
                else:
                    script.accepted(found, ids)
            assert_sound()

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(scripts)
    def test_a_batch_does_what_single_posts_do(self, commands):
        """Post a script one by one, and as one batch on a second set of books."""
        open_books()
        # Holds that the batch resolves have to exist before it.
        opening = Script()
        for command in [("deposit", WALLETS[0], 300), ("hold", *WALLETS[:2], 100)] * 2:
            found = opening.entry(command)
            opening.accepted(found, posting.post(found))
        entries = [x for x in map(opening.entry, commands) if x is not None]
        before = state()
        singly, refused = self.post_singly(entries)
        self.rewind(before)
        if refused:
            with pytest.raises(refused):
                posting.post_many(entries)
            assert state() == before
        else:
            ids = posting.post_many(entries)
            assert queries.balances() == singly
            assert [len(group) for group in ids] == [len(e.moves) for e in entries]
        assert_sound()

    def post_singly(self, entries):
        """Return the balances after all, or the refusal that a batch must give."""
        self.savepoint = transaction.savepoint()
        for found in entries:
            try:
                posting.post(found)
            except posting.LedgerRefusal as refusal:
                return None, self.impossible(entries) or type(refusal)
        return queries.balances(), None

    def impossible(self, entries):
        """Say what a batch refuses before it looks at any balance."""
        try:
            for found in entries:
                refuse_impossible(found)
        except posting.InvalidEntry as refusal:
            return type(refusal)

    def rewind(self, before):
        transaction.savepoint_rollback(self.savepoint)
        assert state() == before
