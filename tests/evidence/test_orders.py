from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from longtail.evidence import models, queries, services
from longtail.evidence.rules import IllegalOrderStep
from longtail.notices import queries as notices
from longtail.parties import services as parties
from longtail.parties.queries import NotAdmitted, NotEntitled
from longtail.parties.rules import Kind, Role
from longtail.terms.primitives import Evidence
from longtail.values.refusal import InvalidInput
from tests.evidence.cases import (
    CREDIT,
    MATTER,
    NOW,
    REGISTER,
    UNDERTAKING,
    attest,
    later,
    mill,
    ordered,
    person,
    place,
    provider,
)
from tests.parties.cases import decide

pytestmark = pytest.mark.django_db


def states(matter=MATTER):
    return [(o.provider.legal_name, o.state) for o in queries.orders_for(matter)]


def test_one_order_a_kind_with_fee_deadline_and_notice():
    bureau = provider(kinds=(CREDIT, REGISTER))
    orders = place(mill(), REGISTER, CREDIT)
    assert [order.kind for order in orders] == [REGISTER, CREDIT]
    for order in orders:
        assert (order.provider, order.state) == (bureau, "requested")
        assert str(order.fee) == "USD 50.00"
        assert order.due_at == later(days=5)
    assert list(queries.work_queue(bureau.code)) == orders
    assert notices.unread_count([bureau.code]) == 2
    assert queries.outstanding_kinds(matter=MATTER, at=NOW) == (REGISTER, CREDIT)


def test_ordering_twice_orders_once():
    bureau, subject = provider(kinds=(CREDIT, REGISTER)), mill()
    (first,) = place(subject, CREDIT)
    again = place(subject, CREDIT, REGISTER, CREDIT, at=later(hours=1))
    assert again[0] == first
    assert [order.kind for order in again] == [CREDIT, REGISTER]
    assert notices.unread_count([bureau.code]) == 2
    (other,) = place(subject, CREDIT, matter="DEM-1/v2")
    assert other != first


def test_work_goes_round_to_the_least_busy():
    names = [provider(name).legal_name for name in ("Alpha", "Beta", "Gamma")]
    got = []
    for number in range(6):
        (order,) = place(mill(), matter=f"DEM-{number}/v1")
        got.append(order.provider.legal_name)
        if number == 1:
            attest(order)
    assert got == [*names, names[1], names[0], names[2]]


def test_idle_providers_take_turns():
    for name in ("Alpha", "Beta"):
        provider(name)
    got = []
    for number in range(4):
        (order,) = place(mill(), matter=f"DEM-{number}/v1")
        attest(order)
        got.append(order.provider.legal_name)
    assert got == ["Alpha", "Beta", "Alpha", "Beta"]


def test_kinds_of_one_matter_are_spread():
    for name in ("Alpha", "Beta"):
        provider(name, kinds=(CREDIT, REGISTER))
    orders = place(mill(), CREDIT, REGISTER)
    assert {o.provider.legal_name for o in orders} == {"Alpha", "Beta"}


def test_nobody_left_says_which_kinds_and_why():
    subject = provider("Self", kinds=(CREDIT,), kind=Kind.GUARANTOR)
    with pytest.raises(services.NoProvider) as refusal:
        place(subject, CREDIT, Evidence.INSURANCE, UNDERTAKING)
    assert "credit-report (every provider is conflicted" in str(refusal.value)
    assert "insurance (no admitted provider offers it)" in str(refusal.value)
    assert "guarantee-undertaking (only the guarantor" in str(refusal.value)
    assert not models.Order.objects.exists()


def test_suspended_and_withdrawn_providers_get_no_orders():
    gone, quiet, good = provider("Gone"), provider("Quiet"), provider("Good")
    decide(parties.suspend, gone)
    services.withdraw_capability(provider_code=quiet.code, kinds=[CREDIT])
    for number in range(3):
        (order,) = place(mill(), matter=f"DEM-{number}/v1")
        assert order.provider == good


