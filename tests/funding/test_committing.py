"""Commitments: what is held, what is refused, and that a refusal moves nothing."""

import pytest

from longtail.funding import models, queries, services
from longtail.funding.rules import (
    BookFull,
    CommitmentState,
    ExceedsRemainder,
    WrongTicket,
)
from longtail.ledger import queries as ledger
from longtail.parties import services as parties
from longtail.parties.queries import NotAdmitted, NotEntitled
from longtail.parties.rules import Kind, Role
from longtail.values.money import Money
from tests.funding.world import (
    AT,
    BANK,
    DAY,
    HOUR,
    TARGET,
    accepted,
    admitted,
    book_money,
    commit,
    funder,
    listed,
    person,
    revoke_one,
    usd,
    wallet,
)

pytestmark = pytest.mark.usefixtures("market")
TICKET = 100_00


def refused(refusal, code, party, minor, **options):
    """Expect a refusal, and that it moved no money and left no row."""
    before = ledger.balances(), list(models.Commitment.objects.values_list())
    book = queries.book(code)
    with pytest.raises(refusal) as error:
        commit(code, party, minor, **options)
    after = ledger.balances(), list(models.Commitment.objects.values_list())
    assert after == before
    assert queries.book(code) == book
    assert (book and book.raised_minor) == (book and queries.book(code).raised_minor)
    assert ledger.is_sound() == []
    return error.value


def test_a_commitment_is_held_in_the_wallet_until_the_book_closes():
    code, party = listed(), funder(wallet=50_000)
    commitment = commit(code, party, 3 * TICKET)
    assert commitment.state == CommitmentState.HELD
    assert wallet(party).held_minor == 3 * TICKET
    assert wallet(party).available_minor == 50_000 - 3 * TICKET
    assert book_money(code).posted_minor == 0
    assert queries.book(code).raised_minor == 3 * TICKET
    assert list(queries.commitments(code)) == [commitment]


def test_a_replayed_key_returns_the_first_commitment_and_holds_once():
    code, party = listed(), funder(wallet=50_000)
    first = commit(code, party, TICKET, key="same")
    again = commit(code, party, TICKET, key="same")
    assert again.pk == first.pk
    assert wallet(party).held_minor == TICKET


def test_a_key_of_another_amount_or_demand_is_refused():
    code, other, party = listed(), listed(), funder(wallet=50_000)
    commit(code, party, TICKET, key="same")
    refused(services.CommitmentKeyReused, code, party, 2 * TICKET, key="same")
    refused(
        services.CommitmentKeyReused, code, party, TICKET, key="same", accepts_part=True
    )
    refused(services.CommitmentKeyReused, other, party, TICKET, key="same")


def test_a_replay_after_the_book_closed_still_returns_the_commitment():
    code, party = listed(), funder(wallet=TARGET)
    first = commit(code, party, TARGET, key="same")
    services.close_book(demand_code=code, at=AT + DAY)
    again = commit(code, party, TARGET, key="same", at=AT + 2 * DAY)
    assert again.pk == first.pk


def test_two_funders_may_use_the_same_key():
    code = listed()
    one, two = funder(wallet=TICKET), funder(wallet=TICKET)
    assert commit(code, one, TICKET, key="k").pk != commit(code, two, TICKET, key="k").pk


def test_the_last_commitment_is_filled_to_the_exact_remainder_or_told_it():
    code = listed(minor=TARGET + 50_01)
    one, two = funder(wallet=TARGET), funder(wallet=TARGET)
    commit(code, one, TARGET - 3 * TICKET)
    refusal = refused(ExceedsRemainder, code, two, 5 * TICKET)
    assert refusal.remainder_minor == 3 * TICKET + 50_01
    last = commit(code, two, 5 * TICKET, accepts_part=True)
    assert last.amount_minor == 3 * TICKET + 50_01
    assert wallet(two).held_minor == last.amount_minor
    refused(BookFull, code, two, TICKET, accepts_part=True)


def test_a_wallet_that_does_not_hold_the_amount_is_refused():
    code = listed()
    refused(services.WalletTooLow, code, funder(wallet=TICKET - 1), TICKET)
    refused(services.WalletTooLow, code, funder(), TICKET)


def test_held_money_cannot_be_committed_twice():
    one, two, party = listed(), listed(), funder(wallet=TICKET)
    commit(one, party, TICKET)
    refused(services.WalletTooLow, two, party, TICKET)


def test_a_bank_loan_takes_one_commitment_of_the_whole():
    code, party = listed(mode=BANK), funder(wallet=2 * TARGET)
    refused(WrongTicket, code, party, TARGET - TICKET)
    commit(code, party, TARGET)
    refused(BookFull, code, funder(wallet=TARGET), TARGET)


def test_a_demand_that_is_not_listed_takes_nothing():
    refused(services.BookNotOpen, accepted(), funder(wallet=TARGET), TICKET)


