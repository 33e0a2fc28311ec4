"""Changes of an agreement through the services, with real money at the bank."""

from __future__ import annotations

from datetime import date

import pytest

from longtail.deals import models as deals
from longtail.kernels.cashflows.schedule import Amortization
from longtail.ledger import queries as ledger
from longtail.servicing import models, queries, services
from longtail.servicing.events import Treatment
from longtail.servicing.rules import Status
from longtail.terms.resolve import thaw
from longtail.values.eyes import FourEyesRequired
from longtail.values.refusal import InvalidInput
from tests.servicing import world
from tests.servicing.world import at, days

pytestmark = pytest.mark.django_db
TWO = {"by": "ann", "seconded_by": "bob", "reason": "Agreed with the funders."}


def act(agreement, day, *, today=None, **other):
    given = TWO | {"agreement_code": agreement.code, "value_date": day}
    return services.Act(**given | {"at": at(today or day)} | other)


def instalments(agreement):
    return thaw(agreement.terms).instalments


def key_of(agreement, kind="payment"):
    return queries.events(agreement.code).filter(kind=kind).last().key


def demand_state(agreement):
    return deals.Demand.objects.get(pk=agreement.demand_id).state


def sound():
    assert queries.refolded_differences() == []
    assert ledger.is_sound() == []


def everything():
    return (
        ledger.balances(),
        models.AgreementEvent.objects.count(),
        list(models.Snapshot.objects.order_by("pk").values()),
    )


def test_a_charged_back_payment_is_taken_out_of_what_comes_next():
    agreement = world.drawn()
    first, second = instalments(agreement)[:2]
    world.pay(agreement, first.total_minor, first.due_date)
    paid = {code: world.wallet(code) for code in world.holders(agreement)}
    day = first.due_date + days(10)
    back = TWO | {"event_key": key_of(agreement), "at": at(day)}
    for wrong in (first.due_date - days(1), day + days(1)):
        with pytest.raises(InvalidInput, match="must lie between"):
            services.charge_back(value_date=wrong, **back)
    services.charge_back(value_date=day, **back)
    # Nobody is asked to give money back, and nobody's account falls below zero.
    assert {code: world.wallet(code) for code in paid} == paid
    standing = queries.state(agreement.code, on=day)
    assert standing.overdue_minor == first.total_minor
    assert standing.days_past_due == 0
    for refused in (services.reverse_payment, services.charge_back):
        more = {"value_date": day} if refused is services.charge_back else {}
        with pytest.raises(services.NotReversible):
            refused(**back, **more)
    sound()
    # The bank took it out of the custodian's account: what comes in fills that first.
    cash = world.balance("custodian:USD")
    world.pay(agreement, first.total_minor + 5_000, second.due_date)
    assert world.balance("custodian:USD") == cash - 5_000
    assert sum(world.wallet(code) for code in paid) == first.total_minor + 5_000
    sound()


def test_a_chargeback_opens_an_agreement_that_it_had_closed():
    agreement = world.drawn(n_periods=1)
    (only,) = instalments(agreement)
    world.pay(agreement, only.total_minor, only.due_date)
    assert demand_state(agreement) == "repaid"
    day = only.due_date + days(5)
    services.charge_back(event_key=key_of(agreement), value_date=day, at=at(day), **TWO)
    assert world.snapshot(agreement).status == Status.ACTIVE
    assert demand_state(agreement) == "active"
    # A day later, with a day's late interest: 100,000 at 12 % a year for 1/360.
    world.pay(agreement, only.total_minor + 33, day + days(1))
    assert demand_state(agreement) == "repaid"
    sound()


def test_a_reversal_opens_an_agreement_that_the_payment_had_closed():
    agreement = world.drawn(n_periods=1)
    (only,) = instalments(agreement)
    world.pay(agreement, only.total_minor, only.due_date)
    when = at(only.due_date + days(2))
    services.reverse_payment(event_key=key_of(agreement), at=when, **TWO)
    assert world.snapshot(agreement).status == Status.ACTIVE
    assert demand_state(agreement) == "active"
    # From 29 February to 2 March are 3 days in 30/360: 100,000 at 12 % for 3/360.
    late = queries.state(agreement.code, on=when.date())
    assert late.overdue_minor == only.total_minor + 100
    sound()


def test_another_rate_splits_the_running_period_by_days():
    agreement = world.drawn(amortization=Amortization.LINEAR)
    first = instalments(agreement)[0]
    day = world.START + days(10)
    services.change_rate(act(agreement, day), rate_bps=2400)
    # 100,000 at 1 % a month for 10 of 29 days, at 2 % for the other 19.
    assert queries.schedule(agreement.code, on=day).rows[0].interest_minor == round(
        1_000 * 10 / 29 + 2_000 * 19 / 29
    )
    assert queries.state(agreement.code, on=day).next_due.due_date == first.due_date
    with pytest.raises(InvalidInput):
        services.change_rate(act(agreement, day), rate_bps=-1)
    with pytest.raises(FourEyesRequired):
        services.change_rate(act(agreement, day, seconded_by="Ann "), rate_bps=100)
    with pytest.raises(InvalidInput, match="value_date"):
        services.change_rate(act(agreement, day + days(1), today=day), rate_bps=100)
    sound()