def test_a_provider_that_shares_a_person_is_passed_over():
    subject, linked, free = mill(), provider("Linked"), provider("Free")
    parties.grant_role(username="linked", party_code=subject.code, role=Role.MAKER)
    (order,) = place(subject)
    assert order.provider == free
    with pytest.raises(services.NoProvider, match="conflicted"):
        place(subject, matter="DEM-2/v1", excluded_codes=[free.code])
    assert linked.code not in {o.provider.code for o in models.Order.objects.all()}


def test_a_named_guarantor_gives_its_own_undertaking():
    sba, subject = provider("Sba", kinds=(), kind=Kind.GUARANTOR), mill()
    provider("Other", kinds=(UNDERTAKING,), kind=Kind.GUARANTOR)
    (order,) = place(subject, UNDERTAKING, named={UNDERTAKING: sba.code, CREDIT: "x"})
    assert (order.provider, order.is_named, order.fee_minor) == (sba, True, 0)
    assert (
        services.decline_order(order_code=order.code, reason="No.", by="sba", at=NOW)
        is None
    )
    assert states() == [("Sba", "declined")]
    assert (
        notices.unread([subject.code]).get().subject
        == "Guarantee undertaking is still missing"
    )
    assert queries.outstanding_kinds(matter=MATTER, at=NOW) == (UNDERTAKING,)


def test_a_named_guarantor_may_neither_be_the_subject_nor_linked_nor_suspended():
    sba, subject = provider("Sba", kinds=(), kind=Kind.GUARANTOR), mill()
    person("ann", subject)
    with pytest.raises(services.ConflictOfInterest, match="about itself"):
        place(subject, UNDERTAKING, named={UNDERTAKING: subject.code})
    parties.grant_role(username="ann", party_code=sba.code, role=Role.CHECKER)
    with pytest.raises(services.ConflictOfInterest, match="is linked"):
        place(subject, UNDERTAKING, named={UNDERTAKING: sba.code})
    decide(parties.suspend, sba)
    with pytest.raises(NotAdmitted, match="Sba is suspended"):
        place(subject, UNDERTAKING, named={UNDERTAKING: sba.code})
    assert not models.Order.objects.exists()


def test_an_order_is_accepted_by_the_providers_people_only():
    order = ordered()
    person("eve", order.subject)
    with pytest.raises(NotEntitled, match="no role at Bureau"):
        services.accept_order(order_code=order.code, by="eve", at=NOW)
    done = services.accept_order(order_code=order.code, by="bureau", at=later(hours=1))
    assert (done.state, done.accepted_at) == ("accepted", later(hours=1))
    with pytest.raises(IllegalOrderStep, match="is accepted, so it cannot accept"):
        services.accept_order(order_code=order.code, by="bureau", at=NOW)


def test_a_declined_order_passes_on_until_nobody_is_left():
    subject, other = mill(), provider("Barred")
    for name in ("Alpha", "Beta"):
        provider(name)
    (order,) = place(subject, excluded_codes=[other.code])
    second = services.decline_order(
        order_code=order.code, reason="Too busy.", by="alpha", at=later(days=1)
    )
    assert (second.provider.legal_name, second.replaces) == ("Beta", order)
    assert second.due_at == later(days=6)
    last = services.decline_order(order_code=second.code, reason="No.", by="beta", at=NOW)
    assert last is None
    assert states() == [("Alpha", "declined"), ("Beta", "declined")]
    assert "Beta did not deliver (No.)" in notices.unread([subject.code]).get().body
    with pytest.raises(services.NoProvider, match="has passed"):
        place(subject, excluded_codes=[other.code])
    provider("Fresh")
    (order,) = place(subject, excluded_codes=[other.code])
    assert order.provider.legal_name == "Fresh"


@pytest.mark.parametrize("reason", ["", "  ", "a\x00", "a" * 2_001])
def test_declining_needs_a_reason(reason):
    order = ordered()
    with pytest.raises(InvalidInput, match="reason"):
        services.decline_order(order_code=order.code, reason=reason, by="bureau", at=NOW)
    assert states() == [("Bureau", "requested")]


