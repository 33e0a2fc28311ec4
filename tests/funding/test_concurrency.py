"""Many at once, on real connections: nothing over, nothing twice, nobody without answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from longtail.funding import models, queries, services
from longtail.funding.rules import BookFull, ExceedsRemainder, Outcome
from longtail.ledger import queries as ledger
from longtail.parties.rules import Kind
from longtail.values.refusal import Refusal
from tests.funding.world import (
    AT,
    DAY,
    TARGET,
    admitted,
    book_money,
    commit,
    funder,
    listed,
    state,
    wallet,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("market"),
]
TICKET = 100_00


def at_once(*works):
    """Run works at the same moment, each on its own connection; return what each gave."""
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait()
            return work()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def commits(answers):
    return [a for a in answers if isinstance(a, models.Commitment)]


def require_exact(code, target):
    held = sum(c.amount_minor for c in queries.commitments(code))
    assert held == queries.book(code).raised_minor == target
    assert ledger.is_sound() == []


def test_fifty_funders_on_one_book_fill_it_exactly():
    target = 50 * 3 * TICKET // 2 + 1_23
    code = listed(target)
    parties = [funder(wallet=3 * TICKET) for _ in range(50)]
    answers = at_once(
        *(
            lambda p=party: commit(code, p, 3 * TICKET, accepts_part=True)
            for party in parties
        )
    )
    assert len(answers) == 50
    assert all(isinstance(a, models.Commitment | BookFull) for a in answers)
    assert len(commits(answers)) == 26
    require_exact(code, target)
    assert services.close_book(demand_code=code, at=AT + DAY) is Outcome.FUNDED
    assert book_money(code).posted_minor == target
    assert sum(wallet(p).posted_minor for p in parties) == 50 * 3 * TICKET - target
    held = queries.holdings(queries.commitments(code)[0].book.demand.agreement.code)
    assert sum(h.principal_minor for h in held) == target


def test_two_racing_for_the_last_unit():
    code = listed()
    commit(code, funder(wallet=TARGET), TARGET - TICKET)
    one, two = funder(wallet=TICKET), funder(wallet=TICKET)
    answers = at_once(lambda: commit(code, one, TICKET), lambda: commit(code, two, TICKET))
    assert len(commits(answers)) == 1
    assert sum(isinstance(a, BookFull | ExceedsRemainder) for a in answers) == 1
    require_exact(code, TARGET)
    assert wallet(one).held_minor + wallet(two).held_minor == TICKET


def test_the_same_request_sent_eight_times_at_once_holds_once():
    code, party = listed(), funder(wallet=TARGET)
    answers = at_once(*[lambda: commit(code, party, TICKET, key="same")] * 8)
    assert {a.pk for a in commits(answers)} == {commits(answers)[0].pk}
    assert len(commits(answers)) == 8
    assert wallet(party).held_minor == TICKET


def test_one_wallet_over_two_books_is_never_spent_twice():
    one, two, party = listed(), listed(), funder(wallet=TICKET)
    answers = at_once(
        lambda: commit(one, party, TICKET), lambda: commit(two, party, TICKET)
    )
    assert len(commits(answers)) == 1
    assert sum(isinstance(a, services.WalletTooLow) for a in answers) == 1
    assert wallet(party).held_minor == TICKET


def test_one_key_on_two_books_at_once_is_one_commitment():
    one, two, party = listed(), listed(), funder(wallet=TARGET)
    answers = at_once(
        lambda: commit(one, party, TICKET, key="same"),
        lambda: commit(two, party, TICKET, key="same"),
    )
    assert len(commits(answers)) == 1
    assert sum(isinstance(a, services.CommitmentKeyReused) for a in answers) == 1
    assert wallet(party).held_minor == TICKET


def test_the_cap_holds_over_two_demands_of_one_enterprise():
    enterprise, party = admitted(Kind.ENTERPRISE), funder(wallet=TARGET, cap_minor=50_000)
    one = listed(50_000, enterprise=enterprise)
    two = listed(60_000, enterprise=enterprise)
    answers = at_once(
        lambda: commit(one, party, 50_000), lambda: commit(two, party, 50_000)
    )
    assert len(commits(answers)) == 1
    assert sum(isinstance(a, services.CapReached) for a in answers) == 1


def test_closing_many_times_at_once_posts_every_hold_once():
    code, party = listed(), funder(wallet=TARGET)
    commit(code, party, TARGET)
    answers = at_once(*[lambda: services.close_book(demand_code=code, at=AT + DAY)] * 6)
    assert answers == [Outcome.FUNDED] * 6
    assert book_money(code).posted_minor == TARGET
    assert wallet(party).posted_minor == 0
    assert state(code) == "funded"


def test_workers_that_progress_at_once_take_each_step_once():
    code, party = listed(), funder(wallet=TARGET)
    commit(code, party, TARGET)
    answers = at_once(*[lambda: services.progress_all(at=AT + DAY)] * 4)
    assert sum(a.funded for a in answers) >= 1
    assert [a.failures for a in answers] == [()] * 4
    assert book_money(code).posted_minor == TARGET


def test_a_last_second_withdrawal_and_the_closing_do_not_both_happen():
    code, party = listed(), funder(wallet=TARGET)
    commitment = commit(code, party, TICKET)
    at = queries.book(code).closes_at
    answers = at_once(
        lambda: services.withdraw_commitment(
            commitment_code=commitment.code, by="system", at=at - DAY
        ),
        lambda: services.close_book(demand_code=code, at=at),
    )
    assert answers[1] is Outcome.FAILED
    assert wallet(party).available_minor == TARGET
    assert wallet(party).held_minor == 0
    assert ledger.is_sound() == []