def test_a_fee_is_its_payees_and_can_be_waived():
    agreement = world.drawn()
    day = world.START + days(3)
    provider = world.party("provider")
    fee = TWO | {"agreement_code": agreement.code, "name": "Visit", "at": at(day)}
    del fee["reason"]
    key = services.charge_fee(amount_minor=2_500, payee=provider.code, **fee)
    with pytest.raises(InvalidInput):
        services.charge_fee(amount_minor=0, payee="", **fee)
    world.pay(agreement, 2_500, day)
    assert world.wallet(provider.code) == 2_500
    other = services.charge_fee(amount_minor=700, payee="", **fee)
    assert queries.state(agreement.code, on=day).overdue_minor == 700
    services.waive_fee(event_key=other, at=at(day), **TWO)
    assert queries.state(agreement.code, on=day).overdue_minor == 0
    with pytest.raises(services.NotReversible):
        services.waive_fee(event_key=other, at=at(day), **TWO)
    with pytest.raises(services.NotReversible):
        services.reverse_payment(event_key=key, at=at(day), **TWO)
    sound()


def test_a_holiday_and_a_moratorium_move_what_is_due():
    one, two = world.funded(), world.funded()
    world.draw_down(one, two)
    first, second, third = instalments(one)[:3]
    day = world.START + days(5)
    services.grant_holiday(
        act(one, day),
        n_instalments=2,
        treatment=Treatment.CAPITALISED,
        is_forbearance=True,
    )
    later = queries.state(one.code, on=second.due_date + days(1))
    assert (later.overdue_minor, later.next_due.due_date) == (0, third.due_date)
    assert later.owed_minor == 100_000 + 1_000 + 1_010
    late = first.due_date + days(20)
    services.declare_moratorium(
        act(two, late), until=late + days(60), treatment=Treatment.DEFERRED
    )
    standing = queries.state(two.code, on=late + days(100))
    assert standing.days_past_due == 20 + 40
    arrears = {r.agreement_code: r for r in queries.arrears(late + days(100)).rows}
    assert arrears[two.code].days_past_due == 60
    with pytest.raises(InvalidInput):
        services.declare_moratorium(
            act(two, late), until=late, treatment=Treatment.DEFERRED
        )
    with pytest.raises(InvalidInput):
        services.grant_holiday(
            act(one, day),
            n_instalments=0,
            treatment=Treatment.DEFERRED,
            is_forbearance=False,
        )
    sound()


def new_schedule(day, n_periods=12):
    return services.NewSchedule(
        n_periods=n_periods,
        first_due_date=day + days(30),
        amortization=Amortization.LEVEL,
    )


def test_a_new_schedule_and_re_ageing():
    agreement = world.drawn()
    first = instalments(agreement)[0]
    day = first.due_date + days(40)
    before = everything()
    with pytest.raises(InvalidInput) as refused:
        services.re_amortise(
            act(agreement, day),
            schedule=services.NewSchedule(
                n_periods=0, first_due_date=day, amortization=Amortization.LEVEL
            ),
            is_forbearance=False,
        )
    assert set(refused.value.problems) == {"n_periods", "first_due_date"}
    assert everything() == before
    services.re_age(act(agreement, day), treatment=Treatment.CAPITALISED)
    standing = queries.state(agreement.code, on=day)
    assert (standing.overdue_minor, standing.days_past_due) == (0, 0)
    assert standing.owed_minor > 100_000
    with pytest.raises(services.NotAmendable):
        services.re_age(act(agreement, day), treatment=Treatment.CAPITALISED)
    services.re_amortise(
        act(agreement, day), schedule=new_schedule(day), is_forbearance=True
    )
    coming = [r for r in queries.schedule(agreement.code, on=day).rows if r.unpaid_minor]
    assert len(coming) == 12
    assert sum(r.principal_minor for r in coming) == standing.owed_minor
    late = coming[0].due_date + days(31)
    (reason,) = queries.state(agreement.code, on=late).non_performing
    assert "is on probation until" in reason
    assert reason.endswith("during which it is 31 days past due")
    sound()