def test_late_orders_time_out_once_and_pass_on():
    for name in ("Alpha", "Beta"):
        provider(name)
    (order,) = place(mill())
    services.accept_order(order_code=order.code, by="alpha", at=NOW)
    assert services.time_out_orders(at=order.due_at) == []
    assert services.time_out_orders(at=later(days=5, seconds=1)) == [order]
    assert services.time_out_orders(at=later(days=5, seconds=1)) == []
    assert states() == [("Alpha", "timed_out"), ("Beta", "requested")]
    assert queries.orders_for(MATTER)[1].due_at == later(days=10, seconds=1)
    with pytest.raises(IllegalOrderStep, match="is timed out"):
        attest(order)


def test_a_changed_request_takes_open_orders_back_and_leaves_delivered_ones():
    provider(kinds=(CREDIT, REGISTER))
    subject = mill()
    credit, _register = place(subject, CREDIT, REGISTER)
    attest(credit)
    assert services.withdraw_orders(matter=MATTER, at=NOW) == 1
    assert services.withdraw_orders(matter=MATTER, at=NOW) == 0
    assert [state for _, state in states()] == ["delivered", "withdrawn"]
    assert queries.outstanding_kinds(matter=MATTER, at=NOW) == ()
    assert services.time_out_orders(at=later(days=99)) == []


def test_what_has_fallen_is_ordered_anew():
    provider(kinds=(CREDIT, REGISTER))
    subject = mill()
    credit, register = place(subject, CREDIT, REGISTER)
    attest(register, value="1", scale="yes-no", valid_days=10)
    attestation = attest(credit)
    assert place(subject, CREDIT, REGISTER) == [credit, register]
    services.revoke(attestation_code=attestation.code, reason="Wrong.", by="system", at=NOW)
    fresh, same = place(subject, CREDIT, REGISTER, at=later(days=1))
    assert same == register
    assert fresh != credit
    assert queries.order(credit.code).state == "lapsed"
    _, anew = place(subject, CREDIT, REGISTER, at=later(days=10))
    assert anew != register


@pytest.mark.parametrize("code", ["ORD-0", "", "x\x00", "\ud800"])
def test_an_unknown_order_is_a_refusal(code):
    with pytest.raises(queries.UnknownOrder):
        services.accept_order(order_code=code, by="system", at=NOW)


def test_a_capability_is_offered_or_changed_with_every_problem_listed():
    bureau = provider()
    services.offer_capability(
        provider_code=bureau.code, kinds=[CREDIT, REGISTER], fee_minor=7_000, sla_days=3
    )
    offered = queries.capabilities(provider_code=bureau.code)
    assert {(c.kind, c.fee_minor, c.sla_days) for c in offered} == {
        ("credit-report", 7_000, 3),
        ("registration", 7_000, 3),
    }
    with pytest.raises(InvalidInput) as refusal:
        services.offer_capability(
            provider_code=mill().code,
            kinds=["horoscope"],
            fee_minor=-1,
            sla_days=0,
            currency="dollars",
            liability_cap_minor=10**30,
        )
    assert set(refusal.value.problems) == {
        "provider_code",
        "kinds",
        "fee_minor",
        "sla_days",
        "currency",
        "liability_cap_minor",
    }
    assert queries.capabilities(kind=CREDIT).count() == 1


def test_placing_many_orders_asks_the_database_a_fixed_number_of_times(
    django_assert_max_num_queries,
):
    kinds = (CREDIT, REGISTER, Evidence.BANK_STATEMENTS, Evidence.TAX_FILINGS)
    for name in ("Alpha", "Beta", "Gamma"):
        provider(name, kinds=kinds)
    subject = mill()
    with django_assert_max_num_queries(10):
        place(subject, *kinds)


@pytest.mark.django_db(transaction=True)
def test_many_callers_at_once_order_each_kind_once():
    provider(kinds=(CREDIT, REGISTER))
    subject = mill()

    def call(_number):
        try:
            return [order.pk for order in place(subject, CREDIT, REGISTER)]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(call, range(12)))
    assert answers == [answers[0]] * 12
    assert models.Order.objects.count() == 2
