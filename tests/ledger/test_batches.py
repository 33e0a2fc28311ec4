"""Columns in one round trip do what entries do one by one, and refuse what they refuse."""

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.ledger import chart, models, posting, queries
from longtail.ledger.posting import Batch, Move
from longtail.values.money import MAX_MINOR
from tests.ledger.books import ANN, BANK, BO, CAI, NOW, WALLETS, deposit, open_books, usd

CODES = (BANK, *WALLETS)
sides = st.lists(st.sampled_from(range(4)), min_size=2, max_size=2, unique=True)
rows = st.tuples(sides, st.integers(1, 60), st.integers(0, 9))


def account_ids():
    found = queries.account_ids(CODES)
    return np.array([found[code] for code in CODES])


def batch(moves, keys=None, places=None):
    """Make a batch of (debit, credit, amount), accounts as places in CODES."""
    ids = account_ids()
    debit, credit, minor = np.array(moves, np.int64).T
    return Batch(
        keys=keys or [f"batch:{n}" for n in range(len(moves))],
        kind="test",
        effective_at=NOW,
        debit_ids=ids[debit],
        credit_ids=ids[credit],
        amounts_minor=minor,
        currency="USD",
        places=None if places is None else np.array(places),
    )


def as_entries(found, places=None):
    codes = dict(zip(account_ids().tolist(), CODES, strict=True))
    moves = [[] for _ in found.keys]
    columns = found.debit_ids, found.credit_ids, found.amounts_minor
    for n, (debit, credit, minor) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        moves[n if places is None else places[n]].append(
            Move(debit=codes[debit], credit=codes[credit], amount=usd(minor))
        )
    return [
        posting.Entry(key=key, kind="test", effective_at=NOW, moves=tuple(found))
        for key, found in zip(found.keys, moves, strict=True)
    ]


def state():
    return queries.balances(), models.Journal.objects.count(), models.Batch.objects.count()


def singly(entries):
    """Post one by one and take it back: the balances, or the first refusal's words."""
    point = transaction.savepoint()
    try:
        for found in entries:
            posting.post(found)
        return queries.balances()
    except posting.LedgerRefusal as refusal:
        return type(refusal), str(refusal)
    finally:
        transaction.savepoint_rollback(point)


def together(post, *args):
    point = transaction.savepoint()
    try:
        post(*args)
        return queries.balances()
    except posting.LedgerRefusal as refusal:
        return type(refusal), str(refusal)
    finally:
        assert queries.is_sound() == []
        transaction.savepoint_rollback(point)


class TestOneBehaviour(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(rows, min_size=1, max_size=12), st.booleans())
    def test_both_paths_post_and_refuse_the_same(self, drawn, is_grouped):
        open_books()
        posting.post_many([deposit(who, 40) for who in WALLETS])
        moves = [(debit, credit, minor) for (debit, credit), minor, _ in drawn]
        places = [place for *_, place in drawn] if is_grouped else None
        keys = [f"batch:{n}" for n in range(10)] if is_grouped else None
        found = batch(moves, keys, places)
        entries = as_entries(found, places)
        before = state()
        expected = singly(entries)
        assert together(posting.post_many, entries) == expected
        assert together(posting.post_batch, found) == expected
        assert state() == before


@pytest.fixture
def books(db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 100))


def refuses(refusal, found):
    before = state()
    with pytest.raises(refusal) as caught:
        posting.post_batch(found)
    assert state() == before
    assert queries.is_sound() == []
    return str(caught.value)


def test_ids_come_in_the_order_of_the_columns(books):  # noqa: ARG001
    found = batch([(0, 1, 5), (0, 2, 6), (0, 3, 7)], ["b", "a"], [1, 0, 1])
    ids = posting.post_batch(found)
    rows = {t.pk: t for t in models.Transfer.objects.filter(pk__in=ids.tolist())}
    assert [rows[i].amount_minor for i in ids.tolist()] == [5, 6, 7]
    assert [rows[i].journal.key for i in ids.tolist()] == ["a", "b", "a"]


def test_a_replay_answers_with_the_old_ids_on_either_path(books):  # noqa: ARG001
    found = batch([(1, 2, 5), (1, 3, 6)])
    ids = posting.post_batch(found)
    assert posting.post_batch(found).tolist() == ids.tolist()
    assert posting.post_many(as_entries(found)) == tuple((i,) for i in ids.tolist())
    assert queries.balance(ANN).posted_minor == 89
    changed = batch([(1, 2, 5), (1, 3, 7)])
    assert "batch:1" in refuses(posting.KeyReused, changed)


def test_a_journal_of_many_transfers_is_replayed_whole(books):  # noqa: ARG001
    found = batch([(1, 2, 5), (1, 3, 6), (1, 2, 7)], ["day"], [0, 0, 0])
    ids = posting.post_batch(found)
    assert posting.post_batch(found).tolist() == ids.tolist()
    refuses(posting.KeyReused, batch([(1, 2, 5), (1, 3, 6)], ["day"], [0, 0]))


