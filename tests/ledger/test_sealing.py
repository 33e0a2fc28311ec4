"""A batch's digest: computed by the database while posting, and by anyone from its rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger import models, posting
from longtail.ledger.posting import Move, Resolve
from longtail.ledger.sealing import SealedJournal, SealedTransfer, batch_digest
from tests.ledger.books import ANN, BANK, BO, NOW, deposit, entry, open_books, pay, usd

JOURNAL = SealedJournal(1, "key", "test", NOW, NOW)
TRANSFER = SealedTransfer(1, 1, "SINGLE", 1, 2, 100, "USD", 0)


def rows_of(batch):
    journals = models.Journal.objects.filter(batch=batch)
    transfers = models.Transfer.objects.filter(journal__batch=batch)
    return (
        [SealedJournal(*row) for row in journals.values_list(*SealedJournal._fields)],
        [
            SealedTransfer(*row[:-1], row[-1] or 0)
            for row in transfers.values_list(*SealedTransfer._fields)
        ],
    )


@pytest.mark.django_db
def test_every_batch_stores_the_digest_of_its_rows():
    open_books()
    ((hold,), *_) = posting.post_many(
        [pay(BANK, ANN, 7, pending=True), deposit(BO, 5, key="清单:1"), deposit(BO, 5)]
    )
    posting.post(
        entry(Resolve(hold, post=True), Move(debit=BANK, credit=BO, amount=usd(3)))
    )
    found = list(models.Batch.objects.order_by("id"))
    assert [(b.journal_count, b.transfer_count) for b in found] == [(3, 3), (1, 2)]
    for batch in found:
        assert bytes(batch.digest) == batch_digest(*rows_of(batch))


@pytest.mark.django_db
def test_a_replay_writes_no_batch():
    open_books()
    posting.post(deposit(ANN, 5, key="once"))
    posting.post(deposit(ANN, 5, key="once"))
    assert models.Batch.objects.count() == 1


def test_the_order_in_which_rows_are_given_does_not_matter():
    second = TRANSFER._replace(id=2)
    assert batch_digest([JOURNAL], [TRANSFER, second]) == batch_digest(
        [JOURNAL], [second, TRANSFER]
    )


changes = st.one_of(
    st.tuples(st.just(SealedJournal), st.sampled_from(SealedJournal._fields)),
    st.tuples(st.just(SealedTransfer), st.sampled_from(SealedTransfer._fields)),
)


@given(changes, st.integers(1, 2**40))
def test_any_change_to_any_column_changes_the_digest(change, by):
    kind, field = change
    row = JOURNAL if kind is SealedJournal else TRANSFER
    old = getattr(row, field)
    if isinstance(old, int):
        new = old + by
    elif isinstance(old, str):
        new = old + str(by)
    else:
        new = old.replace(microsecond=by % 999_999 + 1)
    touched = row._replace(**{field: new})
    journal, transfer = (touched, TRANSFER) if kind is SealedJournal else (JOURNAL, touched)
    assert batch_digest([journal], [transfer]) != batch_digest([JOURNAL], [TRANSFER])


def test_text_cannot_move_between_rows_or_columns():
    a, b = JOURNAL._replace(key="ab"), JOURNAL._replace(id=2, key="c")
    c, d = JOURNAL._replace(key="a"), JOURNAL._replace(id=2, key="bc")
    assert batch_digest([a, b], []) != batch_digest([c, d], [])
    assert batch_digest([a], []) != batch_digest(
        [JOURNAL._replace(key="a", kind="btest")], []
    )
