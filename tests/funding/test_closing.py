"""How a book ends: holds posted or released once, holdings exact, everybody told."""

import pytest

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.funding import models, queries, services
from longtail.funding.rules import BookState, CommitmentState, Outcome
from longtail.ledger import posting
from longtail.ledger import queries as ledger
from longtail.notices import queries as notices
from longtail.parties import services as parties
from longtail.values.refusal import Refusal
from tests.funding.world import (
    AT,
    BANK,
    DAY,
    HOUR,
    TARGET,
    accepted,
    ask,
    attest_all,
    book_money,
    commit,
    funder,
    listed,
    person,
    revoke_one,
    state,
    submitted,
    wallet,
)

pytestmark = pytest.mark.usefixtures("market")
TICKET = 100_00


def close(code, *, at=AT + DAY):
    return services.close_book(demand_code=code, at=at)


def full(code, *parts):
    """Fill a book with one funder a part and return the funders."""
    funders = [funder(wallet=TARGET) for _ in parts]
    for party, part in zip(funders, parts, strict=True):
        commit(code, party, part)
    return funders


def decide(step, party):
    """Let two people suspend or reinstate a party."""
    getattr(parties, step)(
        code=party.code,
        proposed_by="ops.one",
        decided_by="ops.two",
        reason="As the committee decided.",
        at=AT,
    )


def window_end(code):
    return queries.book(code).closes_at


def subjects(party_code):
    return [notice.subject for notice in notices.recent([party_code])]


def test_a_full_book_is_funded_once():
    code = listed()
    one, two = full(code, 70_000, 30_000)
    for _retry in range(3):
        assert close(code) is Outcome.FUNDED
    assert book_money(code).posted_minor == TARGET
    assert [wallet(p).posted_minor for p in (one, two)] == [30_000, 70_000]
    assert [wallet(p).held_minor for p in (one, two)] == [0, 0]
    assert state(code) == "funded"
    assert queries.book(code).state == BookState.FUNDED
    assert {c.state for c in queries.commitments(code)} == {CommitmentState.TAKEN}
    assert ledger.is_sound() == []


def test_holdings_sum_to_the_principal_one_a_funder():
    code, party = listed(), funder(wallet=TARGET)
    commit(code, party, 2 * TICKET)
    full(code, 5 * TICKET)
    commit(code, party, 3 * TICKET)
    close(code)
    agreement = deals.agreement_of(code)
    held = list(queries.holdings(agreement.code))
    assert sum(h.principal_minor for h in held) == agreement.principal_minor == TARGET
    assert {h.funder.code: h.principal_minor for h in held}[party.code] == 5 * TICKET
    assert queries.holdings_by_agreement([agreement.code]) == {agreement.code: held}
    assert [h.agreement for h in queries.holdings_of(party.code)] == [agreement]


def test_a_bank_loan_is_funded_by_its_one_funder():
    code = listed(mode=BANK)
    (bank,) = full(code, TARGET)
    assert close(code) is Outcome.FUNDED
    assert wallet(bank).posted_minor == 0


def test_the_money_is_paid_out_on_the_business_day_after_closing():
    code = listed()
    full(code, TARGET)
    friday = AT + 4 * DAY
    close(code, at=friday)
    assert deals.agreement_of(code).drawdown_date == (friday + 3 * DAY).date()


def test_a_book_that_is_not_full_fails_at_the_end_of_its_window_and_refunds_once():
    code = listed()
    one, two = full(code, 70_000, 20_000)
    with pytest.raises(services.BookStillOpen):
        close(code, at=window_end(code) - HOUR)
    for _retry in range(3):
        assert close(code, at=window_end(code)) is Outcome.FAILED
    assert book_money(code).posted_minor == book_money(code).held_minor == 0
    assert [wallet(p).available_minor for p in (one, two)] == [TARGET, TARGET]
    assert state(code) == "failed"
    assert queries.book(code).raised_minor == 90_000
    assert {c.state for c in queries.commitments(code)} == {CommitmentState.RELEASED}
    assert "was not filled" in subjects(one.code)[0]
    assert ledger.is_sound() == []


def test_a_withdrawn_commitment_is_not_refunded_again():
    code = listed()
    (party,) = full(code, 70_000)
    commitment = queries.commitments(code)[0]
    services.withdraw_commitment(
        commitment_code=commitment.code, by=person(party), at=AT + 2 * HOUR
    )
    assert close(code, at=window_end(code)) is Outcome.FAILED
    assert wallet(party).available_minor == TARGET
    commitment.refresh_from_db()
    assert commitment.state == CommitmentState.WITHDRAWN


