"""Columns before they reach the database: their shape, and the bytes they travel as."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger import chart
from longtail.ledger.batches import Batch, refuse_misshapen
from longtail.ledger.books.rules import TrialLine, closing_digest, day_end, day_start
from longtail.ledger.chart import Limit
from longtail.ledger.entries import MAX_KEY, MAX_KIND, InvalidEntry
from longtail.ledger.sealing import SealedJournal, SealedTransfer, batch_digest
from longtail.ledger.wire import NumbersLoader, Packed, PackedDumper, numbers, texts, times
from longtail.values.money import MAX_MINOR

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def ids(*values):
    return np.array(values, np.int64)


GOOD = Batch(
    keys=("a", "k" * MAX_KEY),
    kind="x" * MAX_KIND,
    effective_at=NOW,
    debit_ids=ids(1, 2),
    credit_ids=ids(2, 3),
    amounts_minor=ids(1, MAX_MINOR),
    currency="USD",
)
EMPTY = replace(GOOD, keys=(), debit_ids=ids(), credit_ids=ids(), amounts_minor=ids())


@pytest.mark.parametrize(
    "batch",
    [
        GOOD,
        EMPTY,
        replace(EMPTY, places=ids()),
        replace(EMPTY, keys=("a",), places=ids()),
        replace(GOOD, places=ids(1, 0)),
        replace(GOOD, places=ids(0, 0)),
        replace(GOOD, kind="x"),
    ],
)
def test_what_fits_is_not_refused(batch):
    refuse_misshapen(batch)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amounts_minor": ids(1, 0)}, "^0 minor units .* account 2 to account 3; "),
        ({"amounts_minor": ids(1, -5)}, "^-5 minor units .* account 2 to account 3; "),
        ({"amounts_minor": ids(0, 0)}, "^0 minor units .* account 1 to account 2; "),
        ({"amounts_minor": ids(1, MAX_MINOR + 1)}, f"^{MAX_MINOR + 1} minor units"),
        ({"credit_ids": ids(2, 2)}, "account 2 to account 2; journal kkk"),
        ({"credit_ids": ids(2, 2), "places": ids(0, 0)}, "account 2; journal a.$"),
        ({"keys": ("a", "")}, "1 to 128 characters: ''"),
        ({"keys": ("a", "k" * (MAX_KEY + 1))}, "1 to 128 characters: 'kkk"),
        ({"keys": ("a", "b\0")}, r"1 to 128 characters: 'b\\x00'"),
        ({"keys": ("b\x1f", "a")}, r"1 to 128 characters: 'b\\x1f'"),
    ],
)
def test_the_first_journal_that_could_never_be_posted_is_named(change, words):
    with pytest.raises(InvalidEntry, match=words):
        refuse_misshapen(replace(GOOD, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"debit_ids": ids(1)},
        {"credit_ids": ids(1, 2, 3)},
        {"amounts_minor": ids(1)},
        {"keys": ("a",)},
        {"keys": ("a", "b", "c")},
        {"places": ids(0, 2)},
        {"places": ids(-1, 0)},
        {"debit_ids": np.array([1.0, 2.0])},
        {"credit_ids": np.array([2, 3], np.uint64)},
        {"amounts_minor": np.array([1.0, 2.0])},
        {"kind": ""},
        {"kind": "x" * (MAX_KIND + 1)},
        {"kind": "a\x1f"},
        {"effective_at": datetime(2026, 1, 5)},  # noqa: DTZ001
    ],
)
def test_columns_that_do_not_fit_each_other_stop(change):
    with pytest.raises(AssertionError):
        refuse_misshapen(replace(GOOD, **change))


def array_send(kind, values):
    """Write an array as PostgreSQL's ``array_send`` does, number by number."""
    head = [1, 0, kind, len(values), 1] if values else [0, 0, kind]
    out = b"".join(n.to_bytes(4, "big", signed=True) for n in head)
    for value in values:
        out += (8).to_bytes(4, "big") + value.to_bytes(8, "big", signed=True)
    return out


def dumped(packed):
    return PackedDumper(Packed, None).dump(packed)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_travel_as_the_database_writes_them(values):
    for given_ in (values, np.array(values, np.int64)):
        assert dumped(numbers(given_)) == array_send(20, values)
    read = NumbersLoader(1016, None).load(array_send(20, values))
    assert read.tolist() == values
    assert read.dtype == np.int64


