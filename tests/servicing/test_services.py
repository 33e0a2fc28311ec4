from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from longtail.deals import models as deals
from longtail.ledger import queries as ledger
from longtail.ledger.custodian.sandbox import rules
from longtail.parties.queries import NotEntitled
from longtail.servicing import models, queries, services
from longtail.servicing.rules import Status
from longtail.terms.resolve import thaw
from longtail.values.eyes import FourEyesRequired
from longtail.values.refusal import InvalidInput
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db


def instalments(agreement):
    return thaw(agreement.terms).instalments


def test_a_drawdown_pays_the_enterprise_and_starts_the_agreement():
    agreement = world.funded()
    instruction = services.prepare_drawdown(
        agreement_code=agreement.code, by="maker", at=at(world.START)
    )
    again = services.prepare_drawdown(
        agreement_code=agreement.code, by="maker", at=at(world.START)
    )
    assert instruction.code == again.code
    assert services.confirm_drawdowns(at=at(world.START)) == 0
    world.desk.release_payment(code=instruction.code, by="checker", at=at(world.START))
    world.courier.exchange(at=at(world.START))
    assert services.confirm_drawdowns(at=at(world.START)) == 1
    assert services.confirm_drawdowns(at=at(world.START)) == 0
    row = world.snapshot(agreement)
    assert (row.status, row.outstanding_minor) == (Status.ACTIVE, 100_000)
    assert row.unpaid_from == instalments(agreement)[0].due_date
    assert deals.Demand.objects.get(pk=agreement.demand_id).state == "active"
    with pytest.raises(services.AlreadyDrawnDown):
        services.prepare_drawdown(
            agreement_code=agreement.code, by="maker", at=at(world.START)
        )
    assert queries.payment_reference(agreement.code)


def test_payments_on_schedule_repay_every_holder_to_the_cent():
    agreement = world.drawn()
    for due in instalments(agreement):
        world.pay(agreement, due.total_minor, due.due_date)
    a, b = world.holders(agreement)
    total = sum(i.total_minor for i in instalments(agreement))
    assert world.wallet(a) + world.wallet(b) == total
    assert world.balance(world.collection(agreement)) == 0
    assert deals.Demand.objects.get(pk=agreement.demand_id).state == "repaid"
    rows = models.Distribution.objects.filter(agreement=agreement)
    assert sum(r.principal_minor for r in rows.filter(holder=a)) == 60_000
    assert sum(r.principal_minor for r in rows.filter(holder=b)) == 40_000
    assert ledger.is_sound() == []


def test_receipts_are_taken_in_bulk_and_once():
    batch = [world.funded() for _ in range(6)]
    world.draw_down(*batch)
    first = instalments(batch[0])[0]

    def queries_for(some):
        payments = [(a, first.total_minor, first.due_date) for a in some]
        world.send(payments, arrives=first.due_date)
        with CaptureQueriesContext(connection) as caught:
            assert services.take_receipts(at=at(first.due_date)) == len(some)
        return len(caught)

    few = queries_for(batch[:1])
    assert queries_for(batch[1:]) <= few
    assert services.take_receipts(at=at(first.due_date)) == 0
    assert models.AgreementEvent.objects.filter(kind="payment").count() == 6


def test_a_back_dated_payment_gives_the_in_order_state_and_pays_the_difference():
    one, two = world.funded(), world.funded()
    world.draw_down(one, two)
    a, b = instalments(one)[:2]
    world.pay(one, a.total_minor, a.due_date)
    world.pay(one, b.total_minor + 50_00, b.due_date + days(20))
    world.pay(two, b.total_minor + 50_00, b.due_date + days(20))
    world.pay(two, a.total_minor, a.due_date, arrives=b.due_date + days(25))
    first, second = (world.snapshot(x).state for x in (one, two))
    for state in (first, second):
        state.pop("place")
        for holder in state["holders"]:
            holder.pop(0)
    assert first == second
    for agreement in (one, two):
        paid = sum(world.wallet(code) for code in world.holders(agreement))
        assert paid == a.total_minor + b.total_minor + 50_00
        assert world.balance(world.collection(agreement)) == 0


def test_a_reversed_payment_is_netted_against_the_next_distributions():
    agreement = world.drawn()
    a, b = instalments(agreement)[:2]
    world.pay(agreement, a.total_minor, a.due_date)
    key = models.AgreementEvent.objects.get(kind="payment").key
    after = at(a.due_date + days(3))
    with pytest.raises(FourEyesRequired):
        services.reverse_payment(
            event_key=key, by="ann", seconded_by="ann", reason="Wrong debtor", at=after
        )
    services.reverse_payment(
        event_key=key, by="ann", seconded_by="bob", reason="Wrong debtor", at=after
    )
    wallets = [world.wallet(code) for code in world.holders(agreement)]
    assert sum(wallets) == a.total_minor  # Nobody is asked to give money back.
    with pytest.raises(services.NothingToRefund):
        services.refund_unapplied(agreement_code=agreement.code, by="ann", at=after)
    world.pay(agreement, a.total_minor, b.due_date)
    assert [world.wallet(code) for code in world.holders(agreement)] == pytest.approx(
        wallets, abs=1
    )
    assert world.balance(world.collection(agreement)) == a.total_minor
    with pytest.raises(services.NothingToRefund):
        services.refund_unapplied(agreement_code=agreement.code, by="ann", at=after)
    with pytest.raises(services.NotReversible):
        services.reverse_payment(
            event_key=key, by="ann", seconded_by="bob", reason="Again", at=after
        )
    _goes_back_to_its_payer(agreement, key, a.total_minor, at(b.due_date))