def test_an_empty_book_fails():
    code = listed()
    assert close(code, at=window_end(code)) is Outcome.FAILED
    assert state(code) == "failed"


def test_a_demand_without_a_book_has_nothing_to_close():
    with pytest.raises(services.BookStillOpen):
        close(accepted())


def test_an_agreement_over_another_sum_is_not_signed(monkeypatch):
    code = listed()
    full(code, TARGET)
    before = ledger.balances()
    monkeypatch.setattr(
        services.closing.deals,
        "sign_agreement",
        lambda **_: type("Agreement", (), {"principal_minor": 1, "currency": "USD"}),
    )
    with pytest.raises(services.PrincipalMismatch):
        close(code)
    assert ledger.balances() == before
    assert state(code) == "listed"
    assert queries.book(code).state == BookState.OPEN


def test_a_refusal_midway_leaves_everything_as_it_was(monkeypatch):
    code = listed()
    full(code, TARGET)
    before = ledger.balances()

    def refuse(**_):
        raise Refusal("not today")

    monkeypatch.setattr(services.closing.deals, "sign_agreement", refuse)
    with pytest.raises(Refusal, match="not today"):
        close(code)
    assert ledger.balances() == before
    assert state(code) == "listed"
    assert {c.state for c in queries.commitments(code)} == {CommitmentState.HELD}
    monkeypatch.undo()
    assert close(code) is Outcome.FUNDED


def test_editing_a_listed_demand_voids_its_book_and_refunds_once():
    code = listed()
    (party,) = full(code, 70_000)
    services.edit_demand(demand_code=code, ask=ask(90_000), by="system", at=AT + DAY)
    assert state(code) == "attesting"
    assert queries.book(code).state == BookState.VOIDED
    assert wallet(party).available_minor == TARGET
    assert "closed its book" in subjects(party.code)[0]
    attest_all(code, at=AT + DAY)
    services.progress(demand_code=code, at=AT + DAY)
    deal_services.accept_offer(demand_code=code, by="system", at=AT + DAY)
    services.progress(demand_code=code, at=AT + DAY)
    assert queries.book(code).target_minor == 90_000
    assert queries.book(code).state == BookState.OPEN
    commit(code, party, 90_000, at=AT + 2 * DAY)
    assert close(code, at=AT + 2 * DAY) is Outcome.FUNDED
    assert ledger.is_sound() == []


def test_the_same_ask_again_keeps_the_book():
    code = listed()
    (party,) = full(code, 70_000)
    services.edit_demand(demand_code=code, ask=ask(), by="system", at=AT + DAY)
    assert state(code) == "listed"
    assert wallet(party).held_minor == 70_000


def test_a_refused_edit_keeps_the_book():
    code = listed()
    (party,) = full(code, 70_000)
    with pytest.raises(Refusal):
        services.edit_demand(demand_code=code, ask=ask(1), by="system", at=AT + DAY)
    assert state(code) == "listed"
    assert wallet(party).held_minor == 70_000


def test_withdrawing_a_listed_demand_refunds_once():
    code = listed()
    (party,) = full(code, 70_000)
    services.withdraw_demand(demand_code=code, by="system", at=AT + DAY)
    assert state(code) == "withdrawn"
    assert wallet(party).available_minor == TARGET
    with pytest.raises(Refusal):
        services.withdraw_demand(demand_code=code, by="system", at=AT + DAY)
    assert wallet(party).available_minor == TARGET


def test_a_funded_demand_can_neither_be_edited_nor_withdrawn():
    code = listed()
    full(code, TARGET)
    close(code)
    before = ledger.balances()
    with pytest.raises(Refusal):
        services.edit_demand(demand_code=code, ask=ask(90_000), by="system", at=AT + DAY)
    with pytest.raises(Refusal):
        services.withdraw_demand(demand_code=code, by="system", at=AT + DAY)
    assert ledger.balances() == before
    assert state(code) == "funded"


def test_a_revoked_attestation_freezes_the_demand_and_new_evidence_resumes_it():
    code = listed()
    (party,) = full(code, TARGET)
    ends = window_end(code)
    revoke_one(code, at=AT + DAY)
    with pytest.raises(services.EvidenceLapsed):
        close(code)
    assert services.freeze_revoked(at=AT + DAY).frozen == 1
    assert state(code) == "frozen"
    assert queries.book(code).state == BookState.FROZEN
    assert "frozen" in subjects(party.code)[0]
    assert services.freeze_revoked(at=AT + DAY).frozen == 0
    assert services.progress(demand_code=code, at=AT + 2 * DAY).steps == 0
    attest_all(code, at=AT + 3 * DAY)
    done = services.progress(demand_code=code, at=AT + 3 * DAY)
    assert (done.resumed, done.funded) == (1, 1)
    assert queries.book(code).closes_at == ends + 2 * DAY
    assert state(code) == "funded"


