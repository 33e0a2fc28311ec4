"""Any sequence of what may happen to agreements, accepted or refused, keeps the books."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.kernels.cashflows.schedule import Amortization
from longtail.ledger import queries as ledger
from longtail.servicing import eod, models, queries, services
from longtail.servicing.codec import decode
from longtail.servicing.events import Treatment
from longtail.servicing.history import event_of
from longtail.servicing.rules import Status
from longtail.servicing.step import fold
from longtail.terms.resolve import thaw
from longtail.values.refusal import Refusal
from tests.servicing import world
from tests.servicing.world import at, days

both = st.integers(0, 1)
commands = st.one_of(
    st.tuples(
        st.just("pay"), both, st.integers(1, 60_000), st.integers(0, 70), st.booleans()
    ),
    st.tuples(st.just("pay"), both, st.just(17_255), st.integers(0, 40), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(
        st.sampled_from(
            [
                *("reverse", "default", "cure", "call", "verify", "cover", "lose"),
                *("refund", "return", "withdraw", "charge back", "fee", "waive"),
                *("rate", "holiday", "moratorium", "re-age", "re-amortise"),
                *("restructure", "lose part"),
            ]
        ),
        both,
    ),
)
# Chance alone would seldom go the whole way to a paid guarantee.
called = both.map(lambda n: [(act, n) for act in ("default", "call", "verify", "cover")])
scripts = st.lists(
    st.one_of(commands.map(lambda c: [c]), called), min_size=4, max_size=16
).map(lambda parts: [command for part in parts for command in part])


class TestServicingInvariants(TestCase):
    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(scripts)
    def test_the_books_stay_whole(self, script):
        guarantor = world.with_wallet("guarantor", 120_000)
        options = {"cover_bps": 6000, "guarantor": guarantor}
        book = [world.funded(**options), world.funded(parts=(1, 99_999), **options)]
        world.draw_down(*book)
        today = world.START
        for command in script:
            before = _everything()
            try:
                today = _do(command, book, today)
            except Refusal:
                assert _everything() == before
            _check(book)


def _do(command, book, today):
    act, *rest = command
    if act == "wait":
        today += days(rest[0])
        eod.end_of_day(to=today, at=at(today))
        for agreement in book:
            late = queries.state(agreement.code, on=today)
            if late.status in (Status.ACTIVE, Status.DEFAULTED):
                assert world.snapshot(agreement).bucket == late.bucket
    elif act == "pay":
        which, minor, back, is_back_dated = rest
        value_date = max(today - days(back if is_back_dated else 0), world.START)
        world.pay(book[which], minor, value_date, arrives=today)
    elif act == "refund":
        _refund(book[rest[0]], at(today))
    else:
        _decide(act, book[rest[0]], at(today))
    return today


def _decide(act, agreement, when):
    two = {"by": "ann", "seconded_by": "bob", "reason": "Checked.", "at": when}
    code = {"agreement_code": agreement.code}
    call = queries.call_of(agreement.code)
    named = {"call_code": call.code if call else "none", "at": when}
    paid = queries.events(agreement.code).filter(kind="payment").last()
    fee = queries.events(agreement.code).filter(kind="fee").last()
    acts = {
        "reverse": lambda: services.reverse_payment(
            event_key=paid.key if paid else "none", **two
        ),
        "default": lambda: services.declare_default(
            **code, reason="Fire.", by="ann", at=when
        ),
        "cure": lambda: services.cure(**code, **two),
        "withdraw": lambda: services.withdraw_default(**code, **two),
        "charge back": lambda: services.charge_back(
            event_key=paid.key if paid else "none", value_date=when.date(), **two
        ),
        "waive": lambda: services.waive_fee(event_key=fee.key if fee else "none", **two),
        "lose part": lambda: services.write_off_part(**code, amount_minor=7_777, **two),
        "return": lambda: services.return_payment(
            event_key=paid.key if paid else "none", account="GB33", by="ann", at=when
        ),
        "call": lambda: services.call_guarantee(**code, by="ann", at=when),
        "verify": lambda: services.verify_call(**named, by="bob"),
        "cover": lambda: services.pay_guarantee(**named, by="system"),
        "lose": lambda: services.write_off(**code, **two),
    }
    if act in acts:
        acts[act]()
    else:
        _amend(act, services.Act(**code, **two, value_date=when.date()))


def _amend(act, given):
    treatment = Treatment.CAPITALISED if given.at.day % 2 else Treatment.DEFERRED
    schedule = services.NewSchedule(
        n_periods=4,
        first_due_date=given.value_date + days(20),
        amortization=Amortization.LEVEL,
    )
    match act:
        case "fee":
            services.charge_fee(
                agreement_code=given.agreement_code,
                amount_minor=1_234,
                name="Visit",
                payee="",
                by=given.by,
                seconded_by=given.seconded_by,
                at=given.at,
            )
        case "rate":
            services.change_rate(given, rate_bps=2_345)
        case "holiday":
            services.grant_holiday(
                given, n_instalments=2, treatment=treatment, is_forbearance=True
            )
        case "moratorium":
            services.declare_moratorium(
                given, until=given.value_date + days(50), treatment=treatment
            )
        case "re-age":
            services.re_age(given, treatment=treatment)
        case "re-amortise":
            services.re_amortise(given, schedule=schedule, is_forbearance=False)
        case "restructure":
            services.restructure(
                given,
                forgiveness=services.Forgiveness(principal_minor=10_000),
                rate_bps=900,
                schedule=schedule,
                treatment=treatment,
            )


def _refund(agreement, when):
    payment = services.refund_unapplied(agreement_code=agreement.code, by="ann", at=when)
    world.desk.release_payment(code=payment.code, by="bob", at=when)
    world.courier.exchange(at=when)
    services.confirm_refunds(at=when)


def _everything():
    return (
        ledger.balances(),
        models.AgreementEvent.objects.count(),
        list(models.Snapshot.objects.order_by("pk").values()),
        list(models.GuaranteeCall.objects.order_by("pk").values()),
    )


def _check(book):
    assert ledger.is_sound() == []
    for agreement in book:
        row = world.snapshot(agreement)
        state = decode(row.state)
        history = [event_of(e) for e in queries.events(agreement.code)]
        assert state == fold(thaw(agreement.terms), history)
        given_, moved, lost = Counter(), Counter(), Counter()
        for d in models.Distribution.objects.filter(agreement=agreement):
            earned = d.interest_minor + d.penalty_minor + d.fee_minor
            given_[d.holder_id] += d.principal_minor + earned
            moved[d.holder_id] += d.paid_minor
            lost[d.holder_id] += d.loss_minor
        assert given_ == Counter({h.party: h.cash_minor for h in state.holders})
        netted = row.paid.pop("custodian", 0)
        assert moved == Counter(row.paid)
        # Every cent received was distributed, went back, or is still in hand.
        in_hand = world.balance(world.collection(agreement))
        assert state.received_minor == (
            sum(moved.values())
            + netted
            + state.refunded_minor
            + state.returned_minor
            + row.refund_minor
            + in_hand
        )
        # Nobody waits for money that is there; nobody is asked for money back.
        owed = sum(h.cash_minor for h in state.holders) - sum(moved.values())
        assert in_hand >= 0
        assert netted <= state.charged_back_minor
        assert owed <= 0 or in_hand == 0
        assert sum(h.position_minor for h in state.holders) == state.owed_minor
        assert sum(lost.values()) == sum(
            h.lost_minor + h.forgiven_minor for h in state.holders
        )
    assert queries.refolded_differences() == []
