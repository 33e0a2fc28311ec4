"""A closed period stays closed: for the platform, and for whoever reaches the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from longtail.ledger import periods, posting
from longtail.ledger import queries as ledger
from longtail.ledger.books import closing, queries
from longtail.ledger.books.models import ClosedBalance, PeriodClose, Straggler
from longtail.ledger.books.rules import (
    TOTALS,
    BooksDisagree,
    OnePersonAlone,
    PeriodAlreadyClosed,
    PeriodNotOver,
    closing_digest,
)
from tests.ledger.books import ANN, BANK, BO, deposit, entry, open_books, pay, usd

JAN, FEB = date(2026, 1, 31), date(2026, 2, 28)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def close(to_date=JAN, *, by="ann", seconded_by="bo", at=AT):
    return closing.close_period(to_date=to_date, by=by, seconded_by=seconded_by, at=at)


def on(day, who=ANN, minor=100):
    move = posting.Move(debit=BANK, credit=who, amount=usd(minor))
    return entry(move, at=datetime.combine(day, time(23, 59, 59, 999_999), UTC))


def state():
    return (
        ledger.balances(),
        PeriodClose.objects.count(),
        ClosedBalance.objects.count(),
    )


@pytest.mark.django_db
def test_nothing_is_posted_into_a_closed_period():
    open_books()
    posting.post(on(JAN))
    close()
    before = state()
    with pytest.raises(posting.PeriodClosed, match="closed"), transaction.atomic():
        posting.post(on(JAN))
    with pytest.raises(posting.PeriodClosed), transaction.atomic():
        posting.post_many([on(JAN + timedelta(days=1)), on(date(2025, 12, 1))])
    assert state() == before
    posting.post(on(JAN + timedelta(days=1)))
    assert ledger.balance(ANN).posted_minor == 200
    assert queries.balance_as_of(ANN, on=JAN).posted_minor == 100


@pytest.mark.django_db
def test_a_replay_of_what_was_posted_before_the_close_is_still_only_a_replay():
    open_books()
    made = on(JAN)
    ids = posting.post(made)
    close()
    assert posting.post(made) == ids


@pytest.mark.django_db
def test_the_database_refuses_it_too_whoever_writes():
    open_books()
    posting.post(on(JAN))
    close()
    statement = """
        insert into ledger_journal (key, kind, effective_at, batch_id)
        select 'late', kind, effective_at, batch_id from ledger_journal
    """
    with (
        pytest.raises(IntegrityError, match="closed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_books_periodclose set digest = 'x'",
        "delete from ledger_books_closedbalance",
        "update ledger_books_closedbalance set credits_posted = credits_posted + 1",
        "truncate ledger_books_claimspart, ledger_books_claimsroot",
        "delete from ledger_books_claimsroot",
    ],
)
def test_what_was_closed_is_never_changed(statement):
    open_books()
    posting.post(on(JAN))
    close()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_close_takes_two_people_and_a_period_that_is_over():
    open_books()
    posting.post(on(JAN))
    before = state()
    for second in ("", "ann"):
        with pytest.raises(OnePersonAlone):
            close(seconded_by=second)
    with pytest.raises(PeriodNotOver):
        close(AT.date())
    assert state() == before
    close()
    for again in (JAN, date(2026, 1, 15)):
        with pytest.raises(PeriodAlreadyClosed):
            close(again)
    assert PeriodClose.objects.count() == 1
    close(AT.date() - timedelta(days=1))


@pytest.mark.django_db
def test_each_close_opens_where_the_one_before_closed():
    open_books()
    posting.post(on(JAN, ANN, 700))
    (hold,) = posting.post(pay(ANN, BO, 200, pending=True))
    # Counts after January, though the ledger knows it already.
    posting.post(on(date(2026, 2, 10), BO, 50))
    first = close()
    posting.post(entry(posting.Resolve(hold, post=True, amount_minor=150), at=AT))
    posting.post(on(date(2026, 2, 20), ANN, 5))
    second = close(FEB)
    assert second.previous_id == first.pk
    stored = [
        (code, tuple(totals))
        for code, *totals in ClosedBalance.objects.filter(close=second)
        .order_by("account__code")
        .values_list("account__code", *TOTALS)
    ]
    assert stored == [
        (BANK, (0, 755, 0, 0)),
        (ANN, (200, 0, 0, 705)),
        (BO, (0, 0, 200, 50)),
    ]
    assert second.digest == closing_digest(first.digest, stored)
    assert closing.closing_differences() == []


@pytest.mark.django_db
def test_a_number_drawn_before_a_close_and_used_after_it_is_not_missed():
    """What waits for the close has its numbers already; sums from the close see it."""
    open_books()
    posting.post(on(JAN))
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval('ledger_journal_id_seq'), nextval('ledger_transfer_id_seq')"
        )
        journal, transfer = cursor.fetchone()
        # Others draw later numbers and are done before the close.
        posting.post(on(JAN, BO))
        posting.post(on(JAN, BO))
        close()
        assert not Straggler.objects.exists()
        cursor.execute(
            """
            insert into ledger_journal (id, key, kind, effective_at, batch_id)
              select %s, 'waited', kind, %s, batch_id from ledger_journal limit 1;
            """,
            [journal, AT],
        )
        cursor.execute(
            """
            insert into ledger_transfer (id, journal_id, phase, debit_account_id,
              credit_account_id, amount_minor, currency)
            select %s, %s, 'SINGLE', b.id, a.id, 7, 'USD'
            from ledger_account a, ledger_account b where a.code = %s and b.code = %s
            """,
            [transfer, journal, ANN, BANK],
        )
    assert Straggler.objects.get().journal_id == journal
    assert queries.balance_as_of(ANN, on=AT.date()).posted_minor == 107
    assert queries.balance_as_of(ANN, on=JAN).posted_minor == 100
    assert queries.balance_as_of(ANN).posted_minor == 107


@pytest.mark.django_db
def test_books_that_disagree_are_not_closed():
    open_books()
    posting.post(on(JAN))
    with connection.cursor() as cursor:
        cursor.execute(
            "update ledger_account set credits_posted = credits_posted + 1 where code = %s",
            [ANN],
        )
    before = state()
    with pytest.raises(BooksDisagree, match="wallet of ANN"):
        close()
    assert state() == before


@pytest.mark.django_db
def test_a_closing_that_was_changed_is_found():
    open_books()
    posting.post(on(JAN))
    close()
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update ledger_books_closedbalance set credits_posted = 1")
        cursor.execute("set local session_replication_role = origin")
    assert len(closing.closing_differences()) == 2


@pytest.mark.django_db
def test_a_late_item_counts_from_the_first_open_moment():
    value_at = datetime(2026, 1, 30, tzinfo=UTC)
    assert periods.open_effective_at(value_at) == value_at
    open_books()
    close()
    assert periods.open_effective_at(value_at) == datetime(2026, 2, 1, tzinfo=UTC)
    assert periods.open_effective_at(AT) == AT
    open_at = periods.open_effective_at(value_at)
    posting.post(entry(posting.Move(debit=BANK, credit=ANN, amount=usd(1)), at=open_at))
    assert queries.balance_as_of(ANN, on=JAN).posted_minor == 0


@pytest.mark.django_db(transaction=True)
def test_a_posting_under_way_is_in_the_close_or_refused():
    """Sixty postings into January race with its close; none slips in behind it."""
    open_books()
    posting.post(on(JAN))

    def deposit_in_january(_):
        try:
            posting.post(on(JAN))
            return 1
        except posting.PeriodClosed:
            return 0
        finally:
            connection.close()

    def close_january(_):
        try:
            return close().digest
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        deposits = [pool.submit(deposit_in_january, n) for n in range(30)]
        closed = pool.submit(close_january, 0)
        deposits += [pool.submit(deposit_in_january, n) for n in range(30)]
        accepted = sum(found.result() for found in deposits)
        assert closed.result()
    assert queries.balance_as_of(ANN, on=JAN).posted_minor == 100 * (accepted + 1)
    assert ledger.balance(ANN).posted_minor == 100 * (accepted + 1)
    assert closing.closing_differences() == []
    with pytest.raises(posting.PeriodClosed):
        posting.post(deposit(ANN, 1))