@pytest.mark.parametrize("late", [0 * HOUR, 1 * DAY])
def test_a_book_takes_nothing_after_its_window(late):
    code = listed()
    closes_at = queries.book(code).closes_at
    refused(services.BookNotOpen, code, funder(wallet=TARGET), TICKET, at=closes_at + late)


def test_a_frozen_demand_takes_nothing():
    code = listed()
    revoke_one(code, at=AT + HOUR)
    refused(services.EvidenceLapsed, code, funder(wallet=TARGET), TICKET, at=AT + 2 * HOUR)
    services.freeze_revoked(at=AT + 2 * HOUR)
    refused(services.BookNotOpen, code, funder(wallet=TARGET), TICKET, at=AT + 3 * HOUR)


def test_another_currency_is_refused():
    code, party = listed(), funder(wallet=TARGET)
    with pytest.raises(services.BookNotOpen, match="in USD"):
        services.commit(
            demand_code=code,
            funder_code=party.code,
            amount=Money(TICKET, "EUR"),
            key="k",
            by=person(party),
            at=AT + HOUR,
        )


def test_only_an_admitted_funder_and_its_people_commit():
    code, party = listed(), funder(wallet=TARGET)
    with pytest.raises(NotEntitled):
        services.commit(
            demand_code=code,
            funder_code=party.code,
            amount=usd(TICKET),
            key="k",
            by=person(admitted(Kind.FUNDER)),
            at=AT + HOUR,
        )
    parties.suspend(
        code=party.code,
        proposed_by="ops.one",
        decided_by="ops.two",
        reason="Source of funds is unclear.",
        at=AT,
    )
    refused(NotAdmitted, code, party, TICKET)


def test_outside_the_mandate_is_refused_with_the_criterion():
    code = listed()
    refusal = refused(
        services.OutsideMandate, code, funder(wallet=TARGET, sectors={"23"}), TICKET
    )
    assert "sector" in str(refusal)
    assert "Construction" in str(refusal)
    refused(services.OutsideMandate, code, funder(wallet=TARGET, mandate=False), TICKET)


def test_the_cap_on_one_enterprise_spans_its_demands_and_holdings():
    enterprise, party = admitted(Kind.ENTERPRISE), funder(wallet=400_000, cap_minor=130_000)
    first = listed(60_000, enterprise=enterprise)
    second = listed(100_000, enterprise=enterprise)
    commit(first, party, 60_000)
    refused(services.CapReached, second, party, 80_000)
    services.close_book(demand_code=first, at=AT + DAY)
    refusal = refused(services.CapReached, second, party, 80_000, at=AT + DAY)
    assert "at most USD 700.00" in str(refusal)
    commit(second, party, 70_000, at=AT + DAY)
    assert queries.exposure_minor(party.code, enterprise.code, "USD") == 130_000


def test_a_firm_cannot_fund_itself():
    enterprise = admitted(Kind.ENTERPRISE, number="same-firm")
    twin = admitted(Kind.FUNDER, number="same-firm")
    code = listed(enterprise=enterprise)
    refused(services.SelfFunding, code, twin, TICKET)


def test_nobody_funds_the_firm_of_its_own_person():
    enterprise, party = admitted(Kind.ENTERPRISE), funder(wallet=TARGET)
    parties.grant_role(
        username=person(party), party_code=enterprise.code, role=Role.CHECKER
    )
    refused(services.SelfFunding, listed(enterprise=enterprise), party, TICKET)


def test_withdrawing_releases_the_hold_once():
    code, party = listed(), funder(wallet=TARGET)
    commitment = commit(code, party, 2 * TICKET)
    for _retry in range(2):
        gone = services.withdraw_commitment(
            commitment_code=commitment.code, by=person(party), at=AT + 2 * HOUR
        )
        assert gone.state == CommitmentState.WITHDRAWN
    assert wallet(party).held_minor == 0
    assert queries.book(code).raised_minor == 0
    assert ledger.is_sound() == []


def test_a_full_book_lets_nobody_out_unless_it_is_frozen():
    code, party = listed(), funder(wallet=TARGET)
    commitment = commit(code, party, TARGET)
    withdrawal = {"commitment_code": commitment.code, "by": person(party)}
    with pytest.raises(services.NotWithdrawable, match="full"):
        services.withdraw_commitment(**withdrawal, at=AT + 2 * HOUR)
    assert wallet(party).held_minor == TARGET
    revoke_one(code, at=AT + 2 * HOUR)
    services.freeze_revoked(at=AT + 3 * HOUR)
    services.withdraw_commitment(**withdrawal, at=AT + 4 * HOUR)
    assert wallet(party).held_minor == 0


def test_a_window_that_is_over_lets_nobody_out():
    code, party = listed(), funder(wallet=TARGET)
    commitment = commit(code, party, TICKET)
    with pytest.raises(services.NotWithdrawable, match="window"):
        services.withdraw_commitment(
            commitment_code=commitment.code,
            by=person(party),
            at=queries.book(code).closes_at,
        )
    assert wallet(party).held_minor == TICKET
