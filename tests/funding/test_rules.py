"""What a book takes, and how it ends: properties over every funding rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.funding import rules
from longtail.funding.rules import Outcome, Room
from longtail.terms.primitives import Closing, SingleFunder, Subscription

ALL_OR_NOTHING = Subscription(Closing.ALL_OR_NOTHING, window_days=20, ticket_minor=100_00)
KEEP = Subscription(Closing.KEEP_WHAT_IS_RAISED, window_days=20, ticket_minor=100_00)
RULES = (SingleFunder(), ALL_OR_NOTHING, KEEP)
OPENS = datetime(2026, 1, 1, tzinfo=UTC)


def room(rule=ALL_OR_NOTHING, *, target=1_000_00, raised=0):
    return Room(rule=rule, target_minor=target, raised_minor=raised, currency="USD")


@st.composite
def rooms(draw):
    target = draw(st.integers(1, 10**12))
    raised = draw(st.integers(0, target))
    return room(draw(st.sampled_from(RULES)), target=target, raised=raised)


@pytest.mark.parametrize(
    ("rule", "raised", "expected"),
    [
        (SingleFunder(), 999, Outcome.FAILED),
        (SingleFunder(), 1000, Outcome.FUNDED),
        (ALL_OR_NOTHING, 999, Outcome.FAILED),
        (ALL_OR_NOTHING, 1000, Outcome.FUNDED),
        (KEEP, 0, Outcome.FAILED),
        (KEEP, 1, Outcome.FUNDED),
        (KEEP, 1000, Outcome.FUNDED),
    ],
)
def test_a_closed_book_is_funded_when_its_rule_is_met(rule, raised, expected):
    assert rules.outcome(rule, raised_minor=raised, target_minor=1000) is expected


@given(rooms(), st.integers(-10, 2 * 10**12), st.booleans())
def test_what_is_accepted_never_passes_the_remainder(book, amount, accepts_part):
    try:
        accepted = rules.accepted_minor(
            book, amount_minor=amount, accepts_part=accepts_part
        )
    except rules.CommitmentRefused:
        return
    assert 0 < accepted <= min(amount, book.remainder_minor)
    assert accepted == amount or (accepts_part and accepted == book.remainder_minor)


@given(rooms(), st.integers(1, 10**12))
def test_a_funder_that_takes_a_part_always_fills_the_remainder(book, excess):
    amount = book.remainder_minor + excess
    if book.is_full:
        with pytest.raises(rules.BookFull):
            rules.accepted_minor(book, amount_minor=amount, accepts_part=True)
        return
    accepted = rules.accepted_minor(book, amount_minor=amount, accepts_part=True)
    assert accepted == book.remainder_minor


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(1, 10**7))
def test_tickets_in_any_order_never_pass_the_target(tickets, target):
    raised = 0
    for n in tickets:
        try:
            raised += rules.accepted_minor(
                room(target=target, raised=raised),
                amount_minor=n * 100_00,
                accepts_part=True,
            )
        except rules.CommitmentRefused:
            continue
    assert raised <= target


def test_more_than_the_remainder_is_refused_and_the_remainder_named():
    with pytest.raises(rules.ExceedsRemainder, match=r"USD 150\.00 that is left") as error:
        rules.accepted_minor(room(raised=850_00), amount_minor=200_00, accepts_part=False)
    assert error.value.remainder_minor == 150_00


@pytest.mark.parametrize("amount", [0, -1, 99_99, 150_00])
def test_a_commitment_is_whole_tickets(amount):
    with pytest.raises(rules.WrongTicket):
        rules.accepted_minor(room(), amount_minor=amount, accepts_part=True)


def test_the_last_commitment_may_be_less_than_a_ticket():
    left = room(raised=950_01)
    assert rules.accepted_minor(left, amount_minor=49_99, accepts_part=False) == 49_99


@pytest.mark.parametrize("amount", [1, 999_99])
def test_a_single_funder_takes_the_whole(amount):
    with pytest.raises(rules.WrongTicket, match=r"exactly USD 1,000\.00"):
        rules.accepted_minor(room(SingleFunder()), amount_minor=amount, accepts_part=True)


@pytest.mark.parametrize(("rule", "days"), [(SingleFunder(), 30), (ALL_OR_NOTHING, 20)])
def test_a_book_is_due_when_full_or_when_its_window_is_over(rule, days):
    ends = rules.closes_at(rule, opens_at=OPENS)
    assert ends == OPENS + timedelta(days=days)
    just_before = ends - timedelta(microseconds=1)
    assert not rules.is_due(room(rule), window_ends_at=ends, at=just_before)
    assert rules.is_due(room(rule), window_ends_at=ends, at=ends)
    full = room(rule, raised=1_000_00)
    assert rules.is_due(full, window_ends_at=ends, at=OPENS)