def _goes_back_to_its_payer(agreement, key, amount, when):
    enterprise = agreement.enterprise
    with pytest.raises(InvalidInput, match="came from"):
        services.return_payment(event_key=key, account="GB33", by="ann", at=when)
    # The bank told where the payment came from, so nobody is asked.
    account = rules.account_of("Enterprise")
    instruction = services.return_payment(event_key=key, by="ann", at=when)
    assert (instruction.payee_name, instruction.payee_account) == ("Enterprise", account)
    assert instruction.payee_account != enterprise.bank_account
    assert instruction.amount_minor == amount
    again = services.return_payment(event_key=key, account=account, by="ann", at=when)
    assert again.code == instruction.code
    world.desk.release_payment(code=instruction.code, by="bob", at=when)
    world.courier.exchange(at=when)
    assert services.confirm_refunds(at=when) == 1
    assert world.balance(world.collection(agreement)) == 0
    with pytest.raises(services.NothingToRefund):
        services.return_payment(event_key=key, account=account, by="ann", at=when)
    assert queries.refolded_differences() == []


def test_what_is_paid_beyond_the_debt_is_refunded():
    agreement = world.drawn(n_periods=1)
    (only,) = instalments(agreement)
    world.pay(agreement, only.total_minor + 12_34, only.due_date)
    assert world.snapshot(agreement).refundable_minor == 12_34
    today = at(only.due_date)
    instruction = services.refund_unapplied(
        agreement_code=agreement.code, by="maker", at=today
    )
    assert instruction.amount_minor == 12_34
    assert (
        services.refund_unapplied(agreement_code=agreement.code, by="maker", at=today).code
        == instruction.code
    )
    world.desk.release_payment(code=instruction.code, by="checker", at=today)
    world.courier.exchange(at=today)
    assert services.confirm_refunds(at=today) == 1
    assert world.snapshot(agreement).refundable_minor == 0
    assert world.balance(world.collection(agreement)) == 0
    with pytest.raises(services.NothingToRefund):
        services.refund_unapplied(agreement_code=agreement.code, by="maker", at=today)


def test_default_guarantee_subrogation_recovery_and_write_off_to_the_cent():
    guarantor = world.with_wallet("guarantor", 50_000)
    agreement = world.drawn(cover_bps=7500, guarantor=guarantor)
    a, b = world.holders(agreement)
    first = instalments(agreement)[0]
    world.pay(agreement, first.total_minor, first.due_date)
    paid = {code: world.wallet(code) for code in (a, b)}
    day = first.due_date + days(40)
    with pytest.raises(services.NotCallable):
        services.call_guarantee(agreement_code=agreement.code, by="ann", at=at(day))
    services.declare_default(
        agreement_code=agreement.code, reason="Closed its shop.", by="ann", at=at(day)
    )
    claim = queries.state(agreement.code, on=day).claim_minor
    owed = (claim * 7500 + 5000) // 10_000
    call = services.call_guarantee(agreement_code=agreement.code, by="ann", at=at(day))
    assert call.noticed_minor == owed
    with pytest.raises(services.IllegalCallStep):
        services.pay_guarantee(call_code=call.code, by="system", at=at(day))
    with pytest.raises(FourEyesRequired):
        services.verify_call(call_code=call.code, by="ann", at=at(day))
    services.verify_call(call_code=call.code, by="bob", at=at(day))
    with pytest.raises(ledger_refusal()):
        services.pay_guarantee(call_code=call.code, by="system", at=at(day))
    assert queries.call_of(agreement.code).state == "verified"
    assert world.wallet(guarantor.code) == 50_000
    world.pay_in(world.chart.wallet(guarantor.code, "USD").code, 30_000, day=day)
    call = services.pay_guarantee(call_code=call.code, by="system", at=at(day))
    assert (call.state, call.paid_minor) == ("subrogated", owed)
    assert world.wallet(guarantor.code) == 80_000 - owed
    got = {code: world.wallet(code) - paid[code] for code in (a, b)}
    assert sum(got.values()) == owed
    assert abs(got[a] * 4 - got[b] * 6) <= 10  # 60 : 40, to the cent.

    world.pay(agreement, 20_000, day + days(30))
    standing = queries.state(agreement.code, on=day + days(30))
    back = world.wallet(guarantor.code) - (80_000 - owed)
    assert abs(back - 15_000) <= 1
    assert standing.recovered_minor == 20_000
    with pytest.raises(FourEyesRequired):
        services.write_off(
            agreement_code=agreement.code,
            by="ann",
            seconded_by="ann",
            reason="Insolvent.",
            at=at(day + days(60)),
        )
    services.write_off(
        agreement_code=agreement.code,
        by="ann",
        seconded_by="bob",
        reason="Insolvent.",
        at=at(day + days(60)),
    )
    lost = models.Distribution.objects.filter(agreement=agreement, event__kind="write-off")
    assert sum(r.loss_minor for r in lost) == standing.owed_minor
    assert {r.holder_id for r in lost} == {a, b, guarantor.code}
    assert queries.state(agreement.code).outstanding_minor == 0

    world.pay(agreement, 4_000, day + days(200))
    assert sum(world.wallet(c) for c in (a, b, guarantor.code)) == (
        80_000 + first.total_minor + 20_000 + 4_000
    )
    assert world.balance(world.collection(agreement)) == 0
    net = models.Distribution.objects.filter(agreement=agreement)
    assert sum(r.principal_minor + r.loss_minor for r in net) == 100_000
    assert deals.Demand.objects.get(pk=agreement.demand_id).state == "written_off"
    assert ledger.is_sound() == []