def test_money_may_be_spent_after_it_came_and_not_before(books):  # noqa: ARG001
    arrive, spend = (1, 2, 100), (2, 3, 100)
    message = refuses(posting.InsufficientFunds, batch([spend, arrive]))
    assert "The wallet of BO is USD 1.00 short" in message
    posting.post_batch(batch([arrive, spend]))
    assert queries.balance(CAI).posted_minor == 100


def test_within_one_journal_the_order_does_not_matter(books):  # noqa: ARG001
    posting.post_batch(batch([(2, 3, 100), (1, 2, 100)], ["one"], [0, 0]))
    assert queries.balance(CAI).posted_minor == 100


def test_the_custodians_cash_cannot_be_paid_before_it_came(books):  # noqa: ARG001
    out, back = (1, 0, 100), (0, 2, 50)
    refuses(posting.InsufficientFunds, batch([out, (3, 0, 1), back]))
    posting.post_batch(batch([out, back]))


def test_unknown_accounts_and_currencies_are_named(books):  # noqa: ARG001
    found = batch([(1, 2, 5)])
    stranger = np.array([10**12])
    strange = Batch(
        **{f: getattr(found, f) for f in Batch.__slots__ if f != "debit_ids"},
        debit_ids=stranger,
    )
    refuses(posting.UnknownAccount, strange)
    euro = Batch(
        **{f: getattr(found, f) for f in Batch.__slots__ if f != "currency"}, currency="EUR"
    )
    refuses(posting.CurrencyDiffers, euro)


@pytest.mark.parametrize("minor", [0, -1, MAX_MINOR + 1])
def test_an_amount_that_could_never_be_posted_is_refused(books, minor):  # noqa: ARG001
    assert "batch:1" in refuses(posting.InvalidEntry, batch([(1, 2, 5), (1, 2, minor)]))


@pytest.mark.parametrize("key", ["", "x" * 129, "a\0b", "a\x1fb"])
def test_a_key_that_could_never_be_stored_is_refused(books, key):  # noqa: ARG001
    refuses(posting.InvalidEntry, batch([(1, 2, 5)], [key]))


def test_posting_is_one_round_trip_and_leaves_the_planner_as_it_was(books):  # noqa: ARG001
    posting.post_batch(batch([(1, 2, 1), (1, 3, 1)]))
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('enable_hashjoin'), current_setting('jit')")
        assert cursor.fetchone() == ("on", "on")


def slip_in(rows):
    """Insert transfers in one statement, as another program might."""
    journal = models.Journal.objects.values_list("id", flat=True)[0]
    with transaction.atomic():
        models.Transfer.objects.bulk_create(
            models.Transfer(**{"journal_id": journal, "phase": "SINGLE"} | row)
            for row in rows
        )


def test_whoever_writes_transfers_moves_the_totals_and_stays_within_limits(books):  # noqa: ARG001
    bank, ann, bo, _ = account_ids().tolist()
    base = {"currency": "USD", "amount_minor": 10}
    slip_in([{**base, "debit_account_id": ann, "credit_account_id": bo}] * 2)
    assert queries.balances() == queries.replayed_balances()
    assert queries.balance(BO).posted_minor == 20
    for rows in (
        [{**base, "debit_account_id": ann, "credit_account_id": bo, "amount_minor": 81}],
        [{**base, "debit_account_id": ann, "credit_account_id": 10**12}],
        [{**base, "debit_account_id": ann, "credit_account_id": bo, "journal_id": 0}],
        [{**base, "debit_account_id": ann, "credit_account_id": bo, "currency": "EUR"}],
    ):
        for count in (1, 2):
            before = state()
            with pytest.raises(IntegrityError):
                slip_in(rows * count)
            assert state() == before
    euro = posting.open_account(chart.wallet("EVA", "EUR"))
    with pytest.raises(IntegrityError, match="not in its currency"):
        slip_in([{**base, "debit_account_id": bank, "credit_account_id": euro}])


@pytest.mark.parametrize("count", [1, 2])
def test_no_money_moves_under_a_batch_that_was_never_posted(books, count):  # noqa: ARG001
    """A journal slipped in with a made-up batch is of no use: nothing can hang on it."""
    stranger = models.Journal.objects.create(
        batch_id=10**12, key="slipped in", kind="test", effective_at=NOW
    )
    _, ann, bo, _ = account_ids().tolist()
    row = {"currency": "USD", "amount_minor": 10, "journal_id": stranger.pk}
    before = state()
    with pytest.raises(IntegrityError, match="has no journal"):
        slip_in([{**row, "debit_account_id": ann, "credit_account_id": bo}] * count)
    assert state() == before
    assert queries.is_sound() == []


def test_a_journal_cannot_leave_its_batch_nor_a_batch_its_digest(books):  # noqa: ARG001
    other = models.Batch.objects.create(digest=b"", journal_count=0, transfer_count=0)
    for change in (
        lambda: models.Journal.objects.update(batch_id=other.pk),
        lambda: models.Batch.objects.update(digest=b"\0" * 32),
        lambda: models.Batch.objects.update(journal_count=2),
        lambda: models.Batch.objects.filter(pk=other.pk).delete(),
    ):
        before = state(), list(models.Batch.objects.order_by("id").values())
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
        assert (state(), list(models.Batch.objects.order_by("id").values())) == before
