"""The only writer of money: what it posts, what it refuses, what it repeats."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from longtail.ledger import chart, models, posting, queries
from longtail.ledger.posting import Move, Resolve
from longtail.values.money import MAX_MINOR, Money
from tests.ledger.books import ANN, BANK, BO, CAI, deposit, entry, open_books, pay, usd

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books(db):  # noqa: ARG001
    open_books()
    posting.post(deposit(ANN, 1_000))


def available(code):
    return queries.balance(code).available_minor


def refuses(refusal, *entries):
    before = queries.balances(), models.Journal.objects.count()
    with pytest.raises(refusal) as caught:
        posting.post_many(entries)
    assert (queries.balances(), models.Journal.objects.count()) == before
    assert queries.is_sound() == []
    return str(caught.value)


def test_a_replay_posts_nothing_and_a_reused_key_is_refused():
    first = posting.post(deposit(BO, 100, key="deposit:1"))
    assert posting.post(deposit(BO, 100, key="deposit:1")) == first
    assert available(BO) == 100
    refuses(posting.KeyReused, deposit(BO, 101, key="deposit:1"))


def test_replays_mix_with_new_entries_in_one_batch():
    old = posting.post(pay(ANN, BO, 10, key="a"))
    ids = posting.post_many(
        [pay(ANN, BO, 20, key="b"), pay(ANN, BO, 10, key="a"), pay(ANN, BO, 20, key="b")]
    )
    assert ids[1] == old
    assert ids[0] == ids[2] != old
    assert available(BO) == 30
    refuses(posting.KeyReused, pay(ANN, BO, 1, key="c"), pay(ANN, BO, 2, key="c"))


def test_ids_come_in_the_order_of_the_moves():
    moves = [Move(debit=ANN, credit=BO, amount=usd(n)) for n in (3, 1, 2)]
    ids = posting.post_many([entry(*moves), entry(moves[1])])
    by_id = dict(models.Transfer.objects.values_list("id", "amount_minor"))
    assert [[by_id[i] for i in group] for group in ids] == [[3, 1, 2], [1]]


def test_linked_moves_fail_together():
    message = refuses(
        posting.InsufficientFunds,
        entry(
            Move(debit=BANK, credit=BO, amount=usd(100)),
            Move(debit=BO, credit=CAI, amount=usd(101)),
        ),
    )
    assert "The wallet of BO is USD 0.01 short" in message


def test_a_batch_is_judged_in_order_as_single_posts_are():
    spend, refill = pay(BO, CAI, 50), deposit(BO, 50)
    refuses(posting.InsufficientFunds, spend, refill)
    posting.post_many([refill, spend])
    assert available(CAI) == 50


def test_a_hold_can_be_taken_in_part_once_and_the_rest_is_released():
    (hold,) = posting.post(pay(ANN, BO, 600, pending=True))
    assert queries.balance(ANN) == queries.Balance(1_000, 600, 400, "USD")
    posting.post(entry(Resolve(hold, post=True, amount_minor=250)))
    assert queries.balance(ANN) == queries.Balance(750, 0, 750, "USD")
    assert available(BO) == 250
    refuses(posting.AlreadyResolved, entry(Resolve(hold, post=False)))
    assert queries.is_sound() == []


def test_more_than_was_held_is_refused():
    (hold,) = posting.post(pay(ANN, BO, 600, pending=True))
    refuses(posting.HoldExceeded, entry(Resolve(hold, post=True, amount_minor=601)))
    twice = entry(Resolve(hold, post=True)), entry(Resolve(hold, post=False))
    refuses(posting.AlreadyResolved, *twice)


def test_a_voided_hold_gives_everything_back():
    (hold,) = posting.post(pay(ANN, BO, 600, pending=True))
    posting.post(entry(Resolve(hold, post=False)))
    assert queries.balance(ANN) == queries.Balance(1_000, 0, 1_000, "USD")


def test_what_does_not_exist_is_named():
    assert "The wallet of NOBODY" in refuses(
        posting.UnknownAccount, pay(ANN, "wallet:NOBODY:USD", 1)
    )
    refuses(posting.UnknownHold, entry(Resolve(10**9, post=True)))


def test_a_settled_transfer_is_no_hold():
    (settled,) = posting.post(pay(ANN, BO, 1))
    refuses(posting.UnknownHold, entry(Resolve(settled, post=True)))


def test_currencies_never_mix():
    euro = chart.wallet("EVA", "EUR")
    posting.open_account(euro)
    refuses(posting.CurrencyDiffers, pay(ANN, euro.code, 1))
    move = Move(debit=ANN, credit=BO, amount=Money(1, "EUR"))
    refuses(posting.CurrencyDiffers, entry(move))


@pytest.mark.parametrize("minor", [0, -1, MAX_MINOR + 1])
def test_an_amount_that_could_never_be_posted_is_refused(minor):
    refuses(posting.InvalidEntry, pay(ANN, BO, minor))


@pytest.mark.parametrize("key", ["x" * 129, "a\0b"])
def test_a_key_that_could_never_be_stored_is_refused(key):
    refuses(posting.InvalidEntry, pay(ANN, BO, 1, key=key))


def test_a_fraction_of_a_cent_is_no_amount():
    with pytest.raises(TypeError):
        posting.post(pay(ANN, BO, 1.5))


def test_an_account_cannot_hold_more_than_the_database_can_count():
    lots = [deposit(ANN, MAX_MINOR) for _ in range(1_025)]
    refuses(posting.InvalidEntry, *lots)


def test_statements_do_not_grow_with_the_batch():
    entries = [pay(ANN, BO, 1, pending=True) for _ in range(41)]
    holds = [hold for (hold,) in posting.post_many(entries)]

    def count(entries):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            posting.post_many(entries)
        return len(captured)

    assert count([deposit(ANN, 1)]) == count([deposit(ANN, 1) for _ in range(40)])
    one, *many = [entry(Resolve(hold, post=True)) for hold in holds]
    assert count([one]) == count(many)


def test_opening_again_changes_nothing_and_differently_is_refused():
    spec = chart.wallet("ANN", "USD")
    assert posting.open_account(spec) == posting.open_account(spec)
    assert available(ANN) == 1_000
    with pytest.raises(posting.AccountDiffers):
        posting.open_account(chart.AccountSpec(ANN, "EUR", spec.limit))


def test_a_statement_reads_from_the_owners_side_and_pages():
    (hold,) = posting.post(pay(ANN, BO, 600, pending=True))
    posting.post(entry(Resolve(hold, post=True, amount_minor=200)))
    lines = queries.statement(ANN)
    assert [(x.phase, x.amount_minor, x.counterparty_code) for x in lines] == [
        ("POST", -200, BO),
        ("PENDING", -600, BO),
        ("SINGLE", 1_000, BANK),
    ]
    assert queries.statement(ANN, limit=1, before_id=lines[0].id) == lines[1:2]


def test_claims_equal_the_custodians_cash_while_money_is_held():
    posting.post(pay(ANN, BO, 600, pending=True))
    assert queries.claims_minor("USD") == queries.custodian_minor("USD") == 1_000
    assert queries.claims_minor("EUR") == queries.custodian_minor("EUR") == 0


BYPASS = [
    ("account_debits_within_credits", "update ledger_account set debits_posted = 10^12"),
    ("account_sides_not_negative", "update ledger_account set credits_pending = -1"),
]


@pytest.mark.parametrize(("constraint", "statement"), BYPASS)
def test_the_database_refuses_what_a_bypass_would_write(constraint, statement):
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def transfer(**changes):
    account = dict(models.Account.objects.values_list("code", "id"))
    row = {
        "journal_id": models.Journal.objects.values_list("id", flat=True)[0],
        "phase": "SINGLE",
        "debit_account_id": account[BANK],
        "credit_account_id": account[ANN],
        "amount_minor": 1,
        "currency": "USD",
    }
    models.Transfer.objects.create(**row | changes)


def test_the_database_refuses_a_transfer_in_another_currency():
    with pytest.raises(IntegrityError, match="not in its currency"), transaction.atomic():
        transfer(currency="EUR")


def test_the_database_refuses_to_take_more_than_the_hold():
    (hold,) = posting.post(pay(BANK, ANN, 600, pending=True))
    for changes in ({"amount_minor": 601}, {"phase": "VOID", "amount_minor": 599}):
        with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic():
            transfer(**{"phase": "POST", "resolves_id": hold, **changes})