def test_a_restructured_default_stays_non_performing_for_a_year():
    agreement = world.drawn()
    first = instalments(agreement)[0]
    day = first.due_date + days(40)
    services.declare_default(
        agreement_code=agreement.code, reason="Fire.", by="ann", at=at(day)
    )
    services.restructure(
        act(agreement, day),
        forgiveness=services.Forgiveness(
            principal_minor=40_000, interest_minor=10**9, penalty_minor=10**9
        ),
        rate_bps=600,
        schedule=new_schedule(day, 24),
        treatment=Treatment.DEFERRED,
    )
    row = world.snapshot(agreement)
    assert (row.status, row.outstanding_minor, row.charged_off_minor) == (
        Status.ACTIVE,
        60_000,
        40_000,
    )
    assert demand_state(agreement) == "defaulted"
    assert "not cured yet" in queries.state(agreement.code, on=day).non_performing[0]
    cure = TWO | {"agreement_code": agreement.code}
    with pytest.raises(services.NotCurable, match="the cure period ends on"):
        services.cure(at=at(day + days(200)), **cure)
    for line in queries.schedule(agreement.code, on=day).rows:
        if line.unpaid_minor and line.due_date < day + days(370):
            world.pay(agreement, line.unpaid_minor, line.due_date)
    services.cure(at=at(day + days(370)), **cure)
    assert demand_state(agreement) == "active"
    assert not queries.state(agreement.code, on=day + days(370)).is_non_performing
    lost = models.Distribution.objects.filter(agreement=agreement)
    assert sum(d.loss_minor for d in lost) == 40_000
    sound()


def test_a_default_is_cured_by_payment_after_three_months():
    agreement = world.drawn(n_periods=12)
    first, second, third, *_, last = instalments(agreement)
    day = first.due_date + days(5)
    services.declare_default(
        agreement_code=agreement.code, reason="Silence.", by="ann", at=at(day)
    )
    world.pay(agreement, first.total_minor, day)
    cure = TWO | {"agreement_code": agreement.code}
    with pytest.raises(services.NotCurable, match="would be due without the default"):
        services.cure(at=at(third.due_date), **cure)
    world.pay(agreement, 2_000 + 2 * second.total_minor, third.due_date)
    with pytest.raises(services.NotCurable, match="the probation ends on"):
        services.cure(at=at(third.due_date), **cure)
    rest = sum(i.principal_minor for i in instalments(agreement)[3:5])
    today = date(2024, 7, 30)
    world.pay(agreement, rest, today)
    services.cure(at=at(today), **cure)
    assert world.snapshot(agreement).status == Status.ACTIVE
    assert demand_state(agreement) == "active"
    quote = queries.settlement(agreement.code, on=last.due_date)
    world.pay(agreement, quote.total_minor, last.due_date)
    assert world.snapshot(agreement).status == Status.REPAID
    assert world.snapshot(agreement).refundable_minor == 0
    sound()


def test_a_part_is_written_off_and_still_owed():
    agreement = world.drawn()
    day = world.START + days(3)
    lose = TWO | {"agreement_code": agreement.code, "at": at(day)}
    for wrong in (0, 100_001):
        with pytest.raises(InvalidInput):
            services.write_off_part(amount_minor=wrong, **lose)
    services.write_off_part(amount_minor=30_000, **lose)
    row = world.snapshot(agreement)
    assert (row.outstanding_minor, row.charged_off_minor) == (70_000, 30_000)
    assert queries.state(agreement.code, on=day).owed_minor == 100_000
    a, b = (queries.portfolio(code, on=day)[0] for code in world.holders(agreement))
    assert (a.outstanding_minor, b.outstanding_minor) == (42_000, 28_000)
    quote = queries.settlement(agreement.code, on=day)
    world.pay(agreement, quote.total_minor, day)
    lost = models.Distribution.objects.filter(agreement=agreement)
    assert sum(d.loss_minor for d in lost) == 0
    sound()


def test_one_non_performing_agreement_makes_the_enterprises_others_so():
    enterprise = world.party("enterprise")
    one, two = world.drawn(enterprise=enterprise), world.drawn(enterprise=enterprise)
    day = world.START + days(1)
    services.declare_default(agreement_code=one.code, reason="Fire.", by="ann", at=at(day))
    expected = (
        f"agreement {one.code} of the same enterprise is non-performing: its default was "
        f"declared on {day}"
    )
    assert queries.state(two.code, on=day).non_performing == (expected,)
    (position,) = queries.portfolio(world.holders(two)[0], on=day)
    assert position.non_performing == (expected,)


def test_what_is_stored_wrongly_is_named():
    agreement = world.drawn()
    assert queries.refolded_differences() == []
    row = world.snapshot(agreement)
    state = row.state | {"bearing_minor": 1}
    models.Snapshot.objects.update(state=state, outstanding_minor=99, unpaid_from=None)
    found = queries.refolded_differences()
    assert len(found) == 3
    assert all(agreement.code in sentence for sentence in found)
    assert "'bearing_minor' of its state is 1, but its events give 100000" in found[0]
    assert {"unpaid_from", "outstanding_minor"} == {f.split("'")[1] for f in found[1:]}
