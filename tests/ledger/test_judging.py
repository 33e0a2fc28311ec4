"""What may be posted, judged without a database: limits, holds, and nothing by halves."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger.chart import Limit, Phase
from longtail.ledger.entries import (
    MAX_KEY,
    MAX_KIND,
    AlreadyResolved,
    CurrencyDiffers,
    Entry,
    HoldExceeded,
    InsufficientFunds,
    InvalidEntry,
    Move,
    Resolve,
    UnknownAccount,
    UnknownHold,
    refuse_impossible,
)
from longtail.ledger.judging import MAX_TOTAL, Account, Books, Hold, Line
from longtail.values.money import MAX_MINOR, Money
from tests.ledger.books import ANN, BANK, BO, CAI, NOW, entry, pay, usd

GIVES, TAKES = Limit.DEBITS_MUST_NOT_EXCEED_CREDITS, Limit.CREDITS_MUST_NOT_EXCEED_DEBITS


def books(*, ann=(0, 0, 0, 0), bo=(0, 0, 0, 0), bank=(0, 0, 0, 0), holds=()):
    accounts = [
        Account(11, BANK, "USD", TAKES, list(bank)),
        Account(12, ANN, "USD", GIVES, list(ann)),
        Account(13, BO, "USD", GIVES, list(bo)),
        Account(14, CAI, "EUR", GIVES, [0, 0, 0, 0]),
    ]
    return Books(accounts, {hold.id: hold for hold in holds})


def totals(found):
    return {account.code: tuple(account.totals) for account in found.by_id.values()}


def hold(minor=60, *, is_resolved=False):
    return Hold(5, 12, 13, minor, "USD", is_resolved)


def test_a_move_debits_one_side_and_credits_the_other():
    found = books(ann=(0, 0, 0, 100))
    assert found.judge(pay(ANN, BO, 40, key="k")) == [
        Line("k", Phase.SINGLE, 12, 13, 40, "USD", None)
    ]
    assert totals(found)[ANN] == (0, 40, 0, 100)
    assert totals(found)[BO] == (0, 0, 0, 40)


def test_a_hold_waits_on_both_sides_and_counts_against_the_giver_alone():
    found = books(ann=(0, 0, 0, 100))
    assert found.judge(pay(ANN, BO, 100, pending=True, key="k")) == [
        Line("k", Phase.PENDING, 12, 13, 100, "USD", None)
    ]
    assert totals(found)[ANN] == (100, 0, 0, 100)
    assert totals(found)[BO] == (0, 0, 100, 0)
    for giver in (ANN, BO):
        with pytest.raises(InsufficientFunds):
            found.judge(pay(giver, BANK, 1))


@pytest.mark.parametrize(
    ("resolve", "line", "ann", "bo"),
    [
        (Resolve(5, post=True), (Phase.POST, 60), (0, 60, 0, 100), (0, 0, 0, 60)),
        (Resolve(5, True, 25), (Phase.POST, 25), (0, 25, 0, 100), (0, 0, 0, 25)),
        (Resolve(5, True, 60), (Phase.POST, 60), (0, 60, 0, 100), (0, 0, 0, 60)),
        (Resolve(5, post=False), (Phase.VOID, 60), (0, 0, 0, 100), (0, 0, 0, 0)),
    ],
)
def test_a_hold_is_taken_in_whole_or_in_part_or_released(resolve, line, ann, bo):
    found = books(ann=(60, 0, 0, 100), bo=(0, 0, 60, 0), holds=[hold()])
    phase, minor = line
    assert found.judge(entry(resolve, key="k")) == [
        Line("k", phase, 12, 13, minor, "USD", 5)
    ]
    assert (totals(found)[ANN], totals(found)[BO]) == (ann, bo)
    with pytest.raises(AlreadyResolved, match=r"\(number 5\)"):
        found.judge(entry(resolve))
    assert (totals(found)[ANN], totals(found)[BO]) == (ann, bo)


@pytest.mark.parametrize(
    ("asked", "refusal", "words"),
    [
        (pay(ANN, "wallet:NO:USD", 1), UnknownAccount, "The wallet of NO is not open"),
        (pay("wallet:NO:USD", ANN, 1), UnknownAccount, "The wallet of NO is not open"),
        (pay(ANN, CAI, 1), CurrencyDiffers, "The wallet of CAI is in EUR; USD 0.01"),
        (pay(CAI, ANN, 1), CurrencyDiffers, "The wallet of CAI is in EUR; USD 0.01"),
        (pay(ANN, BO, 101), InsufficientFunds, "The wallet of ANN is USD 0.01 short"),
        (pay(BANK, BO, MAX_MINOR), InvalidEntry, "cannot count so much money"),
        (entry(Resolve(6, post=True)), UnknownHold, "no held amount number 6"),
        (entry(Resolve(5, True, 61)), HoldExceeded, "USD 0.61 cannot be taken .* USD 0.60"),
    ],
)
def test_a_refusal_says_why_and_moves_nothing(asked, refusal, words):
    bank = (0, MAX_TOTAL - MAX_MINOR + 1, 0, 0)
    found = books(ann=(60, 0, 0, 160), bo=(0, 0, 60, 0), bank=bank, holds=[hold()])
    before = totals(found)
    firsts = [(), pay(BANK, BO, 5).moves]
    if not any(isinstance(move, Resolve) for move in asked.moves):
        firsts.append((Resolve(5, post=True),))
    for first in firsts:
        with pytest.raises(refusal, match=words):
            found.judge(replace(asked, moves=first + asked.moves))
        assert totals(found) == before
        assert not found.holds[5].is_resolved


def test_the_custodians_cash_is_limited_the_other_way():
    found = books(ann=(0, 0, 0, 100), bank=(0, 100, 0, 0))
    found.judge(pay(ANN, BANK, 60))
    with pytest.raises(
        InsufficientFunds, match=r"The custodian's cash in USD is USD 0\.01"
    ):
        books(ann=(0, 0, 0, 500), bank=(0, 100, 0, 0)).judge(pay(ANN, BANK, 101))
    held = books(ann=(0, 0, 0, 500), bank=(0, 100, 60, 0))
    with pytest.raises(InsufficientFunds):
        held.judge(pay(ANN, BANK, 41))
    held.judge(pay(ANN, BANK, 40))


def test_what_is_only_on_its_way_cannot_be_spent():
    found = books(bo=(0, 0, 60, 0))
    with pytest.raises(InsufficientFunds):
        found.judge(pay(BO, ANN, 60))


def test_an_account_without_a_limit_may_go_anywhere_but_out_of_range():
    account = Account(1, "wallet:X:USD", "USD", Limit.NONE, [0, 0, 0, 0])
    other = Account(2, "wallet:Y:USD", "USD", Limit.NONE, [0, MAX_TOTAL - 5, 0, 0])
    found = Books([account, other], {})
    found.judge(pay("wallet:X:USD", "wallet:Y:USD", 70))
    found.judge(pay("wallet:Y:USD", "wallet:X:USD", 5))
    assert other.totals[1] == MAX_TOTAL
    with pytest.raises(InvalidEntry, match="The wallet of Y cannot count so much"):
        found.judge(pay("wallet:Y:USD", "wallet:X:USD", 1))


def test_within_an_entry_only_the_end_counts():
    found = books(bank=(0, 0, 0, 0))
    there = Move(debit=ANN, credit=BO, amount=usd(9))
    back = Move(debit=BO, credit=ANN, amount=usd(9))
    assert len(found.judge(entry(there, back))) == 2
    assert totals(found)[ANN] == (0, 9, 0, 9)


sides = st.lists(st.sampled_from([BANK, ANN, BO]), min_size=2, max_size=2, unique=True)


@given(st.lists(st.tuples(sides, st.integers(1, 50), st.booleans()), max_size=20))
def test_debits_are_credits_and_nobody_gives_more_than_it_has(drawn):
    found = books(ann=(0, 0, 0, 60), bo=(0, 0, 0, 40), bank=(0, 100, 0, 0))
    for (debit, credit), minor, is_pending in drawn:
        before = totals(found)
        try:
            found.judge(pay(debit, credit, minor, pending=is_pending))
        except InsufficientFunds:
            assert totals(found) == before
        now = totals(found).values()
        assert sum(t[0] for t in now) == sum(t[2] for t in now)
        assert sum(t[1] for t in now) == sum(t[3] for t in now)
        for code, (pending, debits, coming, credits) in totals(found).items():
            if code == BANK:
                assert coming + credits <= debits
            else:
                assert pending + debits <= credits


GOOD = Entry(
    key="k" * MAX_KEY,
    kind="x" * MAX_KIND,
    effective_at=NOW,
    moves=(
        Move(debit=ANN, credit=BO, amount=usd(1)),
        Move(debit=ANN, credit=BO, amount=usd(MAX_MINOR)),
        Resolve(1, post=True, amount_minor=MAX_MINOR),
        Resolve(2, post=True),
        Resolve(3, post=False),
    ),
)


def test_what_can_be_posted_is_not_refused():
    refuse_impossible(GOOD)
    refuse_impossible(replace(GOOD, key="k", kind="x", moves=()))


@pytest.mark.parametrize("key", ["", "k" * (MAX_KEY + 1), "a\0b", "\x1f"])
def test_a_key_that_could_never_be_stored_is_refused(key):
    with pytest.raises(InvalidEntry, match="1 to 128 characters") as refusal:
        refuse_impossible(replace(GOOD, key=key))
    assert repr(key) in str(refusal.value)


@pytest.mark.parametrize(
    "move",
    [
        Move(debit=ANN, credit=BO, amount=Money(0, "USD")),
        Move(debit=ANN, credit=BO, amount=Money(-1, "USD")),
        Resolve(1, post=True, amount_minor=0),
        Resolve(1, post=True, amount_minor=MAX_MINOR + 1),
    ],
)
def test_an_amount_that_could_never_be_posted_is_refused_wherever_it_stands(move):
    with pytest.raises(InvalidEntry, match=r"must be positive .*; journal kkk"):
        refuse_impossible(replace(GOOD, moves=(*GOOD.moves, move)))


def test_an_amount_does_not_move_from_an_account_to_itself():
    with pytest.raises(InvalidEntry, match=f"cannot move from {ANN} to itself"):
        refuse_impossible(entry(Move(debit=ANN, credit=ANN, amount=usd(1))))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "x" * (MAX_KIND + 1)},
        {"kind": "a\x1fb"},
        {"effective_at": datetime(2026, 1, 5)},  # noqa: DTZ001
        {"moves": (Resolve(1, post=False, amount_minor=1),)},
    ],
)
def test_what_only_a_programmer_can_get_wrong_stops(wrong):
    with pytest.raises(AssertionError):
        refuse_impossible(replace(GOOD, **wrong))


def test_an_amount_is_a_whole_number():
    with pytest.raises(TypeError):
        refuse_impossible(replace(GOOD, moves=(Resolve(1, True, 1.5),)))
