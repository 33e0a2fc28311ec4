"""Repayments taken in as a set leave what they leave one by one, to the last cent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from unittest.mock import patch

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from longtail.ledger import queries as ledger
from longtail.ledger.custodian import queries as custodian
from longtail.servicing import models, services
from longtail.servicing.services import receipts, repayments
from longtail.terms.resolve import thaw
from tests.servicing import world
from tests.servicing.world import at

PARTS = ((60_000, 40_000), (1, 99_999), (33_333, 33_333, 33_334), (100_000,))
acts = st.sampled_from(["whole", "whole", "whole", "part", "more", "twice", "none"])
days_off = st.sampled_from([0, 0, 0, -3, -31, 4])
months = st.lists(
    st.lists(st.tuples(acts, days_off), min_size=len(PARTS), max_size=len(PARTS)),
    min_size=1,
    max_size=4,
)


def everything():
    """Return what receipts leave behind, but for numbers drawn from sequences."""
    snapshots = models.Snapshot.objects.order_by("agreement_id").values()
    given_ = models.Distribution.objects.order_by("event__key", "holder_id")
    event = "key", "kind", "value_date", "amount_minor", "details", "reason", "by"
    return (
        [{k: v for k, v in row.items() if k != "id"} for row in snapshots],
        list(models.AgreementEvent.objects.order_by("key").values_list(*event)),
        list(
            given_.values_list(
                "event__key",
                "holder_id",
                "value_date",
                "principal_minor",
                "interest_minor",
                "penalty_minor",
                "fee_minor",
                "loss_minor",
                "paid_minor",
                "recorded_at",
            )
        ),
        {
            code: amount
            for code, amount in ledger.balances().items()
            if not code.startswith("clearing:")
        },
    )


def one_by_one(receipts_, *, at):  # noqa: ARG001
    return list(receipts_), []


class TestSetsOfRepayments(TestCase):
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(months)
    def test_a_set_leaves_what_the_fold_leaves(self, script):
        book = [world.funded(parts=parts) for parts in PARTS]
        world.draw_down(*book)
        for number, month in enumerate(script):
            day = thaw(book[0].terms).instalments[number].due_date
            sent = [
                (agreement, minor, max(day + timedelta(days=off), world.START))
                for agreement, (act, off) in zip(book, month, strict=True)
                for minor in _amounts(act, thaw(agreement.terms).instalments[number])
            ]
            if not sent:
                continue
            world.send(sent, arrives=day + timedelta(days=5))
            self._check(len(sent), day + timedelta(days=5))

    def _check(self, n_sent, day):
        with transaction.atomic():
            with patch.object(receipts, "take_on_schedule", one_by_one):
                assert services.take_receipts(at=at(day)) == n_sent
            alone = everything()
            transaction.set_rollback(True)
        assert services.take_receipts(at=at(day)) == n_sent
        assert everything() == alone
        assert ledger.is_sound() == []
        assert all(
            debits == credits
            for code, (_, debits, _, credits) in ledger.balances().items()
            if code.startswith("clearing:")
        )


def _amounts(act, instalment):
    whole = instalment.total_minor
    return {
        "whole": [whole],
        "part": [whole // 3],
        "more": [whole + 500],
        "twice": [whole, whole],
        "none": [],
    }[act]


class TestTheCommonCase(TestCase):
    def test_on_the_day_and_ahead_of_it_is_taken_as_a_set(self):
        book = [world.funded(parts=parts) for parts in PARTS]
        world.draw_down(*book)
        due = thaw(book[0].terms).instalments[0].due_date
        sent = [
            (agreement, thaw(agreement.terms).instalments[0].total_minor, due - off)
            for agreement, off in zip(book, map(timedelta, (0, 0, 3, 40)), strict=True)
        ]
        world.send(
            [(a, minor, max(day, world.START)) for a, minor, day in sent], arrives=due
        )
        found = custodian.receipts_after(last_id=0, prefix="collection:")
        left, (entry,) = repayments.take_on_schedule(found, at=at(due))
        # The last was paid on the very day of the drawdown, which is a day of the period.
        assert left == []
        assert entry.key == f"distributions:USD:receipt:{found[0].id}"
        sides = Counter()
        for move in entry.moves:
            sides[move.debit] -= move.amount.minor
            sides[move.credit] += move.amount.minor
        assert sides["clearing:USD"] == 0
        assert models.EventDistribution.objects.count() == len(book)
