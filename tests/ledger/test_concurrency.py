"""Real connections at the same time: nothing is overdrawn, nothing posts twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from longtail.ledger import models, posting, queries
from longtail.ledger.posting import Resolve
from tests.ledger.books import ANN, BO, CAI, deposit, entry, open_books, pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _books(transactional_db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 1_000))


def at_once(entries):
    """Post every entry on a connection of its own; return results and refusals."""
    start = Barrier(len(entries))

    def attempt(found):
        try:
            start.wait()
            return posting.post(found)
        except posting.LedgerRefusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(entries)) as pool:
        return list(pool.map(attempt, entries))


def test_fifty_holds_on_one_wallet_never_overdraw_it():
    results = at_once([pay(ANN, (BO, CAI)[n % 2], 30, pending=True) for n in range(50)])
    held = [r for r in results if isinstance(r, tuple)]
    assert len(held) == 33  # 33 × 30 ≤ 1,000 < 34 × 30
    assert {type(r) for r in results if not isinstance(r, tuple)} == {
        posting.InsufficientFunds
    }
    assert queries.balance(ANN).available_minor == 10
    assert queries.is_sound() == []


def test_the_same_key_at_once_posts_once_and_answers_everyone():
    results = at_once([pay(ANN, BO, 30, key="same")] * 12)
    assert len(set(results)) == 1
    assert queries.balance(BO).posted_minor == 30


def test_a_key_with_two_contents_at_once_is_taken_by_one():
    rivals = pay(ANN, BO, 30, key="one"), pay(ANN, CAI, 1, key="one")
    results = at_once([rivals[n % 2] for n in range(8)])
    posted = {r for r in results if isinstance(r, tuple)}
    assert len(posted) == 1
    assert queries.is_sound() == []
    assert models.Journal.objects.filter(key="one").count() == 1


def test_crossing_payments_do_not_deadlock():
    posting.post(deposit(BO, 1_000))
    results = at_once([pay(*((ANN, BO) if n % 2 else (BO, ANN)), 1) for n in range(24)])
    assert all(isinstance(r, tuple) for r in results)


def test_a_hold_resolved_at_once_is_resolved_once():
    (hold,) = posting.post(pay(ANN, BO, 100, pending=True))
    results = at_once([entry(Resolve(hold, post=n % 2 == 0)) for n in range(8)])
    assert sum(isinstance(r, tuple) for r in results) == 1
    assert {type(r) for r in results if not isinstance(r, tuple)} == {
        posting.AlreadyResolved
    }
    assert queries.is_sound() == []