def test_expired_evidence_freezes_too():
    code = submitted()
    attest_all(code, valid_days=10)
    deal_services.assess(demand_code=code, at=AT)
    deal_services.accept_offer(demand_code=code, by="system", at=AT)
    services.open_book(demand_code=code, at=AT)
    assert services.freeze_revoked(at=AT + 9 * DAY).frozen == 0
    assert services.freeze_revoked(at=AT + 10 * DAY).frozen == 1


def test_a_frozen_book_fails_and_refunds_when_its_window_ends():
    code = listed()
    (party,) = full(code, TARGET)
    revoke_one(code, at=AT + DAY)
    services.freeze_revoked(at=AT + DAY)
    assert services.close_due(at=window_end(code)).failed == 1
    assert state(code) == "failed"
    assert wallet(party).available_minor == TARGET


def test_a_demand_is_frozen_even_when_nobody_can_replace_the_evidence():
    code = listed()
    full(code, 70_000)
    fallen = revoke_one(code, at=AT + DAY)
    decide("suspend", fallen.provider)
    assert services.freeze_revoked(at=AT + DAY).frozen == 1
    assert state(code) == "frozen"


def test_a_suspended_enterprise_is_neither_funded_nor_kept_waiting_for():
    code, other = listed(), listed()
    one, two = full(code, 70_000, 30_000)
    (three,) = full(other, TARGET)
    for demand in (code, other):
        decide("suspend", queries.book(demand).enterprise)
    with pytest.raises(services.BookStillOpen):
        close(code)
    with pytest.raises(services.BookNotOpen, match="may not act"):
        commit(code, one, TICKET)
    services.withdraw_commitment(
        commitment_code=queries.commitments(code)[0].code, by=person(one), at=AT + DAY
    )
    assert wallet(one).held_minor == 0
    assert services.close_due(at=window_end(code) - HOUR).steps == 0
    decide("reinstate", queries.book(other).enterprise)
    assert services.close_due(at=window_end(code)).failed == 1
    assert wallet(two).available_minor == TARGET
    assert state(other) == "funded"
    assert wallet(three).posted_minor == 0


def test_evidence_that_falls_before_listing_sends_the_demand_back():
    code = accepted()
    revoke_one(code, at=AT + HOUR)
    with pytest.raises(services.EvidenceLapsed):
        services.open_book(demand_code=code, at=AT + HOUR)
    assert services.progress(demand_code=code, at=AT + HOUR).frozen == 1
    assert state(code) == "attesting"
    assert queries.book(code) is None


def test_opening_a_book_twice_opens_one():
    code = listed()
    book = queries.book(code)
    assert services.open_book(demand_code=code, at=AT + DAY) == book
    assert models.Book.objects.count() == 1


def test_progress_takes_every_step_that_needs_no_person():
    code = submitted()
    assert services.progress(demand_code=code, at=AT).steps == 0
    attest_all(code)
    assert services.progress(demand_code=code, at=AT).assessed == 1
    assert services.progress(demand_code=code, at=AT).steps == 0
    deal_services.accept_offer(demand_code=code, by="system", at=AT)
    assert services.progress(demand_code=code, at=AT).opened == 1
    full(code, TARGET)
    assert services.progress(demand_code=code, at=AT + DAY).funded == 1
    assert services.progress(demand_code=code, at=AT + DAY).steps == 0


def test_one_demand_that_fails_stops_no_other(monkeypatch):
    codes = [listed(), listed(), listed()]
    for code in codes:
        full(code, TARGET)
    real = posting.post

    doomed = queries.book(codes[1]).code

    def broken(entry):
        if entry.key.endswith(doomed):
            raise RuntimeError("the disk is gone")
        return real(entry)

    monkeypatch.setattr(posting, "post", broken)
    done = services.progress_all(at=AT + DAY)
    assert done.funded == 2
    assert [f.demand_code for f in done.failures] == [codes[1]]
    assert "disk" in done.failures[0].reason
    assert [state(code) for code in codes] == ["funded", "listed", "funded"]
    monkeypatch.undo()
    assert services.close_due(at=AT + DAY).funded == 1


def test_an_attestation_delivered_for_an_old_version_does_not_count():
    code = listed()
    services.edit_demand(demand_code=code, ask=ask(90_000), by="system", at=AT + DAY)
    assert services.progress(demand_code=code, at=AT + DAY).steps == 0
    assert state(code) == "attesting"
