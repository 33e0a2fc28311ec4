"""Callers who share a commit: each gets what it would get alone, and nobody waits on."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import OperationalError, connection, transaction

from longtail.ledger import batcher, models, posting, queries
from longtail.ledger.batcher import Batcher, PostingUnanswered
from longtail.ledger.posting import Resolve
from tests.ledger.books import ANN, BO, CAI, deposit, entry, open_books, pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _books(transactional_db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 1_000))


@pytest.fixture
def shared():
    found = Batcher()
    yield found
    found.close()


def outcome(call, *args):
    try:
        return call(*args)
    except (posting.LedgerRefusal, PostingUnanswered) as refusal:
        return refusal
    finally:
        connection.close()


def all_at_once(shared, entries):
    start = Barrier(len(entries))

    def attempt(found):
        start.wait()
        return outcome(shared.post, found)

    with ThreadPoolExecutor(len(entries)) as pool:
        return list(pool.map(attempt, entries))


def gathered(shared, monkeypatch, entries, *, failing=None):
    """Let the first entry lead alone until all the others wait for one group."""
    go, led, groups = Event(), Event(), []
    real = posting.post_each

    def slow(found):
        groups.append(len(found))
        if len(groups) == 1:
            led.set()
            go.wait(30)
        elif failing is not None:
            raise failing
        return real(found)

    monkeypatch.setattr(posting, "post_each", slow)
    with ThreadPoolExecutor(len(entries)) as pool:
        first = pool.submit(outcome, shared.post, entries[0])
        led.wait(30)
        rest = []
        for place, found in enumerate(entries[1:], 1):
            rest.append(pool.submit(outcome, shared.post, found))
            while len(shared._waiting) < place:
                pass
        go.set()
        return [future.result(60) for future in (first, *rest)], groups


def test_everyone_gets_their_own_ids_and_all_is_posted():
    shared = Batcher()
    results = all_at_once(shared, [pay(ANN, (BO, CAI)[n % 2], 1) for n in range(40)])
    shared.close()
    assert len(set(results)) == 40
    assert queries.balance(ANN).posted_minor == 960
    assert queries.is_sound() == []


def test_a_group_shares_one_batch_in_the_order_of_arrival(shared, monkeypatch):
    entries = [pay(ANN, BO, n + 1) for n in range(6)]
    results, groups = gathered(shared, monkeypatch, entries)
    assert groups == [1, 5]
    assert results == sorted(results)
    assert models.Batch.objects.order_by("-id")[0].journal_count == 5


def test_one_that_is_refused_fails_alone(shared, monkeypatch):
    (hold,) = posting.post(pay(ANN, BO, 100, pending=True))
    entries = [
        pay(ANN, BO, 10),
        pay(BO, CAI, 5_000),
        pay(ANN, CAI, 20, key="twice"),
        pay(ANN, CAI, 21, key="twice"),
        pay(ANN, CAI, 20, key="twice"),
        entry(Resolve(hold, post=True)),
        entry(Resolve(hold, post=False)),
        pay(BO, CAI, 110),
        pay(BO, CAI, 1),
    ]
    results, groups = gathered(shared, monkeypatch, entries)
    assert groups == [1, 8]
    assert [type(x).__name__ for x in results] == [
        "tuple",
        "InsufficientFunds",
        "tuple",
        "KeyReused",
        "tuple",
        "tuple",
        "AlreadyResolved",
        "tuple",
        "InsufficientFunds",
    ]
    assert results[2] == results[4]
    assert "The wallet of BO is USD 0.01 short" in str(results[8])
    assert queries.balance(CAI).posted_minor == 130
    assert queries.is_sound() == []


def test_a_group_is_bounded(monkeypatch):
    shared = Batcher(most=2)
    results, groups = gathered(shared, monkeypatch, [pay(ANN, BO, n + 1) for n in range(6)])
    shared.close()
    assert groups == [1, 2, 2, 1]
    assert all(isinstance(ids, tuple) for ids in results)


def test_when_the_connection_breaks_everyone_hears_and_may_try_again(shared, monkeypatch):
    entries = [pay(ANN, BO, n + 1) for n in range(4)]
    error = OperationalError("the server closed the connection")
    results, _ = gathered(shared, monkeypatch, entries, failing=error)
    assert [type(x) for x in results[1:]] == [PostingUnanswered] * 3
    monkeypatch.undo()
    again = [shared.post(found) for found in entries]
    assert again[0] == results[0]
    assert queries.balance(BO).posted_minor == 10


def test_nobody_waits_longer_than_their_patience(monkeypatch):
    shared = Batcher(patience_seconds=0.01)
    go, led = Event(), Event()
    real = posting.post_each

    def stuck(found):
        led.set()
        go.wait(30)
        return real(found)

    monkeypatch.setattr(batcher.posting, "post_each", stuck)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outcome, shared.post, pay(ANN, BO, 1))
        led.wait(30)
        with pytest.raises(PostingUnanswered):
            shared.post(pay(ANN, BO, 2))
        go.set()
        assert isinstance(first.result(60), tuple)
    shared.close()
    assert queries.balance(BO).posted_minor == 1  # Taken out of the queue, never posted.


def test_a_shared_commit_is_never_part_of_a_transaction(shared):
    with transaction.atomic(), pytest.raises(AssertionError):
        shared.post(pay(ANN, BO, 1))
    assert queries.balance(BO).posted_minor == 0


def test_what_could_never_be_posted_is_refused_before_it_waits(shared):
    with pytest.raises(posting.InvalidEntry):
        shared.post(pay(ANN, BO, 0))


def test_two_thousand_requests_never_overdraw_one_account(shared):
    """SECURITY T3: 50 sessions, 2,000 requests, money for 100."""
    posting.post(deposit(BO, 100))

    def session(number):
        return [outcome(shared.post, pay(BO, (ANN, CAI)[number % 2], 1)) for _ in range(40)]

    with ThreadPoolExecutor(50) as pool:
        results = [x for found in pool.map(session, range(50)) for x in found]
    assert sum(isinstance(x, tuple) for x in results) == 100
    assert {type(x) for x in results if not isinstance(x, tuple)} == {
        posting.InsufficientFunds
    }
    assert queries.balance(BO).available_minor == 0
    assert queries.is_sound() == []