def test_times_travel_as_microseconds_since_2000():
    start = datetime(2000, 1, 1, tzinfo=UTC)
    east = timezone(timedelta(hours=8))
    moments = [
        start,
        start + timedelta(microseconds=1),
        datetime(1999, 12, 31, tzinfo=east),
    ]
    micros = [0, 1, -32 * 3600 * 1_000_000]
    assert dumped(times(moments)) == array_send(1184, micros)
    assert dumped(times([])) == array_send(1184, [])


def test_texts_travel_as_one():
    assert texts(["a", "", "b"]) == "a\x1f\x1fb"
    assert texts([]) == ""


def test_a_digest_is_that_of_the_columns_digests():
    """Told byte by byte, as the module says; the database computes it the same way."""
    journal = SealedJournal(7, "é", "k", NOW, NOW + timedelta(seconds=1))
    transfer = SealedTransfer(9, 7, "SINGLE", 1, 2, 100, "USD", 0)
    micros = 820_922_400 * 1_000_000
    assert (NOW - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds() * 1e6 == micros

    def text(*values):
        out = b"".join(n.to_bytes(4, "big") for n in (1, 0, 25, len(values), 1))
        return out + b"".join(len(v).to_bytes(4, "big") + v for v in values)

    columns = [
        array_send(20, [7]),
        text("é".encode()),
        text(b"k"),
        array_send(1184, [micros]),
        array_send(1184, [micros + 1_000_000]),
        array_send(20, [9]),
        array_send(20, [7]),
        text(b"SINGLE"),
        array_send(20, [1]),
        array_send(20, [2]),
        array_send(20, [100]),
        text(b"USD"),
        array_send(20, [0]),
    ]
    expected = sha256(b"".join(sha256(c).digest() for c in columns)).digest()
    assert batch_digest([journal], [transfer]) == expected
    nothing = [20, 25, 25, 1184, 1184, 20, 20, 25, 20, 20, 20, 25, 20]
    expected = sha256(
        b"".join(sha256(array_send(k, [])).digest() for k in nothing)
    ).digest()
    assert batch_digest([], []) == expected


CLAIM, CASH = Limit.DEBITS_MUST_NOT_EXCEED_CREDITS, Limit.CREDITS_MUST_NOT_EXCEED_DEBITS


@pytest.mark.parametrize(
    ("opened", "code", "name", "limit"),
    [
        (
            lambda: chart.custodian_cash("USD"),
            "custodian:USD",
            "The custodian's cash in USD",
            CASH,
        ),
        (lambda: chart.wallet("ANN", "USD"), "wallet:ANN:USD", "The wallet of ANN", CLAIM),
        (lambda: chart.book("D-1", "USD"), "book:D-1:USD", "The book of D-1", CLAIM),
        (
            lambda: chart.collection("A-1", "USD"),
            "collection:A-1:USD",
            "The collection account of A-1",
            CLAIM,
        ),
        (
            lambda: chart.suspense("USD"),
            "suspense:USD",
            "The suspense account in USD",
            CLAIM,
        ),
        (
            lambda: chart.clearing("USD"),
            "clearing:USD",
            "The clearing account in USD",
            CLAIM,
        ),
    ],
)
def test_every_account_has_a_code_a_name_and_a_limit(opened, code, name, limit):
    spec = opened()
    assert (spec.code, spec.currency, spec.limit) == (code, "USD", limit)
    assert chart.describe(code) == name
    assert chart.is_client_claim(code) is (limit is CLAIM)


def test_an_account_of_no_known_kind_is_named_by_its_code():
    assert chart.describe("what:ever:USD") == "Account what:ever:USD"
    assert chart.describe("wallet:A:B:USD") == "The wallet of A:B"


def test_a_day_begins_and_ends_at_midnight_utc():
    assert day_start(date(2026, 12, 31)) == datetime(2026, 12, 31, tzinfo=UTC)
    assert day_end(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_closing_binds_the_one_before_and_every_total():
    rows = [("custodian:USD", (1, 2, 3, 4)), ("wallet:ANN:USD", (5, 6, 7, 8))]
    said = "before\ncustodian:USD\t1\t2\t3\t4\nwallet:ANN:USD\t5\t6\t7\t8"
    assert closing_digest("before", rows) == sha256(said.encode()).hexdigest()
    assert closing_digest("", []) == sha256(b"").hexdigest()


def test_a_trial_line_reads_its_totals():
    line = TrialLine("wallet:ANN:USD", "USD", (1, 20, 3, 50))
    assert (line.kind, line.debits_minor, line.credits_minor) == ("wallet", 20, 50)
    assert line.balance_minor == 30
