"""Breaks are aged and owned, and closed by two people with a reason or not at all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from longtail.ledger import chart, posting
from longtail.ledger.custodian import break_desk, queries
from longtail.ledger.custodian.breaks import age_bucket
from longtail.ledger.custodian.cases import BreakCase, BreakEvent
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.values.eyes import FourEyesRequired
from longtail.values.refusal import InvalidInput
from tests.ledger.custodian.desk import ANN, NOW, TODAY, days, fund, usd

pytestmark = pytest.mark.django_db
WHY = "The bank booked it in two parts; the sum agrees."


@pytest.fixture
def split():
    """A credit that the statement shows in two parts."""
    fund(1_000)
    bank.set_faults(split=1000)
    return at_close(0).breaks.get().case


def at_close(n):
    return reconcile(on=days(n).date(), currency="USD", at=days(n))


def propose(case, by="mia", reason=WHY):
    return break_desk.propose_closing(code=case.code, reason=reason, by=by, at=NOW)


def confirm(case, by="leo"):
    return break_desk.confirm_closing(code=case.code, by=by, at=NOW)


def happened(case):
    return list(case.events.order_by("id").values_list("kind", flat=True))


def test_a_break_ages_and_has_an_owner(split):
    break_desk.assign(code=split.code, owner="zoe", by="mia", at=NOW)
    break_desk.assign(code=split.code, owner="zoe", by="mia", at=NOW)
    (found,) = queries.break_cases(on=TODAY + timedelta(days=7))
    assert (found.case.owner, found.age_days, found.bucket) == ("zoe", 7, "6-10")
    assert (found.case.kind, found.is_found) == ("split", True)
    assert happened(split) == ["found", "assigned"]
    assert queries.break_case(split.code, on=TODAY).age_days == 0


def test_two_people_close_a_break_and_it_is_not_found_again(split):
    assert not at_close(1).is_balanced
    propose(split)
    closed = confirm(split)
    assert closed.state == "closed"
    assert queries.break_cases(on=TODAY) == []
    assert at_close(2).is_balanced
    last = split.events.order_by("-id")[0]
    assert (last.kind, last.by, last.seconded_by, last.reason) == (
        "closed",
        "mia",
        "leo",
        WHY,
    )


def test_one_person_alone_closes_nothing(split):
    with pytest.raises(break_desk.NothingProposed):
        confirm(split)
    propose(split)
    with pytest.raises(FourEyesRequired):
        confirm(split, by="mia")
    with pytest.raises(InvalidInput):
        propose(split, reason=" \n")
    with pytest.raises(IntegrityError, match="closed_by_two_people"), transaction.atomic():
        BreakEvent.objects.create(case=split, kind="closed", by="mia", reason="x", at=NOW)
    assert BreakCase.objects.get().state == "proposed"


def test_a_declined_break_stays_open(split):
    propose(split)
    break_desk.decline_closing(code=split.code, reason="Ask the bank.", by="leo", at=NOW)
    assert BreakCase.objects.get().state == "open"
    with pytest.raises(break_desk.NothingProposed):
        confirm(split)
    assert happened(split) == ["found", "proposed", "declined"]


def test_a_break_in_the_money_reopens_while_the_money_does_not_add_up():
    fund(1_000)
    move = posting.Move(
        debit=chart.custodian_cash("USD").code, credit=ANN.code, amount=usd(77)
    )
    posting.post(posting.Entry(key="x", kind="forged", effective_at=NOW, moves=(move,)))
    case = at_close(0).breaks.get().case
    propose(case)
    confirm(case)
    again = at_close(1)
    assert not again.is_balanced
    assert again.breaks.get().case == case
    assert happened(case) == ["found", "proposed", "closed", "reopened"]
    assert case.first_seen_date == TODAY


def test_closing_words_do_not_make_money_right(monkeypatch):
    fund(1_000)
    from tests.ledger.custodian.test_reconcile import spoil

    spoil(monkeypatch, (b">10.00<", b">10.01<"))
    case = at_close(0).breaks.get().case
    assert case.kind == "amount"
    propose(case)
    confirm(case)
    again = reconcile(on=TODAY, currency="USD", at=NOW)
    assert [x.kind for x in again.breaks.all()] == ["unexplained"]


def test_what_is_gone_stays_on_the_desk_until_two_people_close_it(monkeypatch):
    fund(1_000)
    from tests.ledger.custodian.test_reconcile import spoil

    spoil(monkeypatch, (b">10.00<", b">10.01<"))
    at_close(0)
    monkeypatch.undo()
    BreakCase.objects.update(last_seen_date=TODAY - timedelta(days=1))
    (found,) = queries.break_cases(on=TODAY)
    assert not found.is_found
    propose(found.case)
    confirm(found.case)
    assert queries.break_cases(on=TODAY) == []
    assert len(queries.break_cases(on=TODAY, state="closed")) == 1


def test_a_closed_break_is_not_touched_and_an_unknown_one_not_found(split):
    propose(split)
    confirm(split)
    with pytest.raises(break_desk.BreakClosed):
        break_desk.assign(code=split.code, owner="zoe", by="mia", at=NOW)
    with pytest.raises(break_desk.UnknownBreak):
        queries.break_case("BRK-NONE", on=TODAY)
    with pytest.raises(break_desk.UnknownBreak):
        break_desk.assign(code="BRK-NONE", owner="zoe", by="mia", at=NOW)


def test_what_happened_to_a_break_cannot_be_rewritten(split):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        BreakEvent.objects.update(by="nobody")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        BreakCase.objects.filter(pk=split.pk).update(kind="date")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        BreakCase.objects.all()._raw_delete("default")


AGES = [(0, "0-1"), (1, "0-1"), (2, "2-5"), (10, "6-10"), (30, "11-30"), (31, "31+")]


@pytest.mark.parametrize(("age", "bucket"), AGES)
def test_ages_fall_into_buckets(age, bucket):
    assert age_bucket(age) == bucket
