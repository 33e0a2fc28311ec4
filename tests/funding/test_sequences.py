"""Any order of commands keeps the books: random sequences on real PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longtail.deals import queries as deals
from longtail.deals import services as deal_services
from longtail.evidence import queries as evidence
from longtail.funding import models, queries, services
from longtail.funding.rules import LIVE_BOOKS, CommitmentState
from longtail.ledger import chart
from longtail.ledger import queries as ledger
from longtail.values.refusal import Refusal
from tests.funding.world import (
    AT,
    ask,
    attest_all,
    commit,
    funder,
    listed,
    person,
    revoke_one,
)

TICKET = 100_00
START = AT + timedelta(hours=1)
FUNDERS, DEMANDS = range(3), range(2)

DEMAND = st.sampled_from(DEMANDS)
COMMIT = st.tuples(
    st.just("commit"),
    DEMAND,
    st.sampled_from(FUNDERS),
    st.sampled_from([TICKET, 4 * TICKET, 7 * TICKET, 49_99]),
    st.sampled_from("abcdefgh"),
    st.booleans(),
)
OTHERS = [
    st.tuples(st.just("take back"), st.integers(0, 7)),
    st.tuples(st.just("close"), DEMAND),
    st.tuples(st.just("edit"), DEMAND, st.integers(5, 12)),
    st.tuples(st.just("withdraw"), DEMAND),
    st.tuples(st.just("revoke"), DEMAND),
    st.tuples(st.just("attest"), DEMAND),
    st.tuples(st.just("progress")),
    st.tuples(st.just("progress")),
    st.tuples(st.just("wait"), st.integers(1, 300)),
]
# As in life, most commands are commitments; otherwise books hardly ever fill.
SEQUENCES = st.lists(
    st.sampled_from([COMMIT] * 12 + OTHERS).flatmap(lambda kind: kind), max_size=18
)


class Day:
    """One run of commands on a market of two demands and three funders."""

    def __init__(self):
        self.now = START
        self.funders = [funder(wallet=7 * TICKET) for _ in FUNDERS]
        self.codes = [listed(5 * TICKET), listed(6 * TICKET + 50_00)]

    def run(self, name, *arguments):
        getattr(self, name.replace(" ", "_"))(*arguments)

    def commit(self, i, j, minor, key, accepts_part):
        commit(
            self.codes[i],
            self.funders[j],
            minor,
            key=key,
            at=self.now,
            accepts_part=accepts_part,
        )

    def take_back(self, i):
        if rows := list(models.Commitment.objects.order_by("id")):
            row = rows[i % len(rows)]
            services.withdraw_commitment(
                commitment_code=row.code, by=person(row.funder), at=self.now
            )

    def close(self, i):
        services.close_book(demand_code=self.codes[i], at=self.now)

    def edit(self, i, tickets):
        services.edit_demand(
            demand_code=self.codes[i], ask=ask(tickets * TICKET), by="system", at=self.now
        )

    def withdraw(self, i):
        services.withdraw_demand(demand_code=self.codes[i], by="system", at=self.now)

    def revoke(self, i):
        matter = deals.matter(deals.demand(self.codes[i]))
        if evidence.valid_attestations(matter=matter, at=self.now):
            revoke_one(self.codes[i], at=self.now)

    def attest(self, i):
        attest_all(self.codes[i], at=self.now)

    def progress(self):
        for code in self.codes:
            if deals.demand(code).state == "offered":
                deal_services.accept_offer(demand_code=code, by="system", at=self.now)
        done = services.progress_all(at=self.now)
        assert done.failures == ()

    def wait(self, hours):
        self.now += timedelta(hours=hours)


def snapshot():
    return (
        ledger.balances(),
        list(models.Book.objects.order_by("id").values()),
        list(models.Commitment.objects.order_by("id").values()),
        list(models.Holding.objects.order_by("id").values()),
        list(deals.demands().order_by("id").values("code", "state", "version_number")),
    )


def require_sound(day):
    assert ledger.is_sound() == []
    for book in models.Book.objects.select_related("demand"):
        rows = book.commitments.all()
        held = sum(c.amount_minor for c in rows if c.state == CommitmentState.HELD)
        taken = sum(c.amount_minor for c in rows if c.state == CommitmentState.TAKEN)
        assert 0 <= book.raised_minor <= book.target_minor
        if book.state in LIVE_BOOKS:
            assert held == book.raised_minor
            assert taken == 0
        else:
            assert held == 0
            assert taken == (book.target_minor if book.state == "funded" else 0)
    for code in day.codes:
        require_agreement_exact(code)
    for party in day.funders:
        require_wallet_exact(party)


def require_agreement_exact(code):
    money = ledger.balance(chart.book(code, "USD").code)
    agreement = deals.agreement_of(code)
    principal = agreement.principal_minor if agreement else 0
    held = queries.holdings(agreement.code) if agreement else []
    assert money.posted_minor == sum(h.principal_minor for h in held) == principal


def require_wallet_exact(party):
    wallet = ledger.balance(chart.wallet(party.code, "USD").code)
    rows = list(queries.commitments_of(party.code))
    held = sum(c.amount_minor for c in rows if c.state == CommitmentState.HELD)
    taken = sum(c.amount_minor for c in rows if c.state == CommitmentState.TAKEN)
    assert wallet.held_minor == held
    assert wallet.available_minor == 7 * TICKET - held - taken >= 0


@pytest.fixture
def day(market):  # noqa: ARG001
    return Day()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=SEQUENCES)
def test_any_order_of_commands_keeps_the_books(day, sequence):
    day.now = START
    # Each sequence starts on the same market and is rolled back to it.
    with transaction.atomic():
        for command in sequence:
            before = snapshot()
            try:
                day.run(*command)
            except Refusal:
                assert snapshot() == before
            require_sound(day)
        transaction.set_rollback(True)
