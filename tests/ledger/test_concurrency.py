"""Real connections at the same time: nothing is overdrawn, nothing posts twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from django.db import connection

from longtail.ledger import models, posting, queries
from longtail.ledger.posting import Resolve
from tests.ledger.books import ANN, BO, CAI, NOW, deposit, entry, open_books, pay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _books(transactional_db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 1_000))


def at_once(entries, post=posting.post):
    """Post every entry on a connection of its own; return results and refusals."""
    start = Barrier(len(entries))

    def attempt(found):
        try:
            start.wait()
            return post(found)
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


def columns(moves, prefix="", keys=None):
    ids = queries.account_ids([ANN, BO, CAI])
    debit, credit, minor = zip(*moves, strict=True)
    return posting.Batch(
        keys=keys or [f"{prefix}{n}" for n in range(len(moves))],
        kind="test",
        effective_at=NOW,
        debit_ids=np.array([ids[code] for code in debit]),
        credit_ids=np.array([ids[code] for code in credit]),
        amounts_minor=np.array(minor),
        currency="USD",
    )


def test_batches_on_one_wallet_never_overdraw_it():
    found = [columns([(ANN, (BO, CAI)[n % 2], 15)] * 2, f"{n}:") for n in range(50)]
    results = at_once(found, posting.post_batch)
    posted = [r for r in results if not isinstance(r, posting.LedgerRefusal)]
    assert len(posted) == 33
    assert queries.balance(ANN).available_minor == 10
    assert queries.is_sound() == []


def test_crossing_batches_do_not_deadlock():
    posting.post(deposit(BO, 1_000))
    there, back = [(ANN, BO, 1), (BO, CAI, 1)], [(BO, ANN, 1), (ANN, CAI, 1)]
    found = [columns((there, back)[n % 2], f"{n}:") for n in range(16)]
    results = at_once(found, posting.post_batch)
    assert not any(isinstance(r, Exception) for r in results)
    assert queries.balance(CAI).posted_minor == 16


def test_the_same_keys_in_opposite_order_post_once():
    keys = [f"same:{n}" for n in range(20)]
    moves = [(ANN, BO, n + 1) for n in range(20)]
    found = [
        columns(moves[::step], keys=keys[::step]) for step in (1, -1) for _ in range(5)
    ]
    results = at_once(found, posting.post_batch)
    assert {tuple(sorted(ids.tolist())) for ids in results} == {
        tuple(sorted(results[0].tolist()))
    }
    assert queries.balance(BO).posted_minor == 210
    assert queries.is_sound() == []


def test_postings_and_judged_postings_of_the_same_keys_cross():
    """Ends of holds lock accounts first and claim keys after; payments do the reverse."""
    holds = [posting.post(pay(ANN, BO, 10, pending=True))[0] for _ in range(12)]
    ends = [entry(Resolve(hold, post=True), key=f"k{n}") for n, hold in enumerate(holds)]
    rivals = [pay(ANN, BO, 10, key=f"k{n}") for n in range(12)]
    results = at_once([x for pair in zip(ends, rivals, strict=True) for x in pair])
    assert sum(isinstance(r, tuple) for r in results) == 12
    assert {type(r) for r in results if not isinstance(r, tuple)} == {posting.KeyReused}
    assert queries.is_sound() == []


def by_columns(found):
    """Post an entry of one move as columns, of which there is one row."""
    (move,) = found.moves
    row = (move.debit, move.credit, move.amount.minor)
    return tuple(posting.post_batch(columns([row], keys=[found.key])).tolist())


@pytest.mark.parametrize("post", [posting.post, by_columns])
def test_two_thousand_requests_never_overdraw_one_wallet(post):
    """SECURITY T3: 50 sessions, 2,000 requests, money for 100."""
    posting.post(deposit(BO, 100))
    start = Barrier(50)

    def session(number):
        start.wait()
        try:
            return [attempt(pay(BO, (ANN, CAI)[number % 2], 1)) for _ in range(40)]
        finally:
            connection.close()

    def attempt(found):
        try:
            return post(found)
        except posting.LedgerRefusal as refusal:
            return refusal

    with ThreadPoolExecutor(50) as pool:
        results = [x for found in pool.map(session, range(50)) for x in found]
    posted = [x for x in results if isinstance(x, tuple)]
    assert len(results) == 2_000
    assert len(posted) == len(set(posted)) == 100
    assert {type(x) for x in results if not isinstance(x, tuple)} == {
        posting.InsufficientFunds
    }
    assert queries.balance(BO).available_minor == 0
    assert queries.is_sound() == []