def ledger_refusal():
    return world.posting.InsufficientFunds


def test_write_off_is_possible_early_but_only_of_a_default():
    agreement = world.drawn()
    act = {
        "agreement_code": agreement.code,
        "by": "ann",
        "seconded_by": "bob",
        "reason": "Unlikely to pay.",
        "at": at(world.START + days(5)),
    }
    with pytest.raises(services.NotInDefault):
        services.write_off(**act)
    assert world.snapshot(agreement).status == Status.ACTIVE
    services.declare_default(
        agreement_code=agreement.code,
        reason="Unlikely to pay.",
        by="ann",
        at=at(world.START + days(5)),
    )
    services.write_off(**act)
    assert world.snapshot(agreement).charged_off_minor == 100_000
    with pytest.raises(services.NotActive):
        services.declare_default(
            agreement_code=agreement.code, reason="Again.", by="ann", at=act["at"]
        )


def test_a_default_is_withdrawn_when_its_arrears_turn_out_to_be_paid():
    agreement = world.drawn()
    first = instalments(agreement)[0]
    day = first.due_date + days(10)
    services.declare_default(
        agreement_code=agreement.code, reason="No answer.", by="ann", at=at(day)
    )
    act = {
        "agreement_code": agreement.code,
        "by": "ann",
        "seconded_by": "bob",
        "reason": "The payment was found.",
        "at": at(day),
    }
    with pytest.raises(services.StillInArrears):
        services.withdraw_default(**act)
    world.pay(agreement, first.total_minor, first.due_date, arrives=day)
    services.withdraw_default(**act)
    assert world.snapshot(agreement).status == Status.ACTIVE
    assert deals.Demand.objects.get(pk=agreement.demand_id).state == "active"
    assert queries.state(agreement.code, on=day).overdue_minor == 0
    services.declare_default(
        agreement_code=agreement.code, reason="Now it is true.", by="ann", at=at(day)
    )
    assert world.snapshot(agreement).status == Status.DEFAULTED


def test_who_is_not_in_service_or_not_guaranteed_is_refused():
    with pytest.raises(services.NotInService):
        services.declare_default(
            agreement_code="AGR-0", reason="x", by="ann", at=at(world.START)
        )
    agreement = world.drawn()
    services.declare_default(
        agreement_code=agreement.code, reason="x", by="ann", at=at(world.START + days(9))
    )
    with pytest.raises(services.NotGuaranteed):
        services.call_guarantee(
            agreement_code=agreement.code, by="ann", at=at(world.START + days(9))
        )
    with pytest.raises(services.UnknownCall):
        services.pay_guarantee(call_code="GCL-0", by="system", at=at(world.START))


@pytest.mark.django_db
def test_nobody_but_the_guarantor_pays_its_call():
    guarantor = world.with_wallet("guarantor", 80_000)
    agreement = world.drawn(cover_bps=7500, guarantor=guarantor)
    when = at(world.START + days(40))
    services.declare_default(
        agreement_code=agreement.code, reason="It has closed down.", by="ann", at=when
    )
    call = services.call_guarantee(agreement_code=agreement.code, by="ann", at=when)
    services.verify_call(call_code=call.code, by="bob", at=when)
    with pytest.raises(NotEntitled):
        services.pay_guarantee(call_code=call.code, by="stranger", at=when)
    assert queries.call_of(agreement.code).state == "verified"
    assert world.wallet(guarantor.code) == 80_000
